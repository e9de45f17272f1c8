import { describe, expect, it } from 'vitest'
import { textTokens } from '../../src/ilr/step/text_tokens'
import { expectClose } from '../data/closeness'
import { calibrated, normalized, rewardsOf, stageCalls, trained } from './ilr_expected'
import { ofType } from './ilr_scripted'

const STAGES = ['share', 'analyze', 'fuse'] as const

/** Returns each step's exchange, with its peers. */
async function exchanges(settings: Parameters<typeof trained>[0] = {}) {
  const { peers, events } = await trained({ calibration: true, trainStages: [...STAGES], ...settings })
  return { peers, told: ofType(events, 'exchange').map(({ exchange }) => exchange) }
}

describe('a recorded exchange', () => {
  it('has every rollout of the first question’s group: rewards, rewards calibrated by the other peer’s, and advantages', async () => {
    const { peers, told } = await exchanges()
    for (const [step, exchange] of told.entries())
      for (const [i, peer] of peers.entries())
        for (const [s, stage] of [[0, 'share'] as const, [2, 'fuse'] as const]) {
          const { group, reward, advantage, calibratedReward } = exchange.peers[peer.id][s]
          const [own] = rewardsOf(peer, stage, step)
          const moved = calibrated(own, rewardsOf(peers[1 - i], stage, step)[0])
          const advantages = normalized(moved)
          if (group === undefined) expect.fail(`${peer.id} has no group in stage ${stage}`)
          expectClose(group.rewards, own, 1e-3)
          expectClose(group.calibrated, moved, 1e-3)
          expectClose(group.advantages, advantages, 1e-3)
          expect(group.correct[0]).toBe(reward.correct)
          expectClose([reward.total, calibratedReward, advantage], [own[0], moved[0], advantages[0]], 1e-3)
        }
  })

  it('has no groups in untrained stages, but the sampled tokens', async () => {
    const { told } = await exchanges({ trainStages: ['share'] })
    for (const [share, analyze, fuse] of told.flatMap(({ peers }) => Object.values(peers))) {
      expect(share.group).toBeDefined()
      expect(share.tokens?.gains).toBeDefined()
      for (const { group, tokens } of [analyze, fuse]) {
        expect(group).toBeUndefined()
        expect(Object.keys(tokens ?? {})).toEqual(['thoughts', 'lengths', 'stopped', 'logprobs'])
      }
    }
  })

  it.each([1, 3])('has its tokens: sampled, trained, and after %i updates', async (numIterations) => {
    const { peers, told } = await exchanges({ numIterations })
    const advantages = new Set<number>()
    for (const [step, exchange] of told.entries())
      for (const peer of peers)
        for (const [s, stage] of STAGES.entries()) {
          const { text, tokens, advantage } = exchange.peers[peer.id][s]
          const [{ logprobs, truncated }] = stageCalls(peer, stage)[step].completions
          if (tokens === undefined) expect.fail(`${peer.id} has no tokens in stage ${stage}`)
          expect(tokens.lengths).toEqual(Array.from(text, () => 1))
          expect(tokens.stopped).toBe(!truncated)
          expectClose(tokens.logprobs, logprobs, 1e-3)
          if (truncated) continue
          // The scripted peers move each logprob by an eighth per update, and the last of three is clipped
          // where the advantage is positive.
          expectClose(
            tokens.gains ?? [],
            logprobs.map(() => numIterations / 8),
            1e-3,
          )
          advantages.add(Math.sign(advantage))
          if (advantage === 0) expect([tokens.ratios, tokens.clipped]).toEqual([undefined, undefined])
          else expect(tokens.ratios).toBeCloseTo(Math.exp((numIterations - 1) / 8), 3)
          const clipped = numIterations === 3 && advantage > 0 ? logprobs.map((_, t) => t) : undefined
          expect(tokens.clipped).toEqual(clipped)
        }
    expect(advantages.size).toBeGreaterThan(1)
  })
})

describe('tokens of a text', () => {
  const completion = { promptIds: [], ids: [1, 2, 3], text: 'ab', truncated: false }
  const sampled = { ...completion, logprobs: [-0.5, -1.23456, -0.00001] }
  const after = Float32Array.of(-0.25, -1.2, -0.25)

  it('begin after the thoughts, rounded, with a list of ratios only where they differ', () => {
    const loss = {
      logprobs: Float32Array.of(-0.5, -1.25, -0.5),
      ratios: Float64Array.of(2, 1.1, 0.5),
      clips: ['high', null, 'high'] as const,
    }
    const spans = { thoughts: 1, lengths: [2, 0] }
    expect(textTokens(sampled, spans, { loss, logprobs: after })).toEqual({
      thoughts: 1,
      lengths: [2, 0],
      stopped: true,
      logprobs: [-1.235, 0],
      ratios: [1.1, 0.5],
      clipped: [1],
      gains: [0.05, 0.25],
    })
    const all = { thoughts: 0, lengths: [1, 1, 0] }
    const even = { logprobs: after, ratios: Float64Array.of(1, 1.0000002, 1), clips: [null, null, null] }
    expect(textTokens(sampled, all, { loss: even, logprobs: after }).ratios).toBe(1)
  })

  it('omit values that are no numbers, which no file could keep', () => {
    const spans = { thoughts: 0, lengths: [1, 1, 0] }
    const logprobs = Float32Array.of(-0.5, Number.NaN, -0.5)
    const ratios = Float64Array.of(1, Number.NaN, 1)
    const skipped = { loss: { logprobs, ratios, clips: [null, null, null] }, logprobs: after }
    expect(textTokens(sampled, spans, skipped)).toEqual(textTokens(sampled, spans, null))
  })
})
