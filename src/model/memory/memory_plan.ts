/**
 * Estimates the memory of the peers on one model. On wasm every run copies its inputs into the wasm heap,
 * which has at most 4 GiB and never shrinks. Its peak is decoding, where all weights are inputs of one run.
 * The inputs themselves are JavaScript arrays; on WebGPU only while files are read. Before a model is loaded
 * its plan is `expectedPlan`. `npm run bench -- model` measures it.
 */
import { ColloquyError } from '../../errors'
import { CAPTURED_BYTES } from '../decode/decode_cost'
import type { GraphPlan } from '../graphs/graphs'
import type { Backend } from '../runtime'
import { type LayerArrays, layerBytes } from './activations'
import { type MemoryNeeds, type MemoryUse, memoryNeeds } from './memory_needs'

export interface MemoryPlan {
  /** Bytes of the wasm heap, or of GPU buffers. */
  readonly device: number
  /** Uses of these bytes, largest first. */
  readonly parts: readonly MemoryPart[]
  /** Maximum bytes of JavaScript arrays and objects at one time. */
  readonly javascript: number
  readonly javascriptParts: readonly MemoryPart[]
}

export interface MemoryPart {
  readonly name: string
  readonly bytes: number
}

/** ONNX Runtime and the sessions' graphs in its heap; on a GPU constants and small results. */
const RUNTIME_BYTES: Readonly<Record<Backend, number>> = { wasm: 10 * 2 ** 20, webgpu: 4 * 2 ** 20 }
/** Initial size of the wasm heap, and its overhead from growing in steps. */
const LEAST_HEAP = 16 * 2 ** 20
const SLACK = 1.12
/** Maximum bytes of a worker's wasm heap. */
export const WASM_LIMIT = 4 * 2 ** 30
/** Returns the memory plan. @param plan as `ModelTensors` has it, with LoRA, or the expected plan */
export function memoryPlan(plan: GraphPlan, backend: Backend, use: MemoryUse): MemoryPlan {
  const needs = memoryNeeds(plan, backend, use)
  const { parts, javascript } = backend === 'wasm' ? wasmParts(needs) : webgpuParts(needs)
  const device = sumOf(parts)
  return {
    device: backend === 'wasm' ? Math.max(LEAST_HEAP, device * SLACK) : device,
    parts: sorted(parts),
    javascript: sumOf(javascript),
    javascriptParts: sorted(javascript),
  }
}

interface Parts {
  readonly parts: readonly MemoryPart[]
  readonly javascript: readonly MemoryPart[]
}

function wasmParts(needs: MemoryNeeds): Parts {
  const { weights, dense, head, embedding, layer, gradient, unpacked, cache, sampling } = needs
  const { peers, adapters, layers, reading, training, file, worker } = needs
  const always = [
    { name: 'head', bytes: head },
    { name: 'a dequantized matrix', bytes: unpacked },
    { name: 'runtime', bytes: RUNTIME_BYTES.wasm },
  ]
  const decoding = [
    ...always,
    { name: 'weights', bytes: weights },
    { name: 'weights with LoRA', bytes: dense },
    // The old cache, that of the chosen rows, and the new one.
    { name: 'KV cache', bytes: 3 * cache },
    { name: 'sampling', bytes: sampling },
    // Smaller arrays fill the gap that the largest array leaves, before it comes again.
    { name: 'heap fragmentation', bytes: Math.max(unpacked, embedding) },
  ]
  // A layer, its gradient, and their inputs and outputs.
  const learning = [
    ...always,
    { name: 'weights', bytes: Math.max(embedding, 2 * layer) },
    { name: 'activations', bytes: 2 * layerBytes(training.layer) },
  ]
  const prompting = [
    ...always,
    { name: 'weights', bytes: Math.max(embedding, layer) },
    { name: 'activations', bytes: layerBytes(reading) },
  ]
  const held = [
    { name: 'weights', bytes: weights },
    { name: 'tokenizer and code', bytes: worker },
  ]
  const running = [
    ...held,
    { name: 'adapters', bytes: adapters },
    ...largest(
      [
        { name: 'KV cache', bytes: 2 * peers * cache },
        { name: 'sampling', bytes: peers * sampling },
      ],
      [
        { name: 'KV cache', bytes: peers * cache },
        { name: 'activations', bytes: peers * (layers + 1) * reading.hidden },
      ],
      [
        { name: 'activations', bytes: training.kept },
        { name: 'gradient', bytes: gradient },
      ],
    ),
  ]
  const loading = [...held, { name: 'a weight file while it is read', bytes: file }]
  return { parts: largest(decoding, prompting, learning), javascript: largest(running, loading) }
}

/** Number of arrays of each kind in the recordings of a layer's halves; measured. */
const FORWARD: LayerArrays = { attention: 3, hidden: 12, mlp: 6 }
const BACKWARD: LayerArrays = { attention: 3, hidden: 19, mlp: 7 }

function recordedBytes({ attention, hidden, mlp }: LayerArrays, counts: LayerArrays): number {
  return (
    counts.attention * bufferSize(attention) +
    counts.hidden * bufferSize(hidden) +
    counts.mlp * bufferSize(mlp)
  )
}

function webgpuParts(needs: MemoryNeeds): Parts {
  const { weights, gradient, cache, step, peers, writers, adapters, joined } = needs
  const { layers, reading, training, file, worker } = needs
  const activations = [
    peers * (layers + 1) * bufferSize(reading.hidden),
    training.kept + 2 * bufferSize(training.layer.hidden),
  ]
  const halves = recordedBytes(training.layer, FORWARD) + recordedBytes(training.layer, BACKWARD)
  const prompts = recordedBytes(reading, FORWARD)
  // Both halves of training are kept in any case, the prompts' pass and smaller ones while there is room.
  const passes = Math.max(halves, prompts, Math.min(CAPTURED_BYTES, halves + prompts))
  // Per writer: the step in use, and the smaller ones that are kept. A peer and the one for its discussions
  // write in turn.
  const steps = Math.max(step, Math.min(CAPTURED_BYTES, 2 * step))
  return {
    parts: [
      { name: 'weights', bytes: weights },
      { name: 'adapters', bytes: adapters + joined + gradient },
      // In the captured steps, and before and after a chunk.
      { name: 'KV cache', bytes: writers * steps + peers * 2 * cache },
      { name: 'activations', bytes: Math.max(...activations) },
      { name: 'recorded passes', bytes: passes },
      { name: 'runtime', bytes: RUNTIME_BYTES.webgpu },
    ],
    javascript: [
      { name: 'a weight file while it is read', bytes: file },
      { name: 'tokenizer and code', bytes: worker },
    ],
  }
}

function sumOf(parts: readonly MemoryPart[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0)
}

function largest(...phases: readonly (readonly MemoryPart[])[]): readonly MemoryPart[] {
  return phases.reduce((most, phase) => (sumOf(phase) > sumOf(most) ? phase : most))
}

function sorted(parts: readonly MemoryPart[]): MemoryPart[] {
  return parts.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes)
}

/** @throws ColloquyError `memory` where wasm cannot hold it, with the largest parts and what to lower */
export function requireRoom(plan: MemoryPlan, backend: Backend, what: string): void {
  if (backend !== 'wasm' || plan.device <= WASM_LIMIT) return
  const most = plan.parts.slice(0, 3).map(({ name, bytes }) => `${name} ${gibibytes(bytes)}`)
  throw new ColloquyError({
    code: 'memory',
    what: `${what} on wasm`,
    found: `about ${gibibytes(plan.device)} needed (${most.join(', ')}, …)`,
    wanted: `at most ${gibibytes(WASM_LIMIT)}`,
    todo: 'Choose WebGPU, a smaller model or one in fewer bits, or lower questionsPerStep or numGenerations',
  })
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`
}

/**
 * Bytes of the buffers that ONNX Runtime makes on WebGPU for reuse. Larger ones have their exact size.
 * Source: microsoft/onnxruntime, `onnxruntime/core/providers/webgpu/buffer_manager.cc`,
 * `BUCKET_DEFAULT_LIMIT_TABLE`.
 */
const BUFFER_SIZES: readonly number[] = [
  64, 128, 256, 512, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072, 262_144, 524_288, 1_048_576,
  2_097_152, 4_194_304, 8_388_608, 12_582_912, 16_777_216, 26_214_400, 33_554_432, 44_236_800, 58_982_400,
  67_108_864, 134_217_728, 167_772_160,
]

/** Returns the bytes of the buffer for a result of `bytes` bytes. */
export function bufferSize(bytes: number): number {
  return BUFFER_SIZES.find((size) => size >= bytes) ?? bytes
}
