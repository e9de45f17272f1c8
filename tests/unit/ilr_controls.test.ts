import { describe, expect, it } from 'vitest'
import { whyMode } from '../../src/ilr/interaction/mode_reason'
import { selfDebatesOf } from '../../src/ilr/step/idea3'
import { questionOf, splitOfPrompt } from './ilr_digits'
import {
  G,
  groups,
  normalized,
  promptOf,
  Q,
  rewardOf,
  rewardsOf,
  stageCalls,
  textOf,
  trained,
} from './ilr_expected'
import { ofType, type ScriptedPeer } from './ilr_scripted'

const alone = [{ id: 'ada', source: 'models/ada' }]

/** Returns own and other idea of a prompt of stage analyze. */
function readIn(prompt: string): string[] {
  return /own=(\S+) others=(\S+)/.exec(prompt)?.slice(1) ?? []
}

describe('a debate with itself (method self-debate)', () => {
  it.each([
    // Two questions each; peers a and b. Hand-written: the own idea, then the other.
    [2, ['a0 a1', 'a1 a0', 'a2 a3', 'a3 a2'], ['b0 b1', 'b1 b0', 'b2 b3', 'b3 b2']],
    [
      3,
      ['a0 a1', 'a1 a2', 'a2 a0', 'a3 a4', 'a4 a5', 'a5 a3'],
      ['b0 b1', 'b1 b2', 'b2 b0', 'b3 b4', 'b4 b5', 'b5 b3'],
    ],
  ])('shows each of %d ideas the next one of the same peer and question', (rollouts, ...expected) => {
    const ideas = ['a', 'b'].map((peer) =>
      Array.from({ length: 2 * rollouts }, (_, row) => ({
        ...{ promptIds: [], ids: [], logprobs: [], truncated: false },
        text: `${peer}${row}`,
      })),
    )
    const questions = [questionOf(7), questionOf(14)]
    const read = selfDebatesOf({ questions, rollouts }, ['cooperate', 'compete'], ideas)
    expect(read.map((rows) => rows.map(({ own, others }) => [own, ...others].join(' ')))).toEqual(expected)
    for (const rows of read) {
      expect(rows.map(({ question }) => question)).toEqual(
        questions.flatMap((one) => Array(rollouts).fill(one)),
      )
      expect(new Set(rows.slice(rollouts).map(({ mode }) => mode))).toEqual(new Set(['compete']))
    }
  })

  it.each([
    ['one peer', { peers: alone, evalMethods: [] }],
    ['two peers', {}],
    ['some of the ideas', { discussGenerations: 2 }],
  ])('puts only the peer’s own texts into a run’s prompts: %s', async (_, settings) => {
    const { peers } = await trained({ method: 'self-debate', ...settings })
    const debated = 'discussGenerations' in settings ? settings.discussGenerations : G
    for (const peer of peers)
      for (const step of [0, 1]) {
        const ideas = groups(stageCalls(peer, 'share')[step].completions.map(({ text }) => text))
        const expected = ideas.flatMap((group) =>
          group.slice(0, debated).map((own, k) => [own, group[(k + 1) % debated]]),
        )
        for (const stage of ['analyze', 'fuse']) {
          const { samples } = stageCalls(peer, stage)[step].request
          expect(samples.map(({ prompt }) => readIn(prompt))).toEqual(expected)
        }
        const analyses = stageCalls(peer, 'analyze')[step].completions.map(({ text }) => text)
        stageCalls(peer, 'fuse')[step].request.samples.forEach(({ prompt }, row) => {
          expect(prompt.endsWith(`analysis=${analyses[row]}`)).toBe(true)
        })
      }
  })

  it('trains as a discussion does, without calibration by other peers', async () => {
    const { peers } = await trained({ method: 'self-debate', calibration: true })
    expect(peers[0].advantageCalls.map(({ calibrate }) => calibrate)).not.toContain(true)
    let replayed = 0
    for (const peer of peers) {
      const { sequences } = peer.updates[0]
      const [share, fused] = [rewardsOf(peer, 'share', 0), rewardsOf(peer, 'fuse', 0)]
      const expected = [...share, ...fused].flatMap(normalized)
      sequences.slice(0, 2 * Q * G).forEach(({ advantage }, n) => {
        expect(advantage).toBeCloseTo(expected[n], 3)
      })
      const replays = sequences.slice(2 * Q * G)
      replayed += replays.length
      for (const one of replays) {
        expect(promptOf(one)).toMatch(/^share /)
        expect(rewardOf(promptOf(one), textOf(one))).toBe(1)
      }
    }
    expect(replayed).toBeGreaterThan(0)
  })

  it('discusses a question only where a peer’s own answers differ', async () => {
    // The peers contradict each other, but none of them itself.
    const say = (peer: string) => (peer === 'ada' ? '#1' : '#2')
    const discussed = async (method: 'ilr' | 'self-debate') => {
      const { events } = await trained({ method, discuss: 'disputed', evalMethods: [] }, { say })
      return ofType(events, 'step').map(({ metrics }) => metrics['ilr/discussed_share'])
    }
    expect(await discussed('ilr')).toEqual([1, 1])
    expect(await discussed('self-debate')).toEqual([0, 0])
  })

  it('replaces a question where each peer’s ideas earn the same, as for a single agent', async () => {
    const say = (peer: string) => (peer === 'ada' ? '#1' : '#2')
    const settings = { resampleZeroVariance: 1, evalMethods: [] }
    const { events } = await trained({ method: 'self-debate', ...settings }, { say })
    expect(ofType(events, 'step').map(({ metrics }) => metrics['ilr/resampled'])).toEqual([Q, Q])
  })

  it('is tested like every method: several peers discuss with each other', async () => {
    const { peers } = await trained({ method: 'self-debate', evalSize: 4 })
    const greedy = (peer: ScriptedPeer, stage: string) =>
      peer.generated.filter(
        ({ request: { temperature, samples } }) =>
          temperature === 0 &&
          samples[0].prompt.startsWith(stage) &&
          splitOfPrompt(samples[0].prompt) === 'heldout',
      )[0]
    const [ada, bo] = peers
    const ideas = (peer: ScriptedPeer) => greedy(peer, 'share').completions.map(({ text }) => text)
    expect(greedy(ada, 'analyze').request.samples.map(({ prompt }) => readIn(prompt))).toEqual(
      ideas(ada).map((own, q) => [own, ideas(bo)[q]]),
    )
  })
})

describe('the oracle', () => {
  it('chooses each mode by the step’s own rewards, in tests by the greedy answers', async () => {
    const { peers, events } = await trained({ interaction: 'oracle', steps: 4, evalSize: 40 })
    const modes: (string | null)[] = []
    ofType(events, 'step').forEach(({ questions }, step) => {
      const right = peers.map((peer) => rewardsOf(peer, 'share', step))
      questions.forEach(({ mode }, q) => {
        const some = right.some((groups) => groups[q].filter((reward) => reward === 1).length > G / 2)
        expect(mode).toBe(some ? 'compete' : 'cooperate')
        modes.push(mode)
      })
    })
    const heldout = (stage: string) =>
      peers.map(
        ({ generated }) =>
          generated.filter(
            ({ request: { temperature, samples } }) =>
              temperature === 0 &&
              samples[0].prompt.startsWith(stage) &&
              splitOfPrompt(samples[0].prompt) === 'heldout',
          )[0],
      )
    const answers = heldout('share')
    heldout('analyze')[0].request.samples.forEach(({ prompt }, q) => {
      const some = answers.some(
        ({ request, completions }) => rewardOf(request.samples[q].prompt, completions[q].text) === 1,
      )
      expect(prompt.split(' ')[2]).toBe(some ? 'compete' : 'cooperate')
      modes.push(prompt.split(' ')[2])
    })
    expect(new Set(modes)).toEqual(new Set(['cooperate', 'compete']))
  })
})

it('inverse and dynamic choose opposite modes from the same judgements', async () => {
  const first = async (interaction: 'dynamic' | 'inverse') => {
    const { events } = await trained({ interaction, steps: 1 })
    return ofType(events, 'step')[0].questions
  }
  const [dynamic, inverse] = [await first('dynamic'), await first('inverse')]
  expect(inverse.map(({ judgement }) => judgement)).toEqual(dynamic.map(({ judgement }) => judgement))
  dynamic.forEach(({ mode }, q) => {
    expect(inverse[q].mode).toBe(mode === 'cooperate' ? 'compete' : 'cooperate')
  })
})

it('the sentence about a mode says when it is a control’s choice', () => {
  const judgement = { ada: { ability: 0.2, difficulty: 0.9, p: 0.23 } }
  const why = (settings: object) =>
    whyMode(
      { interaction: 'dynamic', cooperateProbability: 0.5, method: 'ilr', ...settings },
      'compete',
      judgement,
    )
  expect(why({ interaction: 'inverse' })).toBe(
    'Probably not solvable alone (23 %), and in this run the choice is turned round: they compete.',
  )
  expect(why({ interaction: 'oracle' })).toBe(
    'The right answer was looked up: a peer is mostly right alone, so they compete.',
  )
  expect(why({ interaction: 'compete', method: 'self-debate' })).toBe(
    'In this run each sets two answers of its own against each other on every question.',
  )
})
