import { adapterHasF16 } from '../../gpu/device'
import type { ModelConfig } from '../../model/import/config'
import type { TrainSequence } from '../../model/peer'
import { Stream, seedKey } from '../../random'
import { type Figure, figure } from '../figures'
import { type Lab, withLabs, withPolicy } from '../lab_worker'
import { inTurns, sayRound } from '../rounds'
import { type Environment, type Found, roundsOf, SEED, type SuiteSettings } from '../suite'

/** Widths of Qwen2.5-0.5B: its sums are long enough to show how they are added up. */
const SHAPE: ModelConfig = {
  ...{ modelType: 'llama', vocabSize: 4096, hiddenSize: 896, intermediateSize: 4864, layers: 4 },
  ...{ heads: 14, kvHeads: 2, headDim: 64, rmsNormEpsilon: 1e-6, ropeTheta: 1e6, maxPositions: 512 },
  ...{ tiedEmbeddings: true, qkvBias: false, qkNorm: false },
}
/** Largest mean difference of a logprob from f32. */
const WANTED_GAP = 0.01

const SIDES = {
  'f16, sums in f32': { f16: true },
  'f16, sums in f16': { f16: true, f32Accumulation: false },
  f32: { f16: false },
} as const
type Name = keyof typeof SIDES

/** Activations in f16: how far logprobs are from those in f32, and at what speed, by how sums are added up. */
export async function f16(settings: SuiteSettings, env: Environment): Promise<Found> {
  if (!(await adapterHasF16()))
    return { setting: ['This adapter has no shader-f16, so nothing was measured.'] }
  const { software, quick } = settings
  const [rows, length] = software || quick ? [2, 48] : [16, 256]
  const stream = new Stream(seedKey(SEED))
  const draw = (count: number) => Array.from({ length: count }, () => stream.int(0, SHAPE.vocabSize - 1))
  const sequences: TrainSequence[] = Array.from({ length: rows }, () => ({
    promptIds: draw(1),
    ids: draw(length - 1),
    oldLogprobs: null,
    advantage: 1,
  }))
  return withLabs(env, async (open) => {
    const labs = {} as Record<Name, Lab>
    const logprobs = {} as Record<Name, Float32Array>
    for (const name of Object.keys(SIDES) as Name[]) {
      await env.say(`f16: ${name}`)
      labs[name] = await withPolicy(open(), settings, { model: SHAPE, packed: false, ...SIDES[name] })
      logprobs[name] = await labs[name].call((api) => api.logprobs(sequences))
    }
    const forward = (name: Name) => () => labs[name].call((api) => api.forward(sequences))
    const rounds = roundsOf(settings)
    const names = Object.keys(SIDES) as Name[]
    const times = await inTurns(
      rounds,
      Object.fromEntries(names.map((name) => [name, forward(name)])) as Record<Name, () => Promise<number>>,
      sayRound(env.say, 'f16', rounds),
    )
    return {
      setting: [
        `Random 4-bit weights: ${SHAPE.layers} layers of width ${SHAPE.hiddenSize} and ${SHAPE.intermediateSize}; ${rows} sequences of ${length} random tokens.`,
      ],
      figures: [
        ...gaps(logprobs),
        figure('forward pass', 's', times, [{ kind: 'within', side: 'f32', times: 1 }]),
      ],
    }
  })
}

/** Differences of logprobs from those in f32. */
function gaps({ f32, ...halves }: Readonly<Record<Name, Float32Array>>): Figure[] {
  const by = (measure: (differences: Float32Array) => number) =>
    Object.fromEntries(
      Object.entries(halves).map(([name, found]) => [
        name,
        [measure(found.map((value, i) => Math.abs(value - f32[i])))],
      ]),
    )
  return [
    figure(
      'mean logprob difference from f32',
      '',
      by((differences) => differences.reduce((sum, value) => sum + value, 0) / differences.length),
      [{ kind: 'at-most', value: WANTED_GAP }],
    ),
    figure(
      'largest logprob difference from f32',
      '',
      by((differences) => Math.max(...differences)),
    ),
  ]
}
