import { startRun } from '../../workers/browser'
import { browserPort } from '../../workers/browser_worker'
import { WorkerPeer } from '../../workers/peer_host'
import { SupervisedWorker } from '../../workers/supervised'
import { toWire, type WireError } from '../errors'
import type { Completion } from '../model/peer'
import { deriveKey, seedKey } from '../random'
import { presetConfig } from '../runs/presets'
import { wordProblems } from '../tasks/word_problems'
import type { BenchReport, BenchSettings, Figure } from './report'
import type { HubApi, HubCompletions } from './transformers_js.worker'

declare global {
  interface Window {
    /** Put here by the command that drives this page: what is being timed. */
    reportProgress(text: string): Promise<void>
    /** An error comes back as a value, since it has to cross to the command with its type. */
    runBenchmark(settings: BenchSettings): Promise<{ report: BenchReport } | { error: WireError }>
  }
}

const SEED = 7
/** ONNX Runtime's own choice of threads, given to both sides. */
const THREADS = Math.min(4, Math.ceil(navigator.hardwareConcurrency / 2))
const MAX_NEW_TOKENS = wordProblems.maxNewTokens('share', 2)

window.runBenchmark = async (settings) => {
  try {
    return { report: await benchmark(settings) }
  } catch (error) {
    return { error: toWire(error) }
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const start = performance.now()
  const result = await work()
  return { result, seconds: (performance.now() - start) / 1000 }
}

/** Whether a processor plays the GPU: it is a hundred times slower, and the same work would take an hour. */
async function softwareGpu(): Promise<boolean> {
  const adapter = await navigator.gpu?.requestAdapter()
  return adapter?.info.isFallbackAdapter === true
}

async function benchmark(wanted: BenchSettings): Promise<BenchReport> {
  const software = wanted.backend === 'webgpu' && (await softwareGpu())
  const settings = software ? { ...wanted, questions: 2, rollouts: 4, rounds: 1, steps: 1 } : wanted
  const decoding = await decodeAndTrain(settings)
  return {
    settings,
    softwareGpu: software,
    cores: navigator.hardwareConcurrency,
    threads: THREADS,
    maxNewTokens: MAX_NEW_TOKENS,
    ...decoding,
    figures: [...decoding.figures, await wholeSteps(settings)],
  }
}

/** Both sides in turns, each in a worker of its own, as in a run; then updates on the last rollouts. */
async function decodeAndTrain({ backend, peer: { id, source }, questions, rollouts, rounds }: BenchSettings) {
  const config = presetConfig('duet')
  const open = (worker: Worker) => browserPort(worker)
  await window.reportProgress(`loading ${source} in both engines`)
  const hub = new SupervisedWorker<HubApi, never>(
    open(new Worker(new URL('./transformers_js.worker.ts', import.meta.url), { type: 'module' })),
    'worker of transformers.js',
    () => undefined,
  )
  const base = new URL('.', document.baseURI)
  const [peer] = await WorkerPeer.load(
    open(new Worker(new URL('../../workers/peer.worker.ts', import.meta.url), { type: 'module' })),
    { ...config, ids: [id], source, base: base.href, backend, threads: THREADS },
    () => undefined,
  )
  try {
    await hub.call((api) => api.load(base.pathname, source, backend, THREADS))
    const prompts = wordProblems
      .questions('validation', seedKey(SEED), questions)
      .flatMap((question) => Array<string>(rollouts).fill(wordProblems.sharePrompt(question)))

    const ours = (sample: boolean, round: number) =>
      timed(() =>
        peer.generate({
          samples: prompts.map((prompt, i) => ({ prompt, key: deriveKey(seedKey(SEED), round, i) })),
          temperature: sample ? 1 : 0,
          maxNewTokens: MAX_NEW_TOKENS,
        }),
      )
    const theirs = (sample: boolean, round: number) =>
      timed(() =>
        hub.call((api) => api.generate({ prompts, maxNewTokens: MAX_NEW_TOKENS, sample, seed: round })),
      )

    const speeds = { sampled: pair(), greedy: pair() }
    const behindStop: number[] = []
    let answers: { ours: readonly Completion[]; theirs: HubCompletions } | undefined
    let rolloutsOfRound: readonly Completion[] = []
    // Round 0 warms both up.
    for (let round = 0; round <= rounds; round++) {
      await window.reportProgress(round === 0 ? 'warming up' : `decoding, round ${round} of ${rounds}`)
      for (const sample of [true, false]) {
        const own = await ours(sample, round)
        const other = await theirs(sample, round)
        if (sample) rolloutsOfRound = own.result
        else answers = { ours: own.result, theirs: other.result }
        if (round === 0) continue
        const speed = sample ? speeds.sampled : speeds.greedy
        speed.colloquy.push(tokensOf(own.result) / own.seconds)
        speed.transformersJs.push(other.result.kept / other.seconds)
        if (sample) behindStop.push(1 - other.result.kept / other.result.made)
      }
    }

    const updates: number[] = []
    for (let round = 0; round <= rounds; round++) {
      await window.reportProgress(round === 0 ? 'warming up' : `training, round ${round} of ${rounds}`)
      const { result, seconds } = await timed(() =>
        peer.update({
          ...config,
          sequences: rolloutsOfRound.map(({ promptIds, ids, logprobs }, i) => ({
            promptIds,
            ids,
            oldLogprobs: logprobs,
            advantage: i % 2 === 0 ? 1 : -1,
          })),
          loss: { ...config, maxCompletionLength: MAX_NEW_TOKENS },
        }),
      )
      if (round > 0) updates.push(result.tokens / seconds)
    }
    const figures: Figure[] = [
      { name: `decode, sampled, batch ${prompts.length}`, unit: 'tokens/s', ...speeds.sampled },
      { name: `decode, greedy, batch ${prompts.length}`, unit: 'tokens/s', ...speeds.greedy },
      { name: 'train', unit: 'tokens/s', colloquy: updates, transformersJs: null },
    ]
    return {
      figures,
      answers: prompts.length,
      sameAnswers: answers
        ? answers.ours.filter(({ text }, i) => text === answers?.theirs.texts[i]).length
        : 0,
      behindStop: behindStop.reduce((sum, share) => sum + share, 0) / rounds,
    }
  } finally {
    await peer.close()
    hub.terminate()
  }
}

function pair(): { colloquy: number[]; transformersJs: number[] } {
  return { colloquy: [], transformersJs: [] }
}

function tokensOf(completions: readonly Completion[]): number {
  return completions.reduce((sum, { ids }) => sum + ids.length, 0)
}

/** A run of the preset as it is, but for its length and for what is measured beside the steps. */
async function wholeSteps({ backend, steps, questions, rollouts }: BenchSettings): Promise<Figure> {
  const config = presetConfig('duet', {
    backend,
    seed: SEED,
    // One more, to warm up.
    steps: steps + 1,
    questionsPerStep: questions,
    numGenerations: rollouts,
    abilityQuestions: 8,
    evalSize: 1,
  })
  const seconds: number[] = []
  for await (const event of startRun(config)) {
    if (event.type === 'step') seconds.push(event.metrics.step_time)
    if (event.type === 'step' || event.type === 'run')
      await window.reportProgress(`whole steps, ${seconds.length} of ${config.steps}`)
  }
  return { name: 'whole step, both peers', unit: 's', colloquy: seconds.slice(1), transformersJs: null }
}
