import { fileURLToPath } from 'node:url'
import { measureEncoding } from '../encode/measure'
import {
  type Encoded,
  type EncodeSamples,
  NEW_TOKENS,
  PROMPT_TOKENS,
  ROWS,
  SIDES,
  type SideName,
  WIDTH,
  WORK,
  type WorkName,
} from '../encode/order'
import { type Bar, type Figure, figure } from '../figures'
import { type Fit, fitOf } from '../fit'
import { type Found, roundsOf, type SuiteSettings } from '../suite'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** Layers of the models. The bars are for the first. */
const LAYERS = [3, 12, 30]

/** What encoding may cost at three layers. */
export const ENCODE_BARS = {
  updateTime: { kind: 'within', side: 'TensorFlow.js', times: 1 / 3 },
  updateDispatches: { kind: 'at-most', value: 400 },
  tokenDispatches: { kind: 'at-most', value: 24 },
  tokenSubmissions: { kind: 'at-most', value: 2 },
} as const satisfies Record<string, Bar>

/** CPU time, dispatches and submissions on Dawn's null device, which executes nothing: what remains is encoding. */
export async function encode(
  settings: SuiteSettings,
  { say }: { say(text: string): Promise<void> },
): Promise<Found> {
  const { quick } = settings
  const rounds = quick ? 1 : roundsOf(settings, 3)
  const all: { layers: number; samples: EncodeSamples }[] = []
  for (const layers of quick ? LAYERS.slice(0, 1) : LAYERS) {
    await say(`encode: ${layers} layers`)
    all.push({ layers, samples: await measureEncoding(ROOT, { layers, sides: SIDES, rounds }) })
  }
  return {
    setting: [
      `Random weights in four bits, width ${WIDTH}. ${ROWS} sequences of ${PROMPT_TOKENS} prompt and ${NEW_TOKENS} completion tokens without a common prefix; decoding writes ${NEW_TOKENS} tokens after the same prompts, and its values per token include reading the prompts.`,
    ],
    figures: all.flatMap(({ layers, samples }) => figuresOf(layers, samples)),
    fits: quick ? [] : fitsOf(all),
  }
}

function figuresOf(layers: number, samples: EncodeSamples): Figure[] {
  const barred = (...bars: readonly Bar[]) => (layers === LAYERS[0] ? bars : [])
  const sides = (work: WorkName, value: (sample: Encoded) => number, names: readonly SideName[]) =>
    Object.fromEntries(names.map((name) => [name, samples[name][work].map(value)]))
  const both = (work: WorkName, value: (sample: Encoded) => number) => sides(work, value, SIDES)
  const own = (value: (sample: Encoded) => number) =>
    sides('decode', (sample) => value(sample) / NEW_TOKENS, ['Colloquy'])
  const { updateTime, updateDispatches, tokenDispatches, tokenSubmissions } = ENCODE_BARS
  const at = `${layers} layers`
  const milliseconds = (sample: Encoded) => sample.milliseconds
  const dispatches = (sample: Encoded) => sample.dispatches
  const submissions = (sample: Encoded) => sample.submissions
  return [
    figure(`update, ${at}: CPU time`, 'ms', both('update', milliseconds), barred(updateTime)),
    figure(`update, ${at}: dispatches`, '', both('update', dispatches), barred(updateDispatches)),
    figure(`update, ${at}: submissions`, '', both('update', submissions)),
    figure(`forward, ${at}: CPU time`, 'ms', both('forward', milliseconds)),
    figure(`forward, ${at}: dispatches`, '', both('forward', dispatches)),
    figure(`forward, ${at}: submissions`, '', both('forward', submissions)),
    figure(`token, ${at}: CPU time`, 'ms', own(milliseconds)),
    figure(
      `token, ${at}: dispatches per layer`,
      '',
      own((sample) => sample.dispatches / layers),
      barred(tokenDispatches),
    ),
    figure(`token, ${at}: submissions`, '', own(submissions), barred(tokenSubmissions)),
  ]
}

function fitsOf(all: readonly { layers: number; samples: EncodeSamples }[]): Fit[] {
  return WORK.map((name) =>
    fitOf(
      { cost: `CPU time of ${name}`, against: 'layers', own: 1, why: 'linear' },
      all.map(({ layers }) => layers),
      all.map(({ samples }) => samples.Colloquy[name].map(({ milliseconds }) => milliseconds / 1000)),
    ),
  )
}
