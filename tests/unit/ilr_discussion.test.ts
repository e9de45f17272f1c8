import { describe, expect, it } from 'vitest'
import { uncertainty } from '../../src/ilr/interaction/confidence_judge'
import { digitTask, numberOf } from './ilr_digits'
import {
  G,
  groups,
  mean,
  normalized,
  promptOf,
  Q,
  rewardsOf,
  stageCalls,
  textOf,
  trained,
} from './ilr_expected'
import { ofType, type ScriptedPeer } from './ilr_scripted'

describe('a peer’s judgement of a question', () => {
  it('uses the step’s own ideas, among reference questions sampled in the same way', async () => {
    const { events, peers } = await trained({ steps: 1, abilityQuestions: 4, difficultyReferences: 4 })
    const [{ judgement }] = ofType(events, 'discussion')
    const [{ completions: references }, { completions: ideas }] = peers[0].generated.filter(
      ({ request }) => request.temperature > 0,
    )
    const own = uncertainty(digitTask, ideas.slice(0, 4))
    const ranks = [0, 4, 8, 12].map((row) => {
      const other = uncertainty(digitTask, references.slice(row, row + 4))
      return other < own ? 1 : other === own ? 0.5 : 0
    })
    expect(judgement.ada.difficulty).toBe(mean(ranks))
  })
  it('is recorded for every question, with its result', async () => {
    const { events } = await trained({ steps: 4 })
    const disagreements: boolean[] = []
    for (const { step, questions, metrics } of ofType(events, 'step')) {
      expect(questions).toHaveLength(Q)
      const [{ exchange }] = ofType(events, 'exchange').filter((one) => one.step === step)
      expect(questions[0]).toMatchObject({ mode: exchange.mode, judgement: exchange.judgement })
      expect(questions[0].id).toBe(exchange.question.id)
      for (const { id, skill, level, mode, judgement, disagreement } of questions) {
        const number = Number(id.slice(1))
        expect({ skill, level }).toEqual({
          skill: number % 2 === 0 ? 'even' : 'odd',
          level: 1 + (number % 3),
        })
        const p = Object.values(judgement).map(
          (one) => 1 / (1 + Math.exp(-1.7 * (one.ability - one.difficulty))),
        )
        expect(Object.keys(judgement)).toEqual(['ada', 'bo'])
        Object.values(judgement).forEach((one, i) => {
          expect(one.p).toBeCloseTo(p[i], 6)
        })
        expect(mode).toBe(mean(p) < 0.5 ? 'cooperate' : 'compete')
        expect(disagreement).toBe(p.some((one) => one < 0.5) && p.some((one) => one >= 0.5))
        disagreements.push(disagreement)
      }
      expect(metrics['ilr/cooperation_share']).toBe(
        questions.filter(({ mode }) => mode === 'cooperate').length / Q,
      )
      expect(metrics['ilr/difficulty/bo']).toBeCloseTo(
        mean(questions.map(({ judgement }) => judgement.bo.difficulty)),
        10,
      )
      expect(metrics['ilr/mode_disagreement']).toBeCloseTo(
        questions.filter(({ disagreement }) => disagreement).length / Q,
        10,
      )
    }
    expect(new Set(disagreements).size).toBe(2)
  })
})

describe('random interaction', () => {
  it.each([
    [0, 'compete'],
    [1, 'cooperate'],
  ] as const)('with p = %d is always to %s', async (cooperateProbability, mode) => {
    const { events, peers } = await trained({ interaction: 'random', cooperateProbability })
    for (const { questions } of ofType(events, 'step'))
      expect(questions.map((one) => one.mode)).toEqual([mode, mode, mode])
    const prompts = peers.flatMap(({ generated }) =>
      generated.flatMap(({ request }) => request.samples.map(({ prompt }) => prompt)),
    )
    const discussed = prompts.filter((prompt) => /^(analyze|fuse)/.test(prompt))
    expect(discussed.length).toBeGreaterThan(0)
    for (const prompt of discussed) expect(prompt.split(' ')[2]).toBe(mode)
  })
})

/** Returns, for each question of a step, whether the peers’ ideas differ or are unreadable. */
function disputed(peers: readonly ScriptedPeer[], step: number): { number: number; disputed: boolean }[] {
  const calls = peers.map((peer) => stageCalls(peer, 'share')[step])
  return Array.from({ length: Q }, (_, q) => {
    const texts = calls
      .flatMap(({ completions }) => completions.slice(q * G, (q + 1) * G))
      .map(({ text }) => text)
    const said = new Set(texts.map((text) => text.replace(/\.+$/, '')))
    const number = numberOf(calls[0].request.samples[q * G].prompt)
    return { number, disputed: said.size > 1 || said.has('none') }
  })
}

describe('a discussion of disputed questions only', () => {
  it('skips questions on which all ideas agree', async () => {
    const { peers, events } = await trained(
      { discuss: 'disputed', steps: 6, learningRate: 1e-6 },
      { skill: 0.93, unreadable: 60 },
    )
    const shares: number[] = []
    let call = 0
    ofType(events, 'step').forEach(({ questions, metrics }, step) => {
      const expected = disputed(peers, step)
      expect(questions.map(({ id, mode }) => [id, mode !== null])).toEqual(
        expected.map((one) => [`n${one.number}`, one.disputed]),
      )
      const discussed = expected.flatMap((one) => (one.disputed ? Array<number>(G).fill(one.number) : []))
      expect(metrics['ilr/discussed_share']).toBeCloseTo(discussed.length / G / Q, 12)
      shares.push(discussed.length)
      // Only the first question streams text, and it may be left out where others are discussed.
      const written = ofType(events, 'text').filter((one) => one.step === step + 1 && one.peer === 'bo')
      expect(new Set(written.map(({ stage }) => stage))).toEqual(
        new Set(expected[0].disputed ? ['share', 'analyze', 'fuse'] : ['share']),
      )
      const { mode, peers: told } = ofType(events, 'exchange')[step].exchange
      expect(mode).toBe(questions[0].mode)
      expect(told.ada.map(({ stage }) => stage)).toEqual(
        expected[0].disputed ? ['share', 'analyze', 'fuse'] : ['share'],
      )
      if (discussed.length === 0) return
      for (const peer of peers)
        for (const stage of ['analyze', 'fuse'])
          expect(stageCalls(peer, stage)[call].request.samples.map(({ prompt }) => numberOf(prompt))).toEqual(
            discussed,
          )
      call++
    })
    expect(new Set(shares).size).toBeGreaterThan(1)
    for (const peer of peers) expect(stageCalls(peer, 'fuse')).toHaveLength(call)
  })
  it('replays fused answers in the joint group of their own question', async () => {
    const { peers } = await trained(
      { discuss: 'disputed', steps: 6, trainContext: 'question', learningRate: 1e-6 },
      { skill: 0.93, unreadable: 60 },
    )
    let call = 0
    let replayed = 0
    for (let step = 0; step < 6; step++) {
      const which = disputed(peers, step).flatMap((one, q) => (one.disputed ? [q] : []))
      const expected =
        which.length === 0
          ? []
          : which.flatMap((q, j) => {
              const fused = rewardsOf(peers[0], 'fuse', call)[j]
              const joint = normalized([...rewardsOf(peers[0], 'share', step)[q], ...fused])
              const { request, completions } = stageCalls(peers[0], 'fuse')[call]
              return fused.flatMap((reward, k) =>
                reward === 1 && joint[G + k] > 0
                  ? [
                      {
                        prompt: `share ${numberOf(request.samples[j * G].prompt)}?`,
                        text: completions[j * G + k].text,
                        advantage: joint[G + k],
                      },
                    ]
                  : [],
              )
            })
      const actual = peers[0].updates[step].sequences.filter(({ oldLogprobs }) => oldLogprobs === null)
      expect(actual.map((one) => [promptOf(one), textOf(one)])).toEqual(
        expected.map(({ prompt, text }) => [prompt, text]),
      )
      actual.forEach(({ advantage }, n) => {
        expect(advantage).toBeCloseTo(expected[n].advantage, 3)
      })
      replayed += expected.length
      if (which.length > 0) call++
    }
    expect(replayed).toBeGreaterThan(3)
  })
  it.each(['both', 'question', 'discussion'] as const)(
    'continues where none is disputed (trained on %s)',
    async (trainContext) => {
      const { peers, events } = await trained(
        { discuss: 'disputed', trainContext, trainStages: ['share', 'analyze', 'fuse'], evalMethods: [] },
        { skill: 1, unreadable: 0 },
      )
      expect(ofType(events, 'done')).toMatchObject([{ steps: 2, reason: 'steps' }])
      for (const { metrics, questions } of ofType(events, 'step')) {
        expect(questions.map(({ mode }) => mode)).toEqual([null, null, null])
        // The question was judged nevertheless.
        expect(Object.keys(questions[0].judgement)).toEqual(['ada', 'bo'])
        expect(metrics).toMatchObject({ 'ilr/discussed_share': 0, 'ilr/tokens/fuse': 0 })
        expect(metrics).not.toHaveProperty(['ilr/cooperation_share'])
        for (const [name, value] of Object.entries(metrics)) expect(Number.isFinite(value), name).toBe(true)
      }
      expect(ofType(events, 'discussion').map(({ mode }) => mode)).toEqual([null, null])
      for (const peer of peers) {
        expect(
          peer.generated.filter(({ request }) => /^(analyze|fuse)/.test(request.samples[0].prompt)),
        ).toEqual([])
        expect(peer.updates.map(({ sequences }) => sequences.length)).toEqual([Q * G, Q * G])
      }
    },
  )
  it('treats questions without any readable answer as disputed', async () => {
    const { events } = await trained({ discuss: 'disputed' }, { unreadable: 1 })
    for (const { questions } of ofType(events, 'step'))
      expect(questions.map(({ mode }) => mode)).not.toContain(null)
  })
  it('warns where that leaves nothing to train on', async () => {
    const { peers, events } = await trained(
      { discuss: 'disputed', trainStages: ['fuse'], steps: 1 },
      { skill: 1, unreadable: 0 },
    )
    expect(peers.map(({ updates }) => updates.length)).toEqual([0, 0])
    expect(ofType(events, 'warning').map(({ message }) => message)).toEqual([
      'ada had nothing to train on in step 1',
      'bo had nothing to train on in step 1',
    ])
  })
})

describe('a discussion of some of a question’s ideas', () => {
  const D = 3
  it('has groups of that size, and joint groups of all ideas and the answers', async () => {
    const { peers } = await trained({ discussGenerations: D })
    const [ada, bo] = peers
    for (const step of [0, 1]) {
      const ideas = [ada, bo].map((peer) =>
        groups(stageCalls(peer, 'share')[step].completions.map(({ text }) => text)).flatMap((group) =>
          group.slice(0, D),
        ),
      )
      const { request } = stageCalls(ada, 'analyze')[step]
      expect(request.samples).toHaveLength(Q * D)
      request.samples.forEach(({ prompt }, row) => {
        expect(prompt).toMatch(new RegExp(`own=${ideas[0][row]} others=${ideas[1][row]}$`))
      })
      const fused = rewardsOf(ada, 'fuse', step, D)
      expect(fused).toHaveLength(Q)
      const share = rewardsOf(ada, 'share', step)
      const expected = [
        ...share.flatMap(normalized),
        ...fused.flatMap(normalized),
        ...fused.flatMap((rewards, q) => {
          const joint = normalized([...share[q], ...rewards])
          return rewards.flatMap((reward, k) => (reward === 1 && joint[G + k] > 0 ? [joint[G + k]] : []))
        }),
      ]
      const { sequences } = ada.updates[step]
      expect(sequences).toHaveLength(expected.length)
      sequences.forEach(({ advantage }, n) => {
        expect(advantage).toBeCloseTo(expected[n], 3)
      })
      const texts = stageCalls(ada, 'fuse')[step].completions.map(({ text }) => text)
      expect(sequences.slice(Q * G, Q * G + Q * D).map(textOf)).toEqual(texts)
    }
  })
  it('uses all ideas where more are requested', async () => {
    const updates = async (discussGenerations: number | null) =>
      (await trained({ discussGenerations })).peers.map((peer) => peer.updates)
    expect(await updates(60)).toEqual(await updates(null))
  })
})
