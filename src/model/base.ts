/** What peers of one model have in common: the frozen weights on a backend, uploaded once, and the compiled graphs. */
import type { VariantStore } from '../gpu/autotune'
import type { AdvantageReport, AdvantageRequest } from '../grpo/types'
import { f32Bytes, PartHash } from '../part_hash'
import { deriveKey, seedKey } from '../random'
import { scoped } from '../scope'
import type { Adapter } from './adapter'
import type { BatchLimits } from './batch'
import type { ModelConfig } from './config'
import type { DecodeBackend } from './decode'
import type { DecodeCost } from './decode_cost'
import type { Dtype } from './dtypes'
import type { Engine, EngineOptions } from './engine'
import type { GraphPlan } from './graphs'
import type { Head } from './head'
import { initialLora } from './lora'
import { Policy } from './policy'
import type { Repeats } from './repeats'
import type { Backend } from './runtime'
import type { Transformer } from './transformer'
import type { ModelSource } from './weight_source'

export interface BaseOptions {
  /** Names the model folder in messages. */
  readonly source: string
  readonly backend: Backend
  /** Which of the folder's model files; where left out, activations are of the type that the backend is fastest with. */
  readonly dtype?: Dtype
  /** One rank and one scale for all adapters: the graphs are compiled for them. */
  readonly loraRank: number
  readonly loraAlpha: number
  /** wasm threads at most; weights in f32 are computed with on one, so that results do not depend on it (see `repeatsOf`). */
  readonly threads: number
  /** How often training passes and batches of rows are halved, for want of memory; not at all where left out. */
  readonly halvings?: number
  /** Where the kernels' fastest variants are kept, with WebGPU; without it nothing is measured (see `tuneHead`). */
  readonly variantStore?: VariantStore
}

/** A base as its backend makes it. Nothing in it is state of a peer. */
export interface BaseParts {
  readonly transformer: Transformer
  readonly head: Head
  readonly plan: GraphPlan
  readonly repeats: Repeats
  readonly batchLimits: BatchLimits
  readonly decodeCost: DecodeCost
  /**
   * Puts an adapter with these parameters on the base. The caller closes both, the decoder first.
   * @throws ColloquyError `memory`
   */
  attach(lora: readonly Float32Array[]): Promise<{ adapter: Adapter; decoder: DecodeBackend }>
  advantages(request: AdvantageRequest): Promise<AdvantageReport>
  close(): Promise<void>
}

/**
 * Reads a model's weights onto the backend's device.
 * @throws ColloquyError `backend`, `limit` or `memory`, and what reading throws; nothing of the base is left then
 */
export async function loadBase(model: ModelSource, options: BaseOptions): Promise<Base> {
  const { createParts } =
    options.backend === 'wasm' ? await import('./wasm_base') : await import('./webgpu_base')
  return new Base(model.config, options.loraRank, await createParts(model, options))
}

/**
 * A base and the engines on it. Calls on different engines may overlap: what they share has no state, and the
 * runtime lets one run through at a time. The base is closed with its last engine.
 */
export class Base {
  private engines = 0
  private closed = false

  constructor(
    private readonly config: ModelConfig,
    private readonly loraRank: number,
    private readonly parts: BaseParts,
  ) {}

  /**
   * A peer's engine, at the adapter that every run of this seed starts from.
   * Where it cannot be made and no other is there, the base is closed.
   * @throws ColloquyError `memory`; Error where the base is closed
   */
  async engine({ id, seed }: EngineOptions): Promise<Engine> {
    if (this.closed) throw new Error('the base was closed with its last engine')
    // Counted before anything is awaited: another engine that closes meanwhile is not the last.
    this.engines++
    const name = Array.from(id, (character) => character.codePointAt(0) ?? 0)
    const lora = initialLora(this.config, this.loraRank, deriveKey(seedKey(seed), ...name))
    try {
      return this.engineOf(await this.parts.attach(lora))
    } catch (error) {
      await this.leave().catch(() => undefined)
      throw error
    }
  }

  private engineOf({ adapter, decoder }: { adapter: Adapter; decoder: DecodeBackend }): Engine {
    const { transformer, head, repeats, batchLimits, decodeCost, advantages } = this.parts
    const limits = { batchLimits, maxPositions: this.config.maxPositions, decodeCost }
    let closing: Promise<void> | undefined
    return {
      policy: new Policy({ transformer, decoder, head, adapter, ...limits }),
      repeats,
      advantages,
      hashParameters: async (state) => {
        const hash = PartHash.carryOn(state)
        await adapter.eachLayer((parameters) => hash.add(f32Bytes(parameters)))
        return hash.state()
      },
      state: () => adapter.state(),
      restore: (state) => adapter.restore(state),
      close: () => {
        closing ??= this.leave({ adapter, decoder })
        return closing
      },
    }
  }

  private async leave(left?: { adapter: Adapter; decoder: DecodeBackend }): Promise<void> {
    // The newest is freed first: decoder, adapter, base.
    await scoped(async (scope) => {
      scope.hold(this.parts, (parts) => {
        this.engines--
        if (this.engines > 0) return
        this.closed = true
        return parts.close()
      })
      if (!left) return
      scope.hold(left.adapter, (adapter) => adapter.close())
      scope.hold(left.decoder, (decoder) => decoder.close())
    })
  }
}
