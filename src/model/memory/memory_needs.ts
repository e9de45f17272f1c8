/**
 * Bytes of everything that the peers on one model need, in any place and at any time (see memory_plan.ts).
 */
import { ELEMENT_BYTES, type FloatType } from '../../onnx/proto_tensor'
import { capturedShape, decodeCost, rowsTogether } from '../decode/decode_cost'
import type { GraphPlan } from '../graphs/graphs'
import type { MatrixFormat } from '../graphs/layer'
import { LINEARS, linearShape } from '../import/config'
import type { Backend } from '../runtime'
import { joinedSize, loraLayout } from '../train/lora'
import { packingLimits } from '../train/packing'
import { paddedSize } from '../train/padded_rows'
import { BLOCK_SIZE } from '../weights/quantize'
import { keptBytes, layerArrays } from './activations'

export interface MemoryUse {
  /** Rows decoded together, and tokens of each, including the prompt. */
  readonly rows: number
  readonly tokens: number
  /** Distinct prompts among the rows, and tokens of the longest. One pass reads them all. */
  readonly prompts: number
  readonly promptTokens: number
  /** Tokens of the longest row of a training pass. Sequences with a common prompt may share a row. */
  readonly trainedTokens: number
  /** Number of peers on the same weights. */
  readonly adapters: number
  /** Whether each peer has another one for its discussions: with an adapter of its own, or with none. */
  readonly discussion?: 'separate' | 'base'
  /** Bytes of the largest file of weights. */
  readonly largestFile: number
}

/** Bits of a stored value, without the scale of its block of 32. */
const BITS: Readonly<Record<Exclude<MatrixFormat, 'f32'>, number>> = { q4: 4, q8: 8 }

/** Returns the bytes per value of a matrix whose f32 values, or scales, are stored as `type`. */
function bytesPerValue(format: MatrixFormat, type: FloatType): number {
  return format === 'f32' ? ELEMENT_BYTES[type] : BITS[format] / 8 + ELEMENT_BYTES[type] / BLOCK_SIZE
}

/** Bytes of a worker's sessions and code. */
const WORKER_BYTES = 5 * 2 ** 20
/** Bytes of a tokenizer per item of its vocabulary. */
const TOKENIZER_BYTES = 370

export type MemoryNeeds = ReturnType<typeof memoryNeeds>

export function memoryNeeds(plan: GraphPlan, backend: Backend, use: MemoryUse) {
  const { config, lora, activations } = plan
  const { layers, hiddenSize, vocabSize, tiedEmbeddings } = config
  const cost = decodeCost(backend, plan)
  const rows = Math.min(use.rows, rowsTogether(use.tokens, cost))
  // WebGPU records passes for few shapes.
  const padded = backend === 'webgpu' ? paddedSize : (size: number) => size
  const readRow = padded(use.promptTokens)
  const read = padded(Math.min(use.prompts, rows)) * readRow
  const trainedRow = Math.min(use.trainedTokens, longestPacked(plan, use), plan.tokensPerPass)
  const all = use.prompts * use.promptTokens + use.rows * (use.tokens - use.promptTokens)
  // All rows are padded to the longest.
  const trained = Math.min(plan.tokensPerPass, Math.ceil(all / trainedRow) * trainedRow)
  const paddedRow = padded(trainedRow)
  const pass = padded(trained / trainedRow) * paddedRow
  const table = vocabSize * hiddenSize
  const linears = LINEARS.map((which) => {
    const { in: width, out } = linearShape(config, which)
    return { size: width * out, format: plan.linears[which] }
  })
  const layer = linears.reduce((sum, { size, format }) => sum + size * bytesPerValue(format, activations), 0)
  const dense = 4 * layers * linears.reduce((sum, { size, format }) => sum + (format === 'f32' ? size : 0), 0)
  const head = table * bytesPerValue(plan.head, 'f32')
  const embedding = table * bytesPerValue(plan.embedding, 'f32')
  const adapter = lora ? 4 * layers * loraLayout(config, lora.rank).size : 0
  const joined = lora ? ELEMENT_BYTES[activations] * layers * joinedSize(config, lora.rank) : 0
  const step = capturedShape(rows, use.tokens)
  // Parameters, two moments and zeros; an adapter that is never trained is the zeros alone.
  const arrays = 4 + (use.discussion === undefined ? 0 : use.discussion === 'separate' ? 4 : 1)
  const writers = use.adapters * (use.discussion === undefined ? 1 : 2)
  return {
    layer,
    dense,
    head,
    embedding,
    weights: layers * layer + embedding + (tiedEmbeddings ? 0 : head),
    file: use.largestFile,
    worker: WORKER_BYTES + TOKENIZER_BYTES * vocabSize,
    peers: use.adapters,
    writers,
    adapters: use.adapters * arrays * adapter,
    joined: writers * joined,
    // One adapter's at a time.
    gradient: adapter,
    cache: rows * use.tokens * cost.perToken,
    step: step.rows * step.slots * cost.perToken,
    sampling: rows * cost.perRow,
    // Blocks are dequantized for a product, one matrix at a time.
    unpacked: Math.max(
      ...[...linears, { size: table, format: plan.head }].map(({ size, format }) =>
        format === 'f32' ? 0 : 4 * size,
      ),
    ),
    layers,
    // A pass over the prompts.
    reading: layerArrays(plan, read, readRow),
    training: { kept: keptBytes(plan, pass, paddedRow), layer: layerArrays(plan, pass, paddedRow) },
  }
}

/**
 * Returns the row length beyond which packing adds nothing: the added pairs would cost more than sharing the
 * prompt saves (see packing.ts).
 */
function longestPacked({ config, queryBlocks }: GraphPlan, { tokens, promptTokens }: MemoryUse): number {
  const { pairsPerToken, maxRowTokens } = packingLimits(config, queryBlocks)
  const written = Math.max(1, tokens - promptTokens)
  return Math.min(maxRowTokens, tokens + (promptTokens * pairsPerToken) / (2 * written))
}
