import { describe, expect, it } from 'vitest'
import type { RunConfig } from '../../src/config/config'
import { splitOfPrompt } from './ilr_digits'
import { mean, stageCalls, sum, trained } from './ilr_expected'
import { ofType } from './ilr_scripted'

const STAGES = ['share', 'analyze', 'fuse']

describe('a step’s numbers', () => {
  it('carry TRL’s names, finite', async () => {
    const { events } = await trained({ steps: 1, calibration: true, beta: 0.04 })
    const [{ metrics }] = ofType(events, 'step')
    const names = `reward reward_std frac_reward_zero_std rewards/correct/mean rewards/format/std kl entropy loss
      clip_ratio/low_mean clip_ratio/high_mean clip_ratio/region_mean completions/mean_length
      completions/min_length completions/max_length completions/clipped_ratio num_tokens step_time grad_norm
      learning_rate sampling/sampling_logp_difference/mean sampling/sampling_logp_difference/max
      ilr/cooperation_share ilr/calibration_shift ilr/calibration_clipped ilr/ability/ada ilr/replayed
      ilr/calibration_relative_shift ilr/calibration_moved ilr/zero_variance_groups ilr/mode_disagreement
      reward/bo`
    for (const name of names.split(/\s+/)) expect(metrics, name).toHaveProperty([name])
    for (const [name, value] of Object.entries(metrics)) expect(Number.isFinite(value), name).toBe(true)
    expect(metrics['sampling/sampling_logp_difference/max']).toBe(0.5)
  })
  it.each([
    [{ beta: 0 }, ['kl', 'kl/ada']],
    [
      { calibration: false },
      [
        ...['ilr/calibration_shift', 'ilr/calibration_clipped'],
        ...['ilr/calibration_relative_shift', 'ilr/calibration_moved'],
      ],
    ],
    [
      { method: 'solo', calibration: true },
      ['ilr/calibration_shift', 'ilr/calibration_clipped', 'ilr/replayed', 'ilr/replayed/bo'],
    ],
    [{ method: 'share-only' }, ['ilr/discussed_share', 'ilr/mode_disagreement', 'ilr/judge_unread']],
    [{ difficultyJudge: 'confidence' }, ['ilr/judge_unread']],
    [{ resampleZeroVariance: 0 }, ['ilr/resampled']],
    [{ trainContext: 'discussion' }, ['ilr/replayed', 'ilr/replayed/ada']],
  ] as [Partial<RunConfig>, string[]][])('leave out what means nothing with %j', async (settings, names) => {
    // These settings produce all metrics.
    const all: Partial<RunConfig> = {
      ...({ beta: 0.04, calibration: true, difficultyJudge: 'prompt' } as const),
      ...({ resampleZeroVariance: 1, trainContext: 'both' } as const),
    }
    const told = async (more: Partial<RunConfig>) =>
      ofType((await trained({ steps: 1, ...all, ...more })).events, 'step')[0].metrics
    const [full, some] = [await told({}), await told(settings)]
    expect(Object.keys(full)).toEqual(expect.arrayContaining(names))
    expect(Object.keys(some).filter((name) => names.includes(name))).toEqual([])
    // Other metrics stay.
    expect(some).toHaveProperty(['loss'])
    expect(some).toHaveProperty(['reward/bo'])
  })
  it.each(['ilr', 'solo', 'share-only'] as const)(
    'count every prompt and completion token (%s)',
    async (method) => {
      const { peers, events } = await trained({ method })
      let all = 0
      ofType(events, 'step').forEach(({ metrics }, step) => {
        let sampled = 0
        for (const stage of STAGES) {
          const rows = peers.flatMap((peer) => stageCalls(peer, stage)[step]?.completions ?? [])
          const [prompts, tokens] = [
            sum(rows.map((r) => r.promptIds.length)),
            sum(rows.map((r) => r.ids.length)),
          ]
          expect(metrics[`ilr/prompt_tokens/${stage}`]).toBe(prompts)
          expect(metrics[`ilr/tokens/${stage}`]).toBe(tokens)
          sampled += tokens
          all += prompts + tokens
        }
        expect(metrics['ilr/generated_tokens']).toBe(sampled)
        expect(metrics.num_tokens).toBe(all)
        const trainedTokens = peers.map(({ updates }) =>
          sum(updates[step].sequences.map(({ ids }) => ids.length)),
        )
        expect(metrics['ilr/trained_tokens']).toBe(sum(trainedTokens))
        expect(metrics['ilr/trained_tokens/bo']).toBe(trainedTokens[1])
      })
    },
  )
  it('count the completions without an end', async () => {
    const { peers, events } = await trained({ steps: 3 }, { unreadable: 5 })
    ofType(events, 'step').forEach(({ metrics }, step) => {
      const rows = STAGES.flatMap((stage) =>
        peers.flatMap((peer) => stageCalls(peer, stage)[step].completions),
      )
      const overlong = rows.filter(({ text }) => text === 'none').length
      expect(overlong).toBeGreaterThan(0)
      expect(metrics['completions/overlong']).toBe(overlong)
      expect(metrics['completions/clipped_ratio']).toBeCloseTo(overlong / rows.length, 12)
      expect(metrics['completions/mean_length']).toBeCloseTo(mean(rows.map(({ ids }) => ids.length)), 12)
    })
  })
  it.each([
    ['ilr', ['analyze', 'fuse', 'share', 'update']],
    ['solo', ['share', 'update']],
  ] as [RunConfig['method'], string[]][])(
    'tell the seconds of every part of a step (%s)',
    async (method, parts) => {
      const { events } = await trained({ method })
      for (const { metrics } of ofType(events, 'step')) {
        const timed = Object.keys(metrics).flatMap((name) => /^ilr\/seconds\/(.*)/.exec(name)?.[1] ?? [])
        expect(timed.sort()).toEqual(parts)
        const seconds = parts.map((part) => metrics[`ilr/seconds/${part}`])
        for (const value of seconds) expect(value).toBeGreaterThan(0)
        expect(sum(seconds)).toBeLessThanOrEqual(metrics.step_time)
      }
    },
  )
  it.each([
    ['ilr', true],
    ['self-debate', true],
    ['share-only', false],
    ['solo', false],
  ] as const)('do not count evaluations; with %s, ability is counted: %s', async (method, counted) => {
    const { peers, events } = await trained({
      method,
      evalEvery: 1,
      evalMethods: ['idea3', 'sampled', 'debate', 'ood'],
    })
    const trainedOn = peers.flatMap(({ generated }) =>
      generated
        .filter(({ request }) => {
          const split = splitOfPrompt(request.samples[0].prompt)
          return split === 'train' || (counted && split === 'validation')
        })
        .flatMap(({ completions }) => completions.map(({ ids }) => ids.length)),
    )
    expect(ofType(events, 'eval').at(-1)?.generatedTokens).toBe(sum(trainedOn))
  })
})
