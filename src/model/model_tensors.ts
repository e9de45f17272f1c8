import type { Tensor } from 'onnxruntime-web/wasm'
import type { FloatType } from '../onnx/proto'
import { needsCheckpointing, TOKENS_PER_PASS } from './activations'
import { QUERY_BLOCKS, wholeBlocks } from './attention'
import { LINEARS, type ModelConfig, perLinear } from './config'
import { type GraphPlan, planOf } from './graphs'
import type { LoraOptions } from './lora'
import { dequantize } from './quantize'
import { rotaryTables } from './rotary'
import { type Backend, dispose, type Feeds, type Runtime } from './runtime'
import { type BlockMatrix, type Matrix, type ModelWeights, transposed } from './weights'

/** The frozen weights of a model on the backend's device, uploaded once, named as the graphs' inputs. */
export class ModelTensors {
  private constructor(
    readonly plan: GraphPlan,
    /** Per layer: `q`, `k` … or `q.packed`, `q.scales` …, norms, biases. */
    readonly layers: readonly Feeds[],
    readonly embedding: Feeds,
    /** Of a model that is not tied, on wasm: on WebGPU the head belongs to our kernels. */
    readonly head: Feeds,
    readonly finalNorm: Feeds,
    readonly tables: Feeds,
    private readonly distinct: ReadonlySet<Tensor>,
  ) {}

  /** @param weights as `weightsFor` gives them for the runtime's backend */
  static upload(
    runtime: Runtime,
    config: ModelConfig,
    weights: ModelWeights,
    lora: LoraOptions | null,
    activations: FloatType,
  ): ModelTensors {
    const all = new Set<Tensor>()
    const keep = (tensor: Tensor): Tensor => {
      all.add(tensor)
      return tensor
    }
    const vector = (data: Float32Array, type: FloatType = 'f32') =>
      keep(runtime.floats(data, [data.length], type))
    const blocks = (name: string, m: BlockMatrix, type: FloatType): Feeds => ({
      [`${name}.packed`]: keep(runtime.bytes(m.packed, [m.out, Math.ceil(m.in / 32), (32 * m.bits) / 8])),
      [`${name}.scales`]: vector(m.scales, type),
    })
    const matrix = (name: string, m: Matrix): Feeds =>
      m.kind === 'blocks'
        ? blocks(name, m, activations)
        : { [name]: keep(runtime.floats(transposed(m.data, m.out, m.in), [m.in, m.out], activations)) }
    const table = (name: string, m: Matrix): Feeds =>
      m.kind === 'blocks' ? blocks(name, m, 'f32') : { [name]: keep(runtime.floats(m.data, [m.out, m.in])) }
    const layers = weights.layers.map((layer) => {
      const feeds: Feeds = {
        attention_norm: vector(layer.attentionNorm),
        mlp_norm: vector(layer.mlpNorm),
      }
      for (const which of LINEARS) Object.assign(feeds, matrix(which, layer.linears[which]))
      for (const which of ['q', 'k', 'v'] as const)
        if (layer.biases) feeds[`${which}.bias`] = vector(layer.biases[which], activations)
      if (layer.qNorm) feeds.q_norm = vector(layer.qNorm)
      if (layer.kNorm) feeds.k_norm = vector(layer.kNorm)
      return feeds
    })
    const embedding = table('embedding', weights.embedding)
    const own = runtime.backend === 'wasm' && !config.tiedEmbeddings
    const head = own ? table('head', weights.head) : {}
    // ONNX Runtime refuses rows longer than the tables, padding included.
    const positions = wholeBlocks(config.maxPositions)
    const { cos, sin } = rotaryTables(config, positions)
    const shape = [positions, config.headDim / 2]
    const queryBlocks = runtime.backend === 'wasm' ? QUERY_BLOCKS : 1
    const tokensPerPass = TOKENS_PER_PASS[runtime.backend]
    const gradientCheckpointing = needsCheckpointing({ config, queryBlocks, activations }, tokensPerPass)
    return new ModelTensors(
      planOf(config, weights, lora, { queryBlocks, gradientCheckpointing, activations }),
      layers,
      embedding,
      head,
      { final_norm: vector(weights.finalNorm) },
      {
        cos: keep(runtime.floats(cos, shape, activations)),
        sin: keep(runtime.floats(sin, shape, activations)),
      },
      all,
    )
  }

  close(): void {
    dispose(...this.distinct)
  }
}

/** Bytes up to which wasm has a model in f32. Beyond it the copies that each run needs would not fit into its 4 GiB. */
const MOST_DENSE_BYTES = 2 ** 30

/**
 * On wasm a model is dequantized, where there is room: there MatMulNBits at small batch is an order of magnitude slower than an f32 product,
 * and its result depends on the thread count.
 */
export function weightsFor(backend: Backend, stored: ModelWeights): ModelWeights {
  return backend === 'wasm' && denseBytes(stored) <= MOST_DENSE_BYTES ? dequantizeWeights(stored) : stored
}

function denseBytes({ embedding, head, layers }: ModelWeights): number {
  const matrices = [embedding, ...(head === embedding ? [] : [head])]
  for (const { linears } of layers) matrices.push(...Object.values(linears))
  return matrices.reduce((sum, matrix) => sum + 4 * matrix.out * matrix.in, 0)
}

function dequantizeWeights(weights: ModelWeights): ModelWeights {
  const embedding = dequantize(weights.embedding)
  return {
    ...weights,
    embedding,
    head: weights.head === weights.embedding ? embedding : dequantize(weights.head),
    layers: weights.layers.map((layer) => ({
      ...layer,
      linears: perLinear((which) => dequantize(layer.linears[which])),
    })),
  }
}
