import type { Tensor } from 'onnxruntime-web/wasm'
import type { MatrixValues } from '../../matrix/matrix_values'
import type { FloatType } from '../../onnx/proto'
import { keeping } from '../../scope'
import { familyOf } from '../families/families'
import { wholeBlocks } from '../graphs/attention'
import type { GraphPlan } from '../graphs/graphs'
import { type MatrixFormat, NORM_INPUTS } from '../graphs/layer'
import { rotaryTables } from '../graphs/rotary'
import {
  hasKind,
  LAYER_KINDS,
  LAYER_NORMS,
  type LayerKind,
  LINEARS,
  type ModelConfig,
  perLinear,
} from '../import/config'
import { passPlan } from '../memory/activations'
import { dispose, type Feeds, type Runtime } from '../runtime'
import type { LoraOptions } from '../train/lora'
import { given } from './collected_weights'
import {
  type DeviceMatrix,
  dequantizeLinear,
  disposeMatrix,
  feedsOf,
  uploadLinear,
  uploadVector,
} from './device_matrix'
import { dequantized, heldInF32 } from './quantize'
import type { LinearSlot, TableSlot, VectorSlot, WeightSink, WeightSource } from './weight_source'

/** Upload of embedding and head. Backends differ in the reader of the head: graphs, or our kernels. */
export interface TableUpload {
  add(slot: TableSlot, values: MatrixValues): void
  /** Returns the tables once all were given. */
  finish(): UploadedTables
  /** Frees everything on the device, whether finished or not. */
  close(): void
}

export interface UploadedTables {
  readonly embedding: DeviceMatrix
  /** Set where graphs read a separate head. */
  readonly head: DeviceMatrix | null
  readonly headFormat: MatrixFormat
  /** True where the head is the embedding. */
  readonly tied: boolean
}

export type RotaryFeeds = Readonly<Partial<Record<LayerKind, Feeds>>>

/** The frozen weights of a model on the backend's device, named as the graphs' inputs. */
export class ModelTensors {
  private constructor(
    readonly plan: GraphPlan,
    /** Per layer: `q`, `k` … or `q.packed`, `q.scales` …, norms, biases. */
    readonly layers: readonly Feeds[],
    readonly embedding: Feeds,
    /** The head of an untied model on wasm; empty otherwise. On WebGPU the head belongs to our kernels. */
    readonly head: Feeds,
    readonly finalNorm: Feeds,
    /** Rotary tables cos and sin of each kind of layer that the model has. */
    readonly tables: RotaryFeeds,
    private readonly upload: ModelUpload,
  ) {}

  /**
   * Uploads a model's weights, each as it arrives.
   * @param tables freed with the rest, also when loading fails
   */
  static load(
    runtime: Runtime,
    model: WeightSource,
    lora: LoraOptions | null,
    tables: TableUpload,
    activations: FloatType,
  ): Promise<ModelTensors> {
    return keeping(async (scope) => {
      const upload = scope.hold(new ModelUpload(runtime, model.config, tables, activations), (half) =>
        half.close(),
      )
      await model.deliver(upload)
      const { linears, layers, finalNorm } = await upload.finish()
      const { embedding, head, headFormat, tied } = tables.finish()
      const config = { ...model.config, tiedEmbeddings: tied }
      const formats = { linears, embedding: embedding.format, head: headFormat }
      return new ModelTensors(
        { config, ...formats, lora, ...passPlan(config, runtime.backend, activations) },
        layers,
        feedsOf('embedding', embedding),
        head ? feedsOf('head', head) : {},
        { final_norm: finalNorm },
        upload.rotaryFeeds(),
        upload,
      )
    })
  }

  close(): void {
    this.upload.close()
  }
}

/** Maximum bytes of uploads that the device has not taken yet. */
const BYTES_UNDER_WAY = 64 * 2 ** 20

/** Uploads weights one by one and owns them. */
class ModelUpload implements WeightSink {
  private readonly linears = new Map<LinearSlot, DeviceMatrix>()
  private readonly vectors = new Map<VectorSlot, Tensor>()
  private readonly rotary: Tensor[] = []
  private readonly inF32: boolean
  private underWay = 0

  constructor(
    private readonly runtime: Runtime,
    private readonly config: ModelConfig,
    private readonly tables: TableUpload,
    private readonly activations: FloatType,
  ) {
    this.inF32 = heldInF32(runtime.backend, config)
  }

  table(slot: TableSlot, values: MatrixValues): Promise<void> {
    this.tables.add(slot, this.asHeld(values))
    return this.sent(values)
  }
  linear(slot: LinearSlot, values: MatrixValues): Promise<void> {
    this.linears.set(slot, uploadLinear(this.runtime, this.asHeld(values), this.activations))
    return this.sent(values)
  }
  async vector(slot: VectorSlot, values: Float32Array): Promise<void> {
    const type = slot.endsWith('.bias') ? this.activations : 'f32'
    this.vectors.set(slot, uploadVector(this.runtime, values, type))
  }

  private asHeld(values: MatrixValues): MatrixValues {
    return this.inF32 ? dequantized(values) : values
  }

  /** Waits for the device now and then, because uploads that it has not taken stay in memory. */
  private async sent({ out, in: width }: MatrixValues): Promise<void> {
    this.underWay += 4 * out * width
    if (this.underWay < BYTES_UNDER_WAY) return
    await this.runtime.uploaded()
    this.underWay = 0
  }

  async finish() {
    const { layers } = this.config
    for (const which of LINEARS)
      await this.unify(Array.from({ length: layers }, (_, i): LinearSlot => `${i}.${which}`))
    return {
      linears: perLinear((which) => given(this.linears, `0.${which}`).format),
      layers: Array.from({ length: layers }, (_, i) => this.layer(i)),
      finalNorm: given(this.vectors, 'finalNorm'),
    }
  }

  /**
   * Makes a linear's format equal in all layers, because one graph serves them all: if formats differ, all
   * become f32.
   */
  private async unify(slots: readonly LinearSlot[]): Promise<void> {
    const formats = new Set(slots.map((slot) => given(this.linears, slot).format))
    if (formats.size === 1) return
    for (const slot of slots)
      this.linears.set(
        slot,
        await dequantizeLinear(this.runtime, given(this.linears, slot), this.activations),
      )
  }

  private layer(i: number): Feeds {
    const { norms, qkvBias, qkNorm } = familyOf(this.config)
    const feeds: Feeds = {}
    for (const norm of LAYER_NORMS)
      if (norms[norm] !== undefined) feeds[NORM_INPUTS[norm]] = given(this.vectors, `${i}.${norm}`)
    for (const which of LINEARS) Object.assign(feeds, feedsOf(which, given(this.linears, `${i}.${which}`)))
    for (const which of ['q', 'k', 'v'] as const)
      if (qkvBias) feeds[`${which}.bias`] = given(this.vectors, `${i}.${which}.bias`)
    if (qkNorm) {
      feeds.q_norm = given(this.vectors, `${i}.qNorm`)
      feeds.k_norm = given(this.vectors, `${i}.kNorm`)
    }
    return feeds
  }

  rotaryFeeds(): RotaryFeeds {
    const kinds = LAYER_KINDS.filter((kind) => hasKind(this.config, kind))
    return Object.fromEntries(kinds.map((kind) => [kind, this.rotaryOf(kind)]))
  }

  /** Uploads cos and sin. */
  private rotaryOf(kind: LayerKind): Feeds {
    // ONNX Runtime refuses rows longer than the tables, including padding.
    const positions = wholeBlocks(this.config.maxPositions)
    const { cos, sin } = rotaryTables(this.config, positions, kind)
    const shape = [positions, this.config.headDim / 2]
    const upload = (table: Float32Array) => {
      const tensor = this.runtime.floats(table, shape, this.activations)
      // Hold each at once, so that the first is freed where the second fails.
      this.rotary.push(tensor)
      return tensor
    }
    return { cos: upload(cos), sin: upload(sin) }
  }

  close(): void {
    for (const matrix of this.linears.values()) disposeMatrix(matrix)
    dispose(...this.vectors.values(), ...this.rotary)
    this.tables.close()
  }
}
