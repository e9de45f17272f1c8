import { describe, expect, it } from 'vitest'
import { uncertainty } from '../../src/ilr/interaction/confidence_judge'
import { digitTask, numberOf, splitOfPrompt } from './ilr_digits'
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
  it('ranks each question among the others of the same step, by the step’s own ideas', async () => {
    const { events, peers } = await trained({ steps: 4, questionsPerStep: 5 })
    expect(ofType(events, 'step').map(({ questions }) => questions.length)).toEqual([5, 5, 5, 5])
    for (const peer of peers)
      ofType(events, 'step').forEach(({ questions }, step) => {
        const ideas = groups(stageCalls(peer, 'share')[step].completions)
        const values = ideas.map((rollouts) => uncertainty(digitTask, rollouts))
        questions.forEach(({ judgement }, q) => {
          const ranks = values.flatMap((other, n) =>
            n === q ? [] : [other < values[q] ? 1 : other === values[q] ? 0.5 : 0],
          )
          expect(judgement[peer.id].difficulty).toBe(mean(ranks))
        })
      })
  })
  it('samples nothing but the step’s stages', async () => {
    const { peers } = await trained({ steps: 4 })
    for (const peer of peers) {
      const sampled = peer.generated.filter(({ request }) => request.temperature > 0)
      expect(sampled.length).toBe(3 * 4)
    }
  })
  it('in a test ranks among all questions of the test, however they are divided into calls', async () => {
    const modes: string[] = []
    for (let seed = 1; seed <= 12; seed++) {
      const { peers, events } = await trained({ seed, steps: 1, evalSize: 129, difficultyReferences: 64 })
      const tested = (peer: ScriptedPeer, stage: string) =>
        peer.generated
          .filter(
            ({ request: { temperature, samples } }) =>
              temperature === 0 &&
              samples[0].prompt.startsWith(`${stage} `) &&
              splitOfPrompt(samples[0].prompt) === 'heldout',
          )
          .slice(0, 2)
          .flatMap(({ request, completions }) =>
            completions.map((completion, row) => ({ completion, prompt: request.samples[row].prompt })),
          )
      // The last question is alone in its call.
      const p = peers.map((peer) => {
        const values = tested(peer, 'share').map(({ completion }) => uncertainty(digitTask, [completion]))
        const [last] = values.slice(-1)
        const rank = mean(values.slice(0, -1).map((one) => (one < last ? 1 : one === last ? 0.5 : 0)))
        const ability = ofType(events, 'step')[0].metrics[`ilr/ability/${peer.id}`]
        return 1 / (1 + Math.exp(-1.7 * (ability - rank)))
      })
      // The rank among 64 of the others is near the rank among all.
      if (Math.abs(mean(p) - 0.5) < 0.08) continue
      const [, , mode] = tested(peers[0], 'analyze')[128].prompt.split(' ')
      expect(mode).toBe(mean(p) < 0.5 ? 'cooperate' : 'compete')
      modes.push(mode)
    }
    expect(new Set(modes).size).toBe(2)
  })
  it('is recorded for every question, with its result', async () => {
    const { events, peers } = await trained({ steps: 12, learningRate: 1e-6 })
    const disagreements: boolean[] = []
    const measured: number[] = []
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
      // AUC by brute force over pairs of a question mostly wrong and one that is not.
      const aucs = peers.flatMap((peer) => {
        const right = rewardsOf(peer, 'share', step - 1).map((own) => own.filter((r) => r === 1).length)
        const pairs = questions.flatMap((hard, a) =>
          questions.flatMap((easy, b) => {
            if (right[a] >= G / 2 || right[b] < G / 2) return []
            const [one, other] = [hard, easy].map(({ judgement }) => judgement[peer.id].difficulty)
            return [one > other ? 1 : one === other ? 0.5 : 0]
          }),
        )
        expect(metrics[`ilr/difficulty_auc/${peer.id}`]).toBe(pairs.length > 0 ? mean(pairs) : undefined)
        return pairs.length > 0 ? [mean(pairs)] : []
      })
      expect(metrics['ilr/difficulty_auc']).toBe(aucs.length > 0 ? mean(aucs) : undefined)
      measured.push(aucs.length)
      expect(metrics['ilr/mode_disagreement']).toBeCloseTo(
        questions.filter(({ disagreement }) => disagreement).length / Q,
        10,
      )
    }
    expect(new Set(disagreements).size).toBe(2)
    expect(new Set(measured)).toEqual(new Set([0, 1, 2]))
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
