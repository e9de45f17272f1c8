import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm'
import { gumbelUniforms } from '../../grpo/sample'
import { decodeLoopGraph } from '../graphs/decode_graphs'
import { type GraphPlan, TABLE_SUFFIX } from '../graphs/graphs'
import { hasKind, type ModelConfig } from '../import/config'
import { dispose, type Feeds, type Runtime } from '../runtime'
import type { Transformer } from '../transformer'
import type { ModelTensors } from '../weights/model_tensors'
import type { Chunk, ChunkResult, DecodeBackend, DecodeState } from './decode'

/** Decoding on wasm: a chunk is one run of an ONNX Loop, including sampling (see `decodeLoopGraph`). */
export class LoopDecoder implements DecodeBackend {
  private readonly weights: Feeds

  /** @param lora the adapter's flat parameters per layer. The caller owns them and all other arguments. */
  constructor(
    private readonly runtime: Runtime,
    private readonly tensors: ModelTensors,
    private readonly transformer: Transformer,
    private readonly session: InferenceSession,
    private readonly lora: readonly Tensor[],
  ) {
    this.weights = {
      ...layerFeeds(
        tensors,
        lora.map((flat) => ({ lora: flat })),
      ),
      ...tensors.head,
    }
  }

  /** Compiles the graph that the decoders of a base share. */
  static compile(runtime: Runtime, plan: GraphPlan): Promise<InferenceSession> {
    return runtime.session(decodeLoopGraph(plan))
  }

  prefill(ids: Int32Array, lengths: readonly number[], length: number): Promise<DecodeState> {
    return this.transformer.prefill(ids, lengths, length, this.lora)
  }

  async chunk(chunk: Chunk): Promise<ChunkResult> {
    const { runtime, session } = this
    const { config } = this.tensors.plan
    const width = chunk.rows.length
    const greedy = chunk.temperature === 0
    const feeds: Feeds = {
      ...this.weights,
      ...startFeeds(runtime, config, chunk),
      ...chunkFeeds(runtime, config, chunk),
      positions: runtime.floats(chunk.positions, [width, 1]),
      stops: runtime.hostInts(chunk.stops),
      inverse_temperature: runtime.hostFloats([greedy ? 1 : 1 / chunk.temperature], []),
      trips: runtime.hostInts([chunk.steps], []),
      noise: runtime.hostFloats([greedy ? 0 : 1], []),
      uniforms: greedy
        ? runtime.floats(new Float32Array(chunk.steps).fill(0.5), [chunk.steps, 1, 1])
        : this.uniforms(chunk),
    }
    const { ids, logprobs, hidden_out: hidden, ...cache } = await runtime.run(session, feeds)
    const tokens = ids.data
    if (!(tokens instanceof BigInt64Array)) throw new TypeError('token ids are int64')
    const result = {
      state: { hidden, cache: renameCache(cache), slots: chunk.state.slots + chunk.steps },
      ids: Int32Array.from(tokens, Number),
      logprobs: (await runtime.read(logprobs)).slice(),
      steps: ids.dims[0],
    }
    dispose(ids, logprobs)
    return result
  }

  async close(): Promise<void> {}

  /** Returns the uniforms that a chunk samples from, (N, B, V). */
  private uniforms({ steps, rows, keys, written }: Chunk): Tensor {
    const { vocabSize } = this.tensors.plan.config
    const size = rows.length * vocabSize
    const uniforms = new Float32Array(steps * size)
    for (let t = 0; t < steps; t++) {
      const positions = new Uint32Array(rows.length).fill(written + t)
      gumbelUniforms(keys, positions, vocabSize, uniforms.subarray(t * size, (t + 1) * size))
    }
    return this.runtime.floats(uniforms, [steps, rows.length, vocabSize])
  }
}

/**
 * Returns the weights of all layers and each layer's LoRA inputs, under the names of whole-model graphs:
 * `l0.q`, `l0.lora` …
 */
export function layerFeeds(tensors: ModelTensors, lora: readonly Feeds[]): Feeds {
  const feeds: Feeds = { ...tensors.embedding, ...tensors.finalNorm, ...tableFeeds(tensors) }
  tensors.layers.forEach((layer, i) => {
    for (const [name, tensor] of Object.entries({ ...layer, ...lora[i] })) feeds[`l${i}.${name}`] = tensor
  })
  return feeds
}

function tableFeeds({ tables }: ModelTensors): Feeds {
  const feeds: Feeds = {}
  for (const kind of ['full', 'local'] as const)
    for (const [name, tensor] of Object.entries(tables[kind] ?? {}))
      feeds[`${name}${TABLE_SUFFIX[kind]}`] = tensor
  return feeds
}

/** Returns inputs that pick the chunk's rows from the state and make its empty cache. */
export function startFeeds(
  runtime: Runtime,
  { kvHeads, headDim }: { kvHeads: number; headDim: number },
  chunk: Chunk,
): Feeds {
  const width = chunk.rows.length
  return {
    ...chunk.state.cache,
    hidden: chunk.state.hidden,
    rows: runtime.indices(chunk.rows, [width]),
    key_sizes: runtime.hostInts([width, kvHeads, headDim, chunk.steps]),
    value_sizes: runtime.hostInts([width, kvHeads, chunk.steps, headDim]),
  }
}

/** Returns inputs of every step of a chunk. */
export function chunkFeeds(runtime: Runtime, config: ModelConfig, chunk: Chunk): Feeds {
  const { mask, ages, rows, steps } = chunk
  const { slots } = chunk.state
  const index = Float32Array.from({ length: steps }, (_, i) => i)
  return {
    mask: runtime.floats(mask, [rows.length, slots]),
    ...(hasKind(config, 'local') && { ages: runtime.floats(ages, [rows.length, slots]) }),
    index: runtime.floats(index, [steps]),
    lengths: runtime.hostInts([slots, steps]),
  }
}

/** Renames `l0.keys_out` to `l0.keys`: a graph's cache outputs become the next graph's inputs. */
export function renameCache(outputs: Feeds): Feeds {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => [name.replace(/_out$/, ''), tensor]),
  )
}
