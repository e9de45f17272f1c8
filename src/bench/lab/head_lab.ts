/** Token logprobs on a head of random weights: ours, and by logits that are stored whole. */

import { requestGpu } from '../../gpu/device'
import { type Matrix, transposed } from '../../matrix/matrix'
import { valuesOf } from '../../matrix/matrix_values'
import type { ModelConfig } from '../../model/import/config'
import { OrtHead } from '../../model/ort_head'
import { type Backend, dispose, Runtime } from '../../model/runtime'
import { GraphBuilder } from '../../onnx/graph'
import * as ops from '../../onnx/ops'
import { tensorOf } from '../../onnx/proto'
import { type Key, Stream, seedKey } from '../../random'
import { type MemoryUse, memoryUse } from './memory_use'

export interface HeadOptions {
  /**
   * `ours`: what a peer computes with. `one graph`: MatMul, LogSoftmax and GatherElements. `two graphs`: logits as the output of a session, as a
   * model of the hub gives them, then the rest.
   */
  readonly path: 'ours' | 'one graph' | 'two graphs'
  /** T, V, H. */
  readonly tokens: number
  readonly vocabulary: number
  readonly width: number
  readonly backend: Backend
  readonly threads: number
}

export interface HeadLab {
  openHead(options: HeadOptions): Promise<void>
  /** Logprobs of all tokens, or the first few; `draw` decides the hidden states. */
  scoreHead(draw: number, tokens?: number): Promise<{ seconds: number; logprobs: Float32Array }>
  /** What scoring all tokens takes where a few have been scored before. */
  headMemory(): Promise<MemoryUse>
}

interface Scorer {
  /** Scores hidden (T, H), which lies where the backend computes. */
  score(hidden: Float32Array, ids: Int32Array): Promise<{ seconds: number; logprobs: Float32Array }>
  /** See `memoryUse`. */
  scribble(): Promise<void>
}

/** Noise is written in arrays of half the size each, so that small holes are found as well as large ones. */
const LARGEST_NOISE = 1 << 22

export function headLab(): HeadLab {
  let open: { options: HeadOptions; scorer: Scorer } | undefined
  const scoring = (draw: number, tokens?: number) => {
    if (!open) throw new Error('open a head first')
    const { options, scorer } = open
    const count = tokens ?? options.tokens
    const hidden = randomFloats(count * options.width, [draw, 1], 1)
    const stream = new Stream([draw, 2])
    const ids = Int32Array.from({ length: count }, () => stream.int(0, options.vocabulary - 1))
    return { options, scribble: scorer.scribble, work: () => scorer.score(hidden, ids) }
  }
  return {
    async openHead(options) {
      open = { options, scorer: await openScorer(options) }
    },
    scoreHead: (draw, tokens) => scoring(draw, tokens).work(),
    async headMemory() {
      const [once, again] = [scoring(1), scoring(2)]
      const { backend } = once.options
      const first = await memoryUse(backend, once.scribble, once.work)
      const second = await memoryUse(backend, again.scribble, again.work)
      // In a heap that has settled, nothing that is only moved counts as written; GPU buffers that are kept count once.
      const extra = backend === 'wasm' ? second.extra : Math.max(first.extra, second.extra)
      return { extra, growth: first.growth + second.growth }
    },
  }
}

/** Values in ±amplitude: a million of them, over and over, since making them would take longer than what is timed. */
function randomFloats(size: number, key: Key, amplitude: number): Float32Array {
  const stream = new Stream(key)
  const values = new Float32Array(size)
  const distinct = Math.min(size, 1_000_003)
  for (let i = 0; i < distinct; i++) values[i] = amplitude * (2 * stream.uniform() - 1)
  for (let at = distinct; at < size; at += distinct) values.copyWithin(at, 0, Math.min(distinct, size - at))
  return values
}

async function openScorer(options: HeadOptions): Promise<Scorer> {
  const { backend, threads, vocabulary, width } = options
  const gpu = backend === 'webgpu' ? await requestGpu() : undefined
  const runtime = await Runtime.create({ backend, threads, gpu })
  const weights = randomFloats(vocabulary * width, seedKey(1), 1 / Math.sqrt(width))
  const head = options.path === 'ours' ? await ourHead(runtime, options, weights) : null
  const stored = head ? null : await storedLogits(runtime, options, weights)
  const noise = new GraphBuilder('noise')
  noise.output('y', ops.neg(noise, noise.input('x', 'f32', ['N'])))
  const scribbling = await runtime.session(noise.build())
  const scribble = async () => {
    for (let size = LARGEST_NOISE; size >= 64; size /= 2) {
      const x = runtime.floats(randomFloats(size, [size, 3], 1), [size])
      dispose(x, (await runtime.run(scribbling, { x })).y)
    }
  }
  const score: Scorer['score'] = async (values, ids) => {
    const hidden = runtime.floats(values, [ids.length, width])
    const start = performance.now()
    const logprobs = head ? await head.logprobs(hidden, ids, 1) : await stored?.(hidden, ids)
    const seconds = (performance.now() - start) / 1000
    dispose(hidden)
    if (!logprobs) throw new TypeError('a head is ours, or its logits are stored')
    return { seconds, logprobs: logprobs.slice() }
  }
  return { score, scribble }
}

/** As `Base` makes it. */
async function ourHead(runtime: Runtime, { vocabulary, width }: HeadOptions, weights: Float32Array) {
  const head: Matrix = { kind: 'f32', out: vocabulary, in: width, data: weights }
  if (!runtime.gpu) return OrtHead.create(runtime, headConfig(vocabulary, width), head)
  const [{ uploadHead }, { KernelHead }] = await Promise.all([
    import('../../gpu/gpu_head'),
    import('../../model/kernel_head'),
  ])
  const uploaded = uploadHead(runtime.gpu, 'lm_head', valuesOf(head))
  return new KernelHead(runtime.gpu, runtime, uploaded)
}

/** The head's part of a config; the layers are never built. */
function headConfig(vocabSize: number, hiddenSize: number): ModelConfig {
  return {
    modelType: 'llama',
    vocabSize,
    hiddenSize,
    intermediateSize: hiddenSize,
    layers: 0,
    heads: 1,
    kvHeads: 1,
    headDim: hiddenSize,
    rmsNormEpsilon: 1e-5,
    ropeTheta: 10_000,
    maxPositions: 1,
    tiedEmbeddings: false,
  }
}

/** The head (H, V) lies in the model, already transposed: the best case of this way. */
async function storedLogits(
  runtime: Runtime,
  { path, vocabulary, width }: HeadOptions,
  weights: Float32Array,
) {
  const logitsGraph = (b: GraphBuilder) => {
    const hidden = b.input('hidden', 'f32', ['T', width])
    const head = tensorOf('f32', [width, vocabulary], transposed(weights, vocabulary, width))
    return ops.matMul(b, hidden, b.initializer('head', head))
  }
  const scored = (b: GraphBuilder, logits: ReturnType<typeof logitsGraph>) =>
    b.output('logprobs', ops.gatherElements(b, ops.logSoftmax(b, logits), b.input('ids', 'i64', ['T', 1])))
  const idsOf = (ids: Int32Array) => runtime.hostInts(Array.from(ids), [ids.length, 1])
  const first = new GraphBuilder('logits')
  if (path === 'one graph') {
    scored(first, logitsGraph(first))
    const session = await runtime.session(first.build())
    return async (hidden: ReturnType<Runtime['floats']>, ids: Int32Array) => {
      const { logprobs } = await runtime.run(session, { hidden, ids: idsOf(ids) })
      const values = await runtime.read(logprobs)
      dispose(logprobs)
      return values
    }
  }
  first.output('logits', logitsGraph(first))
  const second = new GraphBuilder('logprobs')
  scored(second, second.input('logits', 'f32', ['T', vocabulary]))
  const [giving, reading] = [await runtime.session(first.build()), await runtime.session(second.build())]
  return async (hidden: ReturnType<Runtime['floats']>, ids: Int32Array) => {
    const { logits } = await runtime.run(giving, { hidden })
    const { logprobs } = await runtime.run(reading, { logits, ids: idsOf(ids) })
    const values = await runtime.read(logprobs)
    dispose(logits, logprobs)
    return values
  }
}
