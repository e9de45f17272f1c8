import { describe, expect, it } from 'vitest'
import { learningRateOf, type Schedule } from '../../src/grpo/schedule'
import { sum, trained } from './ilr_expected'
import { ofType } from './ilr_scripted'

const rates = (schedule: Omit<Schedule, 'learningRate'>) =>
  Array.from({ length: schedule.steps }, (_, n) => learningRateOf({ learningRate: 1, ...schedule }, n + 1))

function expectRates(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length)
  actual.forEach((rate, n) => {
    expect(rate, `step ${n + 1}`).toBeCloseTo(expected[n], 12)
  })
}

describe('learning-rate schedules', () => {
  it('warm up linearly, and have no step at rate 0', () => {
    for (const lrSchedulerType of ['constant', 'linear', 'cosine'] as const)
      expectRates(rates({ lrSchedulerType, warmupSteps: 4, steps: 12 }).slice(0, 4), [0.25, 0.5, 0.75, 1])
  })
  it('constant stays at the peak, and starts there without warm-up', () => {
    expectRates(rates({ lrSchedulerType: 'constant', warmupSteps: 2, steps: 5 }), [0.5, 1, 1, 1, 1])
    expectRates(rates({ lrSchedulerType: 'constant', warmupSteps: 0, steps: 3 }), [1, 1, 1])
  })
  it('linear falls in equal steps, and ends above 0', () => {
    // Peak at step 2; 0 would be step 7.
    expectRates(rates({ lrSchedulerType: 'linear', warmupSteps: 2, steps: 6 }), [0.5, 1, 0.8, 0.6, 0.4, 0.2])
  })
  it('start at the peak without warm-up', () => {
    expectRates(rates({ lrSchedulerType: 'linear', warmupSteps: 0, steps: 4 }), [1, 0.75, 0.5, 0.25])
  })
  it('cosine falls along half a wave', () => {
    // (1 + cos(k π / 6)) / 2 for k = 0 … 5, with √3 / 2 = 0.8660254037844386.
    expectRates(
      rates({ lrSchedulerType: 'cosine', warmupSteps: 1, steps: 6 }),
      [1, 0.9330127018922193, 0.75, 0.5, 0.25, 0.0669872981077807],
    )
  })
  it('agree with the platform’s cosine where that is precise', () => {
    const actual = rates({ lrSchedulerType: 'cosine', warmupSteps: 10, steps: 400 })
    actual.slice(10).forEach((rate, n) => {
      expect(Math.abs(rate - (1 + Math.cos((Math.PI * (n + 1)) / 391)) / 2)).toBeLessThan(1e-14)
    })
  })
  it('never rise after the warm-up, never leave (0, peak], whatever the lengths', () => {
    for (const lrSchedulerType of ['constant', 'linear', 'cosine'] as const)
      for (const steps of [1, 2, 7, 60])
        for (const warmupSteps of [0, 1, 5, 100]) {
          const found = rates({ lrSchedulerType, warmupSteps, steps })
          for (const rate of found) {
            expect(rate).toBeGreaterThan(0)
            expect(rate).toBeLessThanOrEqual(1)
          }
          const falling = found.slice(Math.max(0, warmupSteps - 1))
          expect(falling).toEqual([...falling].sort((a, b) => b - a))
        }
  })
  it('decide the rate of updates and the reported rate', async () => {
    const wanted = [0.01, 0.02, 0.01, 0.01].map((_, n) => [0.01, 0.02, 0.02 * (2 / 3), 0.02 / 3][n])
    const { peers, events } = await trained({ steps: 4, warmupSteps: 2, lrSchedulerType: 'linear' })
    expectRates(
      peers[0].updates.map(({ learningRate }) => learningRate),
      wanted,
    )
    expectRates(
      ofType(events, 'step').map(({ metrics }) => metrics.learning_rate),
      wanted,
    )
  })
})

describe('several updates on one rollout batch', () => {
  it('are made on the same sequences at the same rate', async () => {
    const { peers, events } = await trained({ numIterations: 3, learningRate: 1e-6 })
    const once = await trained({ numIterations: 1, learningRate: 1e-6 })
    for (const [i, peer] of peers.entries()) {
      expect(peer.updates).toHaveLength(6)
      expect((await peer.adapterState()).updates).toBe(6)
      for (const [n, { sequences, learningRate }] of peer.updates.entries()) {
        expect(sequences).toEqual(peer.updates[n - (n % 3)].sequences)
        expect(learningRate).toBe(n < 3 ? 5e-7 : 1e-6)
      }
      expect(peer.updates[0].sequences).toEqual(once.peers[i].updates[0].sequences)
    }
    const batches = [0, 3].map((n) =>
      sum(peers.flatMap(({ updates }) => updates[n].sequences.map(({ ids }) => ids.length))),
    )
    const metrics = ofType(events, 'step').map((one) => one.metrics)
    expect(metrics.map((one) => one['ilr/trained_tokens'])).toEqual(batches.map((tokens) => 3 * tokens))
    expect(ofType(events, 'eval').at(-1)?.trainedTokens).toBe(3 * sum(batches))
  })
  it('are reported as one: means, and the sampler’s gap before the first', async () => {
    const { events } = await trained({ numIterations: 3, beta: 0.04 })
    // The scripted reports: hundredths of the update's number, so 1, 2, 3 and then 4, 5, 6.
    const metrics = ofType(events, 'step').map((one) => one.metrics)
    expect(metrics.map((one) => Math.round(100 * one['kl/ada']))).toEqual([2, 5])
    expect(metrics.map((one) => one['sampling/sampling_logp_difference/mean'])).toEqual([0.01, 0.04])
  })
  it('count as skipped where one was', async () => {
    const { peers, events } = await trained({ numIterations: 3 }, { broken: [5] })
    const steps = ofType(events, 'step')
    expect(steps.map(({ metrics }) => metrics['ilr/skipped_updates'])).toEqual([0, 2])
    expect(ofType(events, 'warning').map(({ step }) => step)).toEqual([2, 2])
    expect((await peers[0].adapterState()).updates).toBe(5)
  })
  it('report their progress', async () => {
    const { peers, events } = await trained({ numIterations: 3, steps: 1 })
    const sequences = peers[0].updates[0].sequences.length
    const told = ofType(events, 'progress').filter(({ phase, peer }) => phase === 'update' && peer === 'ada')
    expect(told.at(-1)).toMatchObject({ done: 3 * sequences, total: 3 * sequences })
  })
})

describe('an importance ratio of the whole sequence', () => {
  const said = async (settings: Parameters<typeof trained>[0]) =>
    ofType((await trained({ calibration: false, ...settings })).events, 'warning')

  it.each(['dapo', 'dr_grpo'] as const)('gives one warning with lossType %s', async (lossType) => {
    expect(await said({ importanceSamplingLevel: 'sequence', lossType })).toEqual([
      {
        type: 'warning',
        step: 1,
        message: expect.stringMatching(`^importanceSamplingLevel "sequence" with lossType "${lossType}"`),
      },
    ])
  })
  it('gives no warning with lossType grpo, nor do ratios of tokens with any', async () => {
    expect(await said({ importanceSamplingLevel: 'sequence', lossType: 'grpo' })).toEqual([])
    expect(await said({ importanceSamplingLevel: 'token', lossType: 'dapo' })).toEqual([])
  })
})
