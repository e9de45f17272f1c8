import { describe, expect, it } from 'vitest'
import { adamw, gradNorm } from '../../src/grpo/adamw'
import { groupAdvantages } from '../../src/grpo/group_advantages'
import { grpoLoss, type LossBatch, lossNormalizer, lossStatistics } from '../../src/grpo/grpo_loss'
import { gumbelUniforms, sample } from '../../src/grpo/sample'
import { tokenLogprobs, tokenLogprobsGrad } from '../../src/grpo/token_logprobs'
import { deriveKey, philox, Stream, seedKey, uniformFromBits } from '../../src/random'
import { expectClose } from '../data/closeness'
import { LOSS_BATCH, LOSS_CASES } from '../data/grpo_table'

const normals = (stream: Stream, count: number) =>
  Float32Array.from({ length: count }, () => 4 * (stream.uniform() + stream.uniform() - 1))

/** T = 3 rows of H = 5 against V = 7, small enough to write out the softmax in full. */
const small = () => {
  const stream = new Stream(seedKey(11))
  return {
    hidden: normals(stream, 15),
    head: { kind: 'f32', out: 7, in: 5, data: normals(stream, 35) } as const,
    ids: Uint32Array.of(0, 6, 3),
    temperature: 0.7,
  }
}

type Rows = Omit<ReturnType<typeof small>, 'hidden'> & { hidden: ArrayLike<number> }

function logitsOf({ hidden, head, temperature }: Rows, t: number): number[] {
  return Array.from({ length: head.out }, (_, v) => {
    let sum = 0
    for (let h = 0; h < head.in; h++) sum += hidden[t * head.in + h] * head.data[v * head.in + h]
    return sum / temperature
  })
}

describe('token logprobs', () => {
  it('equal a softmax written out in full', () => {
    const input = small()
    const { logprob, entropy, logSumExp } = tokenLogprobs(input)
    input.ids.forEach((id, t) => {
      const logits = logitsOf(input, t)
      const total = logits.reduce((sum, x) => sum + Math.exp(x), 0)
      const softmax = logits.map((x) => Math.exp(x) / total)
      const wanted = [
        Math.log(softmax[id]),
        -softmax.reduce((h, p) => h + p * Math.log(p), 0),
        Math.log(total),
      ]
      expectClose([logprob[t], entropy[t], logSumExp[t]], wanted, 1e-6)
    })
  })

  it('have the gradient of central differences', () => {
    const input = small()
    const coef = Float32Array.of(0.5, 0, -2)
    const { logSumExp } = tokenLogprobs(input)
    const gradient = tokenLogprobsGrad({ ...input, coef, logSumExp })
    const loss = (t: number, h: number, step: number) => {
      const hidden = Float64Array.from(input.hidden)
      hidden[t * 5 + h] += step
      const logits = logitsOf({ ...input, hidden }, t)
      const total = logits.reduce((sum, x) => sum + Math.exp(x), 0)
      return coef[t] * (logits[input.ids[t]] - Math.log(total))
    }
    const numeric = Array.from(gradient, (_, n) => {
      const [t, h] = [Math.floor(n / 5), n % 5]
      return (loss(t, h, 1e-5) - loss(t, h, -1e-5)) / 2e-5
    })
    expectClose(gradient, numeric, 1e-5)
    expect([...gradient.subarray(5, 10)]).toEqual([0, 0, 0, 0, 0])
  })
})

describe('sampling', () => {
  it('takes its uniforms from the row’s key at the row’s position', () => {
    const keys = Uint32Array.of(1, 2, 3, 4)
    const out = new Float32Array(2 * 6)
    gumbelUniforms(keys, Uint32Array.of(9, 70_000), 6, out)
    const bits = new Uint32Array(4)
    philox(5 >> 2, 70_000, 0, 0x73616d70, [3, 4], bits)
    expect(out[6 + 5]).toBe(uniformFromBits(bits[5 & 3]))
    expect(new Set(out).size).toBe(12)
  })

  it('draws ids with the probabilities of the softmax, with their logprobs', () => {
    const input = small()
    const rows = 4000
    const hidden = new Float32Array(rows * 5)
    const keys = new Uint32Array(rows * 2)
    for (let b = 0; b < rows; b++) {
      hidden.set(input.hidden.subarray(0, 5), b * 5)
      keys.set(deriveKey(seedKey(5), b), b * 2)
    }
    const { ids, logprobs } = sample({ ...input, hidden, keys, positions: new Uint32Array(rows).fill(3) })
    const logits = logitsOf(input, 0)
    const total = logits.reduce((sum, x) => sum + Math.exp(x), 0)
    const counts = new Array<number>(7).fill(0)
    ids.forEach((id, b) => {
      counts[id]++
      expect(logprobs[b]).toBeCloseTo(logits[id] - Math.log(total), 5)
    })
    counts.forEach((count, v) => {
      const p = Math.exp(logits[v]) / total
      // Five standard deviations of a binomial.
      expect(Math.abs(count - rows * p)).toBeLessThan(5 * Math.sqrt(rows * p * (1 - p)) + 1)
    })
  })

  it('is greedy at temperature 0, and the lowest id wins a tie', () => {
    const head = { kind: 'f32', out: 4, in: 1, data: Float32Array.of(1, 3, 3, -2) } as const
    const { ids, logprobs } = sample({
      hidden: Float32Array.of(1),
      head,
      keys: Uint32Array.of(1, 1),
      positions: Uint32Array.of(0),
      temperature: 0,
    })
    expect(ids[0]).toBe(1)
    const total = Math.exp(1) + 2 * Math.exp(3) + Math.exp(-2)
    expect(logprobs[0]).toBeCloseTo(3 - Math.log(total), 6)
  })
})

describe('advantages', () => {
  it('are exactly 0 for equal rewards, whatever the rounding of their mean', () => {
    for (const scaleRewards of ['group', 'batch', 'none'] as const) {
      const rewards = new Float32Array(14).fill(0.1)
      const report = groupAdvantages({
        rewards,
        questions: 1,
        peers: 2,
        rollouts: 7,
        calibrate: true,
        scaleRewards,
      })
      expect([...report.advantages]).toEqual(new Array(14).fill(0))
    }
  })
})

describe('loss', () => {
  const split = (batch: LossBatch, from: number, to: number): LossBatch => {
    const first = batch.offsets[from]
    const tokens = <A extends Float32Array | Uint32Array>(array: A) =>
      array.slice(first, batch.offsets[to]) as A
    return {
      offsets: batch.offsets.slice(from, to + 1).map((offset) => offset - first),
      kind: tokens(batch.kind),
      logp: tokens(batch.logp),
      old: tokens(batch.old),
      reference: batch.reference === null ? null : tokens(batch.reference),
      entropy: batch.entropy === null ? null : tokens(batch.entropy),
      advantage: batch.advantage.slice(from, to),
    }
  }

  it.each(LOSS_CASES)('of micro-batches adds up to that of the batch: $name', ({ options }) => {
    const normalizer = lossNormalizer([LOSS_BATCH])
    const whole = grpoLoss(LOSS_BATCH, options, normalizer)
    const parts = [split(LOSS_BATCH, 0, 1), split(LOSS_BATCH, 1, 4), split(LOSS_BATCH, 4, 6)]
    expect(lossNormalizer(parts)).toEqual(normalizer)
    const done = parts.map((part) => grpoLoss(part, options, normalizer))
    expect(done.flatMap(({ coef }) => [...coef])).toEqual([...whole.coef])
    expectClose(
      Object.values(lossStatistics(done.map(({ sums }) => sums))),
      Object.values(lossStatistics([whole.sums])),
      1e-14,
    )
  })

  it('is NaN where a logprob is NaN', () => {
    const logp = LOSS_BATCH.logp.slice()
    logp[2] = Number.NaN
    const { coef, sums } = grpoLoss({ ...LOSS_BATCH, logp }, LOSS_CASES[0].options, {
      sequences: 6,
      tokens: 13,
    })
    const { loss, logpDifferenceMax } = lossStatistics([sums])
    expect([loss, logpDifferenceMax, coef[2]]).toEqual([Number.NaN, Number.NaN, Number.NaN])
  })
})

describe('AdamW', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])('changes nothing where a gradient is %s', (bad) => {
    const state = {
      parameters: [Float32Array.of(1, 2), Float32Array.of(3)],
      firstMoments: [Float32Array.of(0.1, 0.2), Float32Array.of(0.3)],
      secondMoments: [Float32Array.of(0.1, 0.2), Float32Array.of(0.3)],
    }
    const before = structuredClone(state)
    const gradients = [Float32Array.of(1, 1), Float32Array.of(bad)]
    const norm = gradNorm(gradients)
    expect(Number.isFinite(norm)).toBe(false)
    const options = {
      learningRate: 0.1,
      beta1: 0.9,
      beta2: 0.95,
      epsilon: 1e-8,
      weightDecay: 0.1,
      maxGradNorm: 1,
      update: 1,
    }
    expect(adamw(state, gradients, norm, options)).toBe(false)
    expect(state).toEqual(before)
  })
})
