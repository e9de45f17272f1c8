import { describe, expect, it } from 'vitest'
import { adamw, gradNorm } from '../../src/grpo/adamw'
import { groupAdvantages } from '../../src/grpo/group_advantages'
import { grpoLoss, lossNormalizer, lossStatistics } from '../../src/grpo/grpo_loss'
import { expectClose } from '../data/closeness'
import { ADAMW_TABLE, ADVANTAGE_CASES, LOSS_BATCH, LOSS_CASES } from '../data/grpo_table'

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
