/**
 * What a peer will take of memory, before it is loaded. On wasm every run copies its inputs into the wasm heap, which has 4 GiB at most and never
 * shrinks: its peak is decoding, where all weights are inputs of one run. Measured by `npm run bench -- model`.
 */
import { ColloquyError } from '../errors'
import { powerOfTwo } from '../exact_math'
import { ELEMENT_BYTES } from '../onnx/proto'
import { TOKENS_PER_PASS } from './activations'
import { LINEARS, linearShape } from './config'
import { CHUNK_STEPS, type DecodeCost, rowsTogether } from './decode'
import type { GraphPlan } from './graphs'
import type { MatrixFormat } from './layer'
import { loraLayout } from './lora'
import type { Backend } from './runtime'

export interface MemoryUse {
  /** Rows decoded together, and tokens of each, prompt included. */
  readonly rows: number
  readonly tokens: number
  /** Peers on the same weights. */
  readonly adapters: number
}

export interface MemoryPlan {
  /** Bytes of the wasm heap, or of buffers of the GPU. */
  readonly device: number
  /** What it is for, largest first. */
  readonly parts: readonly { readonly name: string; readonly bytes: number }[]
}

/** Of f32, or of a block of 32 with an f32 scale. */
const BYTES: Readonly<Record<MatrixFormat, number>> = { f32: 4, q4: 0.5 + 4 / 32, q8: 1 + 4 / 32 }
/** ONNX Runtime itself, and what its heap and that of the sessions' graphs begin with. */
const RUNTIME_BYTES = 16 * 2 ** 20
/** The heap grows in steps. */
const SLACK = 1.12
const WASM_LIMIT = 4 * 2 ** 30

/**
 * On wasm a row is sampled with noise for every item of the vocabulary, of all steps of a chunk, and a few arrays of logits.
 * @param halvings makes rows count double so many times, so that fewer are decoded together
 */
export function decodeCost(
  backend: Backend,
  { config: { layers, kvHeads, headDim, vocabSize }, activations }: Pick<GraphPlan, 'config' | 'activations'>,
  halvings = 0,
): DecodeCost {
  return {
    perToken: powerOfTwo(halvings) * ELEMENT_BYTES[activations] * layers * 2 * kvHeads * headDim,
    perRow: backend === 'wasm' ? powerOfTwo(halvings) * 4 * (CHUNK_STEPS + 4) * vocabSize : 0,
  }
}

/** @param plan formats as they are held (see `heldInF32` in quantize.ts), with LoRA */
export function memoryPlan(plan: GraphPlan, backend: Backend, use: MemoryUse): MemoryPlan {
  const { config, lora } = plan
  const { layers, hiddenSize, vocabSize, tiedEmbeddings } = config
  const cost = decodeCost(backend, plan)
  const rows = Math.min(use.rows, rowsTogether(use.tokens, cost))
  const table = vocabSize * hiddenSize
  const linears = LINEARS.map((which) => {
    const { in: width, out } = linearShape(config, which)
    return { size: width * out, format: plan.linears[which] }
  })
  const layerBytes = layers * linears.reduce((sum, { size, format }) => sum + size * BYTES[format], 0)
  const merged =
    4 * layers * linears.reduce((sum, { size, format }) => sum + (format === 'f32' ? size : 0), 0)
  const headBytes = table * BYTES[plan.head]
  const weights = layerBytes + table * BYTES[plan.embedding] + (tiedEmbeddings ? 0 : headBytes)
  const adapter = lora ? 4 * layers * loraLayout(config, lora.rank).size : 0
  // Parameters, two moments, zeros, and a gradient while there is one.
  const adapters = (4 * use.adapters + 1) * adapter
  const cache = rows * use.tokens * cost.perToken
  const sampling = rows * cost.perRow
  // Blocks are made dense for a product, one matrix at a time.
  const unpacked = Math.max(
    ...[...linears, { size: table, format: plan.head }].map(({ size, format }) =>
      format === 'f32' ? 0 : 4 * size,
    ),
  )
  const pass = 4 * TOKENS_PER_PASS[backend] * (hiddenSize * (layers + 8) + 3 * config.intermediateSize)
  const parts =
    backend === 'wasm'
      ? [
          { name: 'weights', bytes: weights },
          { name: 'weights with LoRA', bytes: merged },
          { name: 'head', bytes: headBytes },
          { name: 'a matrix unpacked', bytes: unpacked },
          // That of before, that of the chosen rows, that of after.
          { name: 'KV cache', bytes: 3 * cache },
          { name: 'sampling', bytes: sampling },
          // What the largest array leaves behind is taken by smaller ones before it comes again.
          { name: 'a hole in the heap', bytes: Math.max(unpacked, table * BYTES[plan.embedding]) },
          { name: 'runtime', bytes: RUNTIME_BYTES },
        ]
      : [
          { name: 'weights', bytes: weights + (tiedEmbeddings ? headBytes : 0) },
          { name: 'adapters', bytes: adapters },
          { name: 'KV cache', bytes: 3 * cache },
          { name: 'activations', bytes: pass },
        ]
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0)
  return {
    device: backend === 'wasm' ? total * SLACK : total,
    parts: parts.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes),
  }
}

/** @throws ColloquyError `memory` where wasm cannot hold it, saying what takes most and what to lower */
export function requireRoom(plan: MemoryPlan, backend: Backend, what: string): void {
  if (backend !== 'wasm' || plan.device <= WASM_LIMIT) return
  const most = plan.parts.slice(0, 3).map(({ name, bytes }) => `${name} ${gibibytes(bytes)}`)
  throw new ColloquyError({
    code: 'memory',
    what: `${what} on wasm`,
    found: `a need of about ${gibibytes(plan.device)} (${most.join(', ')}, …)`,
    wanted: `at most ${gibibytes(WASM_LIMIT)}`,
    todo: 'Choose WebGPU, a smaller model or one in fewer bits, or lower questionsPerStep or numGenerations',
  })
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`
}
