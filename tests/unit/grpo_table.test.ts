import { describe, expect, it } from 'vitest'
import { adamw, gradNorm } from '../../src/grpo/adamw'
import { groupAdvantages } from '../../src/grpo/group_advantages'
import { clipOf, grpoLoss, importanceRatios, lossNormalizer, lossStatistics } from '../../src/grpo/grpo_loss'
import { expectClose } from '../data/closeness'
import { ADAMW_TABLE, ADVANTAGE_CASES, LOSS_BATCH, LOSS_CASES, RATIO_CASES } from '../data/grpo_table'

describe('advantages agree with the table', () => {
  it.each(ADVANTAGE_CASES)('$name', ({ request, expected }) => {
    const report = groupAdvantages(request)
    expectClose(report.calibrated, expected.calibrated, 1e-6)
    expectClose(report.advantages, expected.advantages, 1e-6)
    expectClose([report.clippedFraction, report.shift], [expected.clippedFraction, expected.shift], 1e-9)
    expect([...report.zeroVariance]).toEqual(expected.zeroVariance)
  })
})

describe('loss agrees with the table', () => {
  it.each(LOSS_CASES)('$name', ({ options, expected }) => {
    const { coef, sums } = grpoLoss(LOSS_BATCH, options, lossNormalizer([LOSS_BATCH]))
    expectClose(coef, expected.coef, 1e-7)
    const statistics = lossStatistics([sums])
    expectClose(
      Object.values(statistics),
      Object.keys(statistics).map((name) => expected.statistics[name]),
      1e-9,
    )
  })
})

describe('importance ratios agree with the table', () => {
  it.each(RATIO_CASES)('of a $level, and where they are clipped', ({ level, ratios, clips, ...options }) => {
    const found = importanceRatios(LOSS_BATCH, level)
    expectClose(found, ratios, 1e-12)
    const { offsets, advantage } = LOSS_BATCH
    const sided = Array.from(advantage, (a, s) =>
      Array.from(found.subarray(offsets[s], offsets[s + 1]), (ratio) => clipOf(ratio, a, options)),
    )
    expect(sided.flat()).toEqual(clips)
    expect(new Set(clips)).toEqual(new Set(['low', 'high', null]))
  })
})

describe('AdamW agrees with the table', () => {
  it('through three updates, clipped and not', () => {
    const zeros = () => ADAMW_TABLE.parameters.map(({ length }) => new Float32Array(length))
    const state = {
      parameters: ADAMW_TABLE.parameters.map((layer) => Float32Array.from(layer)),
      firstMoments: zeros(),
      secondMoments: zeros(),
    }
    ADAMW_TABLE.updates.forEach((expected, i) => {
      const gradients = expected.gradients.map((layer) => Float32Array.from(layer))
      const norm = gradNorm(gradients)
      expectClose([norm], [expected.norm], 1e-9)
      expect(adamw(state, gradients, norm, { ...ADAMW_TABLE.options, update: i + 1 })).toBe(true)
      for (const field of ['parameters', 'firstMoments', 'secondMoments'] as const)
        state[field].forEach((layer, l) => {
          expectClose(layer, expected[field][l], 1e-6)
        })
    })
  })
})
