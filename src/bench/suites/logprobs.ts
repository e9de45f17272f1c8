import type { Figure } from '../figures'
import type { HeadOptions } from '../lab/head_lab'
import { type Lab, withLabs } from '../lab_worker'
import { physicalLimits } from '../limits'
import type { SuiteOutcome } from '../results'
import { inTurns, sidesOf } from '../rounds'
import { backendOf, type Environment, roundsOf, type SuiteSettings } from '../suite'

/** Of the bytes of stored logits, the share that we may take. */
const WANTED_MEMORY = 1 / 50
/** Of the time of stored logits. */
const WANTED_TIME = 0.7

const PATHS = {
  Colloquy: 'ours',
  'stored logits, one graph': 'one graph',
  'stored logits, two graphs': 'two graphs',
} as const satisfies Record<string, HeadOptions['path']>
type Side = keyof typeof PATHS

function shapeOf({ quick, software }: SuiteSettings) {
  if (software) return { tokens: 64, vocabulary: 4096, width: 64 }
  return quick
    ? { tokens: 128, vocabulary: 8192, width: 192 }
    : { tokens: 512, vocabulary: 49_152, width: 576 }
}

/** Token logprobs after the last hidden states: what they take in time and memory, next to logits that are stored. */
export async function logprobs(settings: SuiteSettings, around: Environment): Promise<SuiteOutcome> {
  const shape = shapeOf(settings)
  const limits = await physicalLimits(settings, around)
  return withLabs(around, async (open) => {
    const labs = {} as Record<Side, Lab>
    const memory = {} as Record<Side, { extra: number; growth: number }>
    for (const side of Object.keys(PATHS) as Side[]) {
      await around.say(`logprobs: memory of ${side}`)
      const lab = open()
      labs[side] = lab
      const options = {
        ...shape,
        path: PATHS[side],
        backend: backendOf(settings.place),
        threads: settings.threads,
      }
      await lab.call((api) => api.openHead(options))
      await lab.call((api) => api.scoreHead(0, 1))
      memory[side] = await lab.call((api) => api.headMemory())
    }
    const values: Partial<Record<Side, Float32Array>>[] = []
    const rounds = roundsOf(settings)
    const timing = (side: Side) => async (round: number) => {
      const { seconds, logprobs } = await labs[side].call((api) => api.scoreHead(round + 3))
      values[round] = { ...values[round], [side]: logprobs }
      return seconds
    }
    const times = await inTurns(
      rounds,
      {
        Colloquy: timing('Colloquy'),
        'stored logits, one graph': timing('stored logits, one graph'),
        'stored logits, two graphs': timing('stored logits, two graphs'),
      },
      (round) => around.say(`logprobs: ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`),
    )
    const { tokens, vocabulary, width } = shape
    const stored = tokens * vocabulary * 4
    return {
      setting: [
        `Hidden states of ${tokens} tokens (T), a vocabulary of ${vocabulary} (V), width ${width} (H), all in f32: stored logits are ${(stored / 2 ** 20).toFixed(0)} MiB, the head ${((vocabulary * width * 4) / 2 ** 20).toFixed(0)} MiB.`,
      ],
      figures: [
        {
          name: 'time of token logprobs',
          unit: 's',
          lessIsBetter: true,
          sides: sidesOf(times),
          bars: (['stored logits, one graph', 'stored logits, two graphs'] as const).map((side) => ({
            kind: 'within',
            side,
            times: WANTED_TIME,
          })),
        },
        memoryFigure(settings, memory, stored),
        {
          name: 'largest logprob difference from stored logits',
          unit: '',
          lessIsBetter: true,
          sides: [{ name: 'Colloquy', samples: values.slice(1).map(largestDifference) }],
          bars: [{ kind: 'at-most', value: 1e-4 }],
        },
        {
          name: 'arithmetic of the head’s product, 2TVH',
          unit: 'GFLOP/s',
          lessIsBetter: false,
          sides: [
            {
              name: 'Colloquy',
              samples: times.Colloquy.map((seconds) => (2 * tokens * vocabulary * width) / seconds / 1e9),
            },
            { name: 'the best large product', samples: limits.product },
          ],
          bars: [],
        },
        ...limits.figures,
      ],
      fits: [],
    }
  })
}

function memoryFigure(
  { place }: SuiteSettings,
  memory: Readonly<Record<Side, { extra: number; growth: number }>>,
  stored: number,
): Figure {
  const growth = Object.entries(memory)
    .map(([side, use]) => `${side} ${(use.growth / 2 ** 20).toFixed(1)} MiB`)
    .join(', ')
  return {
    name: 'peak extra memory',
    unit: 'bytes',
    lessIsBetter: true,
    sides: Object.entries(memory).map(([name, { extra }]) => ({ name, samples: [extra] })),
    bars: [{ kind: 'at-most', value: stored * WANTED_MEMORY }],
    note:
      place === 'webgpu'
        ? `GPU buffers at the peak beyond those after loading. Kept afterwards: ${growth}.`
        : `What is written in the wasm heap, in pages of 4 KiB. By how much the heap grew from one token to all: ${growth}; it grows in large steps and uses again what loading has freed.`,
  }
}

function largestDifference(values: Partial<Record<Side, Float32Array>>): number {
  const [own, stored] = [values.Colloquy, values['stored logits, one graph']]
  if (!own || !stored) return Number.NaN
  return own.reduce((largest, value, i) => Math.max(largest, Math.abs(value - stored[i])), 0)
}
