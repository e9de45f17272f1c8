import { bytesText } from '../../report/format'
import { type Figure, figure } from '../figures'
import type { HeadOptions } from '../lab/head_lab'
import type { MemoryUse } from '../lab/memory_use'
import { type Lab, withLabs } from '../lab_worker'
import { inTurns, sayRound } from '../rounds'
import { backendOf, type Environment, type Found, roundsOf, type SuiteSettings } from '../suite'

/** Largest share of the bytes of stored logits. */
const WANTED_MEMORY = 1 / 50
/** Largest share of the time of stored logits. */
const WANTED_TIME = 0.7

const PATHS = {
  Colloquy: 'ours',
  'stored logits, one graph': 'one graph',
  'stored logits, two graphs': 'two graphs',
} as const satisfies Record<string, HeadOptions['path']>
type Side = keyof typeof PATHS
const SIDES = Object.keys(PATHS) as Side[]
type BySide<T> = Record<Side, T>

function shapeOf({ quick, software }: SuiteSettings) {
  if (software) return { tokens: 64, vocabulary: 4096, width: 64 }
  return quick
    ? { tokens: 128, vocabulary: 8192, width: 192 }
    : { tokens: 512, vocabulary: 49_152, width: 576 }
}

/** Time and memory of token logprobs after the last hidden states, next to logits that are stored. */
export async function logprobs(settings: SuiteSettings, env: Environment): Promise<Found> {
  const shape = shapeOf(settings)
  const { tokens, vocabulary, width } = shape
  const backend = backendOf(settings.place)
  const { threads } = settings
  const rounds = roundsOf(settings)
  return withLabs(env, async (open) => {
    const machine = open()
    await machine.call((api) => api.openProducts(backend, threads, settings.software ? 4 : 1))
    const { product } = await inTurns(
      rounds,
      { product: () => machine.call((api) => api.product()) },
      sayRound(env.say, 'logprobs: the best product', rounds),
    )
    const labs = {} as BySide<Lab>
    const memory = {} as BySide<MemoryUse>
    for (const side of SIDES) {
      await env.say(`logprobs: memory of ${side}`)
      const lab = open()
      labs[side] = lab
      await lab.call((api) => api.openHead({ ...shape, path: PATHS[side], backend, threads }))
      await lab.call((api) => api.scoreHead(0, 1))
      memory[side] = await lab.call((api) => api.headMemory())
    }
    const values: Partial<BySide<Float32Array>>[] = []
    const score = (side: Side) => async (round: number) => {
      const { seconds, logprobs } = await labs[side].call((api) => api.scoreHead(round + 3))
      values[round] = { ...values[round], [side]: logprobs }
      return seconds
    }
    const sides = Object.fromEntries(SIDES.map((side) => [side, score(side)])) as BySide<
      ReturnType<typeof score>
    >
    const times = await inTurns(rounds, sides, sayRound(env.say, 'logprobs', rounds))
    const stored = tokens * vocabulary * 4
    const flops = 2 * tokens * vocabulary * width
    return {
      setting: [
        `Hidden states of ${tokens} tokens (T), a vocabulary of ${vocabulary} (V), width ${width} (H), all in f32: stored logits are ${bytesText(stored)}, the head ${bytesText(vocabulary * width * 4)}.`,
      ],
      figures: [
        figure(
          'time of token logprobs',
          's',
          times,
          SIDES.slice(1).map((side) => ({ kind: 'within', side, times: WANTED_TIME })),
        ),
        memoryFigure(settings, memory, stored),
        figure(
          'largest logprob difference from stored logits',
          '',
          { Colloquy: values.slice(1).map(largestDifference) },
          [{ kind: 'at-most', value: 1e-4 }],
        ),
        figure('arithmetic of the head’s product, 2TVH', 'GFLOP/s', {
          Colloquy: times.Colloquy.map((seconds) => flops / seconds / 1e9),
          'the best large product': product,
        }),
      ],
    }
  })
}

function memoryFigure({ place }: SuiteSettings, memory: BySide<MemoryUse>, stored: number): Figure {
  const growth = SIDES.map((side) => `${side} ${bytesText(memory[side].growth)}`).join(', ')
  const extra = Object.fromEntries(SIDES.map((side) => [side, [memory[side].extra]]))
  const note =
    place === 'webgpu'
      ? `GPU buffers at the peak beyond those after loading. Kept afterwards: ${growth}.`
      : `Bytes written in the wasm heap, in pages of 4 KiB. The heap grew from one token to all by: ${growth}; it grows in large steps and reuses what loading has freed.`
  const bar = { kind: 'at-most', value: stored * WANTED_MEMORY } as const
  return { ...figure('peak extra memory', 'bytes', extra, [bar]), note }
}

function largestDifference(values: Partial<BySide<Float32Array>>): number {
  const [own, stored] = [values.Colloquy, values['stored logits, one graph']]
  if (!own || !stored) return Number.NaN
  return own.reduce((largest, value, i) => Math.max(largest, Math.abs(value - stored[i])), 0)
}
