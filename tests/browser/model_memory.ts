import { Tokenizer } from '@huggingface/tokenizers'
import { presetConfig } from '../../src/config/presets'
import { adapterHasF16 } from '../../src/gpu/device'
import { loadBase } from '../../src/model/base'
import { openModelFolder } from '../../src/model/import/folder'
import {
  allowsF16,
  DEFAULT_DTYPE,
  type Dtype,
  type ReadFile,
  requiredFile,
} from '../../src/model/import/folder_files'
import { readModelConfig } from '../../src/model/import/import_config'
import { expectedPlan } from '../../src/model/memory/expected_plan'
import { type MemoryPlan, memoryPlan } from '../../src/model/memory/memory_plan'
import type { Backend } from '../../src/model/runtime'
import { deriveKey, Stream, seedKey } from '../../src/random'
import { HeapPeak } from './heap_peak'
import '../../src/bench/lab/watch'

export interface ModelMemoryOptions {
  /** Reads the model folder. */
  readonly read: ReadFile
  readonly source: string
  readonly backend: Backend
  readonly dtype?: Dtype
  readonly threads: number
  /** Prompts of so many tokens, random ones, each continued in so many rows by so many tokens. */
  readonly prompts: number
  readonly promptTokens: number
  readonly rollouts: number
  readonly newTokens: number
  /** Bytes of this thread's objects and array buffers that something holds, garbage collected, wasm memories not among them. */
  readonly held: () => Promise<number>
}

/** What a peer took of memory, and what was expected of it from config.json and the sizes of its files. */
export interface ModelMemory {
  readonly expected: MemoryPlan
  /** Bytes at the peak: of wasm memory, or of GPU buffers. */
  readonly device: number
  /** Bytes at the peak of JavaScript. */
  readonly javascript: number
}

/** A policy of a model in this thread, which loads, writes and learns, and in which nothing else may happen meanwhile. */
export async function modelMemory(options: ModelMemoryOptions): Promise<ModelMemory> {
  const { source, backend, dtype } = options
  const watch = globalThis.colloquyWatch
  if (!watch) throw new Error('nothing watches this thread')
  const sizes = new Map<string, number>()
  const read: ReadFile = async (path) => {
    const bytes = await options.read(path)
    if (bytes !== null) sizes.set(path, bytes.length)
    return bytes
  }
  const peak = new HeapPeak(options.held)
  const gpuBefore = watch.gpu.bytes
  watch.gpu.peak = gpuBefore
  await peak.start()
  const work = () => loadWriteLearn(peak.reading(read), peak, options)
  // On WebGPU what runs take and give is on the device.
  await (backend === 'wasm' ? peak.during(work) : work())
  const weights = [...sizes].filter(([path]) => path.startsWith('onnx/')).map(([, bytes]) => bytes)
  const json = JSON.parse(new TextDecoder().decode(await requiredFile(options.read, source, 'config.json')))
  const config = readModelConfig(json, `${source}/config.json`)
  const f16 = backend === 'webgpu' && allowsF16(dtype, config) && (await adapterHasF16())
  const plan = expectedPlan(
    config,
    dtype ?? DEFAULT_DTYPE,
    weights.reduce((sum, bytes) => sum + bytes, 0),
    backend,
    { rank: RUN.loraRank, alpha: RUN.loraAlpha },
    f16 ? 'f16' : 'f32',
  )
  const { prompts, promptTokens, rollouts, newTokens } = options
  const expected = memoryPlan(plan, backend, {
    rows: prompts * rollouts,
    tokens: promptTokens + newTokens,
    prompts,
    promptTokens,
    trainedTokens: promptTokens + rollouts * newTokens,
    adapters: 1,
    largestFile: Math.max(...weights),
  })
  const wasm = Math.max(...watch.memories.map(({ buffer }) => buffer.byteLength))
  const device = backend === 'wasm' ? wasm : watch.gpu.peak - gpuBefore
  return { expected, device, javascript: peak.bytes }
}

const RUN = presetConfig('duet')

async function loadWriteLearn(
  read: ReadFile,
  peak: HeapPeak,
  { source, dtype, prompts, promptTokens, rollouts, newTokens, ...rest }: ModelMemoryOptions,
): Promise<void> {
  const folder = await openModelFolder(read, source, { dtype })
  const tokenizer = new Tokenizer(folder.tokenizerJson, folder.tokenizerConfig)
  const base = await loadBase(peak.taking(folder), { ...RUN, ...rest, source, dtype })
  const { policy, close } = await base.engine({ id: 'measured', seed: 1 })
  const stream = new Stream(seedKey(1))
  const { vocabSize } = folder.config
  const draw = (count: number) => Array.from({ length: count }, () => stream.int(0, vocabSize - 1))
  const rows = Array.from({ length: prompts }, () => draw(promptTokens)).flatMap((promptIds, p) =>
    Array.from({ length: rollouts }, (_, i) => ({ promptIds, key: deriveKey(seedKey(1), p, i) })),
  )
  // No token stops a row, so that all are as long as is wanted.
  const written = await policy.generate(rows, { temperature: 1, maxNewTokens: newTokens, stops: [vocabSize] })
  const sequences = written.map(({ ids }, i) => ({
    promptIds: rows[i].promptIds,
    ids,
    oldLogprobs: null,
    advantage: i % 2 === 0 ? 1 : 0.5,
  }))
  await policy.update({ ...RUN, sequences, loss: { ...RUN, maxCompletionLength: newTokens } })
  await peak.look()
  // A peer has it as long as it lives.
  tokenizer.decode([0])
  await close()
}
