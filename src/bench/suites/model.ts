import { SupervisedWorker } from '../../../workers/supervised'
import { presetConfig } from '../../config/presets'
import type { UpdateRequest } from '../../model/peer'
import { deriveKey, Stream, seedKey } from '../../random'
import { type Figure, figure } from '../figures'
import { type Lab, withLabs, withPolicy } from '../lab_worker'
import { localRun } from '../local_run'
import { timed } from '../rounds'
import {
  backendOf,
  type Environment,
  type Found,
  hasRealSizes,
  SEED,
  type SuiteModel,
  type SuiteSettings,
} from '../suite'
import type { HubApi } from '../transformers_js.worker'

/** What is asked of each model. */
interface Work {
  /** Sizes of the batches that decode, and tokens of each row's prompt and continuation. */
  readonly batches: readonly number[]
  readonly promptTokens: number
  readonly newTokens: number
  /** Sequences of an update, and tokens of each; a quarter of them is the prompt. */
  readonly sequences: number
  readonly tokens: number
  /** Settings of the whole step. */
  readonly step: {
    readonly questionsPerStep: number
    readonly numGenerations: number
    readonly maxCompletionLength: number
  }
}

const FULL: Work = {
  ...{ batches: [1, 8, 64], promptTokens: 16, newTokens: 32, sequences: 64, tokens: 256 },
  step: { questionsPerStep: 2, numGenerations: 4, maxCompletionLength: 64 },
}
const SMALL: Work = {
  ...{ batches: [1, 4], promptTokens: 4, newTokens: 8, sequences: 2, tokens: 32 },
  step: { questionsPerStep: 1, numGenerations: 2, maxCompletionLength: 8 },
}

/** Ids of random prompts: any vocabulary has them. */
const IDS = 256

type Prompts = readonly (readonly number[])[]
/** Continues every prompt by at most so many tokens, and returns how many it made. */
type Writer = (prompts: Prompts, newTokens: number) => Promise<number>

/**
 * Loads each model, decodes next to transformers.js, and trains, each once after a smaller piece of work that
 * warms up. Prompts are random tokens, so weights may be random. Where one part fails the others go on.
 */
export async function model(settings: SuiteSettings, env: Environment): Promise<Found> {
  const work = hasRealSizes(settings) ? FULL : SMALL
  const failures: string[] = []
  const figures: Figure[] = []
  for (const measured of settings.models)
    figures.push(
      ...(await modelFigures(measured, work, settings, env, (part, error) => {
        const [why] = (error instanceof Error ? error.message : String(error)).split('\n')
        failures.push(`${measured.name}: ${part} failed: ${why}`)
      })),
    )
  const { batches, promptTokens, newTokens, sequences, tokens, step } = work
  return {
    setting: [
      `Random weights of ${hasRealSizes(settings) ? 'the models’ own' : 'small'} shapes, in 4 bits; with q4f16, activations are f16 on a GPU that has it. Batches of ${batches.join(', ')} rows with prompts of ${promptTokens} tokens get ${newTokens} more. An update trains ${sequences} sequences of ${tokens} tokens. A step of two peers on one base has questionsPerStep ${step.questionsPerStep}, numGenerations ${step.numGenerations} and maxCompletionLength ${step.maxCompletionLength}.`,
      ...failures,
    ],
    figures,
  }
}

async function modelFigures(
  measured: SuiteModel,
  work: Work,
  settings: SuiteSettings,
  env: Environment,
  failed: (part: string, error: unknown) => void,
): Promise<Figure[]> {
  const part = async <T>(name: string, measure: () => Promise<T>): Promise<T | null> => {
    await env.say(`model: ${measured.name}, ${name}`)
    return measure().catch((error: unknown) => {
      failed(name, error)
      return null
    })
  }
  const own = await withLabs(env, async (open) => {
    const lab = open()
    const { source, dtype } = measured
    const options = { model: { base: env.base, source }, packed: true, dtype }
    return {
      load: await part('load', async () => (await timed(() => withPolicy(lab, settings, options))).seconds),
      rates: await part('decoding', () => decodingRates(work, writerOf(lab))),
      update: await part('update', () => secondsOfUpdate(lab, work)),
      peak: await part('peak memory', () => lab.call((api) => api.peakMemory())),
    }
  })
  const { openHub } = env
  const others =
    openHub && (await part('transformers.js', () => hubRates(openHub, measured, work, settings, env)))
  const step = await part('whole step', () => secondsOfStep(measured, work, settings, env))
  const sides = (value: number | null | undefined, other?: number) => ({
    ...(value != null && { Colloquy: [value] }),
    ...(other !== undefined && { 'transformers.js': [other] }),
  })
  return [
    figure('load', 's', sides(own.load)),
    ...work.batches.map((rows, i) =>
      figure(`decoding, ${rows} row${rows === 1 ? '' : 's'}`, 'tokens/s', sides(own.rates?.[i], others?.[i])),
    ),
    figure('update', 's', sides(own.update)),
    figure('whole step', 's', sides(step)),
    figure(`peak ${settings.place === 'webgpu' ? 'GPU buffers' : 'wasm memory'}`, 'bytes', sides(own.peak)),
  ].flatMap((one) => (one.sides.length > 0 ? [{ ...one, name: `${measured.name}: ${one.name}` }] : []))
}

/** Returns tokens per second of each batch. */
async function decodingRates({ batches, promptTokens, newTokens }: Work, write: Writer): Promise<number[]> {
  const rates: number[] = []
  for (const rows of batches) {
    const prompts = Array.from({ length: rows }, (_, row) => drawIds(promptTokens, row))
    await write(prompts, newTokens)
    const { result, seconds } = await timed(() => write(prompts, newTokens))
    rates.push(result / seconds)
  }
  return rates
}

function writerOf(lab: Lab): Writer {
  return async (prompts, newTokens) => {
    const rows = prompts.map((promptIds, i) => ({
      promptIds: [...promptIds],
      key: deriveKey(seedKey(SEED), i),
    }))
    await lab.call((api) => api.sample(rows, newTokens))
    return rows.length * newTokens
  }
}

async function hubRates(
  openHub: NonNullable<Environment['openHub']>,
  { source, dtype }: SuiteModel,
  work: Work,
  { place, threads }: SuiteSettings,
  env: Environment,
): Promise<number[]> {
  const hub = new SupervisedWorker<HubApi, never>(openHub(), 'worker of transformers.js', () => undefined)
  try {
    const path = new URL(env.base).pathname
    await hub.call((api) => api.load(path, source, backendOf(place), threads, dtype))
    const options = { sample: true, seed: SEED }
    return await decodingRates(work, async (prompts, maxNewTokens) => {
      const { tokens } = await hub.call((api) => api.generate({ prompts, maxNewTokens, ...options }))
      return tokens
    })
  } finally {
    hub.terminate()
  }
}

async function secondsOfUpdate(lab: Lab, { sequences, tokens }: Work): Promise<number> {
  const run = presetConfig('duet')
  const request = (count: number): UpdateRequest => ({
    ...run,
    sequences: Array.from({ length: count }, (_, i) => ({
      promptIds: drawIds(tokens / 4, i),
      ids: drawIds((3 * tokens) / 4, count + i),
      oldLogprobs: null,
      advantage: i % 2 === 0 ? 1 : 0.5,
    })),
    loss: { ...run, maxCompletionLength: tokens },
  })
  await lab.call((api) => api.update(request(Math.min(4, sequences))))
  const { seconds } = await lab.call((api) => api.update(request(sequences)))
  return seconds
}

/** Returns the time of a step after a first one that warms up. */
async function secondsOfStep(
  { source, dtype }: SuiteModel,
  { step }: Work,
  { place, threads }: SuiteSettings,
  env: Environment,
): Promise<number> {
  const config = presetConfig('duet', {
    ...{ backend: backendOf(place), seed: SEED, steps: 2, sharedBase: true },
    ...{ abilityQuestions: 1, evalSize: 1, evalMethods: [], evalEvery: 2 },
    ...step,
    peers: ['one', 'two'].map((id) => ({ id, source, dtype })),
  })
  for await (const event of localRun(config, threads, env))
    if (event.type === 'step' && event.step === 2) return event.metrics.step_time
  throw new Error('the run ended before its second step')
}

function drawIds(count: number, draw: number): number[] {
  const stream = new Stream(deriveKey(seedKey(SEED), count, draw))
  return Array.from({ length: count }, () => stream.int(0, IDS - 1))
}
