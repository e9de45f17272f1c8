import type { Tensor } from 'onnxruntime-web/wasm'
import { needsCheckpointing, TOKENS_PER_PASS } from './activations'
import { QUERY_BLOCKS, wholeBlocks } from './attention'
import { LINEARS, type ModelConfig, perLinear } from './config'
import { type GraphPlan, planOf } from './graphs'
import type { LoraOptions } from './lora'
import { dequantize } from './quantize'
import { rotaryTables } from './rotary'
import { type Backend, dispose, type Feeds, type Runtime } from './runtime'
import { type Matrix, type ModelWeights, transposed } from './weights'

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
  ): ModelTensors {
    const all = new Set<Tensor>()
    const keep = (tensor: Tensor): Tensor => {
      all.add(tensor)
      return tensor
    }
    const vector = (data: Float32Array) => keep(runtime.floats(data, [data.length]))
    const matrix = (name: string, m: Matrix, rowsAreEntries: boolean): Feeds => {
      if (m.kind === 'blocks') {
        const shape = [m.out, Math.ceil(m.in / 32), (32 * m.bits) / 8]
        return {
          [`${name}.packed`]: keep(runtime.bytes(m.packed, shape)),
          [`${name}.scales`]: vector(m.scales),
        }
      }
      if (rowsAreEntries) return { [name]: keep(runtime.floats(m.data, [m.out, m.in])) }
      return { [name]: keep(runtime.floats(transposed(m.data, m.out, m.in), [m.in, m.out])) }
    }
    const layers = weights.layers.map((layer) => {
      const feeds: Feeds = {
        attention_norm: vector(layer.attentionNorm),
        mlp_norm: vector(layer.mlpNorm),
      }
      for (const which of LINEARS) Object.assign(feeds, matrix(which, layer.linears[which], false))
      for (const which of ['q', 'k', 'v'] as const)
        if (layer.biases) feeds[`${which}.bias`] = vector(layer.biases[which])
      if (layer.qNorm) feeds.q_norm = vector(layer.qNorm)
      if (layer.kNorm) feeds.k_norm = vector(layer.kNorm)
      return feeds
    })
    const embedding = matrix('embedding', weights.embedding, true)
    const own = runtime.backend === 'wasm' && !config.tiedEmbeddings
    const head = own ? matrix('head', weights.head, true) : {}
    // ONNX Runtime refuses rows longer than the tables, padding included.
    const positions = wholeBlocks(config.maxPositions)
    const { cos, sin } = rotaryTables(config, positions)
    const shape = [positions, config.headDim / 2]
    const queryBlocks = runtime.backend === 'wasm' ? QUERY_BLOCKS : 1
    const gradientCheckpointing = needsCheckpointing(config, queryBlocks, TOKENS_PER_PASS[runtime.backend])
    return new ModelTensors(
      planOf(config, weights, lora, { queryBlocks, gradientCheckpointing }),
      layers,
      embedding,
      head,
      { final_norm: vector(weights.finalNorm) },
      { cos: keep(runtime.floats(cos, shape)), sin: keep(runtime.floats(sin, shape)) },
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
 * On wasm a model is dequantized, where there is room: there MatMulNBits at small batch is an order of magnitude slower than an f32 product.
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
