import { describe, expect, it } from 'vitest'
import type { RunConfig } from '../../src/config/config'
import { numbersOf, splitOfNumber } from './ilr_digits'
import { groups, mean, trained } from './ilr_expected'
import { ascending, asksForOrder, ofType, type Script, type ScriptedPeer } from './ilr_scripted'

const QUESTIONS = 7
const K = 4

/** Returns the lists that a peer was asked to order in training: [step][question][shuffle]. */
function rankings(peer: ScriptedPeer, questions = QUESTIONS) {
  return peer.generated
    .filter(({ request }) => asksForOrder(request.samples[0].prompt))
    .filter(({ request }) => splitOfNumber(numbersOf(request.samples[0].prompt)[0]) === 'train')
    .map(({ request }) =>
      groups(
        request.samples.map(({ prompt }) => numbersOf(prompt)),
        request.samples.length / questions,
      ),
    )
}
const rankOf = (listed: readonly number[], judged: number) =>
  listed.filter((other) => other < judged).length / (listed.length - 1)

describe('the asked judge', () => {
  const settings: Partial<RunConfig> = {
    difficultyJudge: 'prompt',
    difficultyReferences: K,
    questionsPerStep: QUESTIONS,
    evalMethods: [],
  }

  it('ranks a question by the replied order, over several lists of questions of the same step', async () => {
    const { peers, events } = await trained(settings)
    for (const peer of peers) {
      const asked = rankings(peer)
      expect(asked).toHaveLength(2)
      const places: number[] = []
      asked.forEach((questions, step) => {
        const { questions: records } = ofType(events, 'step')[step]
        const own = records.map(({ id }) => Number(id.slice(1)))
        questions.forEach((lists, q) => {
          expect(lists.length).toBeGreaterThan(1)
          for (const listed of lists) {
            expect(new Set(listed).size).toBe(K + 1)
            expect(own).toEqual(expect.arrayContaining(listed))
            expect(listed).toContain(own[q])
            places.push(listed.indexOf(own[q]))
          }
          const ranks = lists.map((listed) => rankOf(listed, own[q]))
          expect(records[q].judgement[peer.id].difficulty).toBeCloseTo(mean(ranks), 10)
        })
      })
      // The judged question stands in different places, so that none is favoured.
      expect(new Set(places).size).toBe(K + 1)
    }
    expect(ofType(events, 'step').map(({ metrics }) => metrics['ilr/judge_unread'])).toEqual([0, 0])
  })
  it('lists fewer where a step has fewer, and asks nothing about a single question', async () => {
    const few = await trained({ ...settings, questionsPerStep: 3 })
    expect(
      rankings(few.peers[0], 3)
        .flat(2)
        .map((listed) => listed.length),
    ).toEqual(Array(2 * 3 * 2).fill(3))
    const { peers, events } = await trained({ ...settings, questionsPerStep: 1 })
    expect(rankings(peers[0], 1)).toEqual([])
    for (const { questions, metrics } of ofType(events, 'step')) {
      expect(questions[0].judgement.ada.difficulty).toBe(0.5)
      expect(metrics['ilr/judge_unread']).toBe(0)
    }
  })
  it('counts the tokens of the answers among those a step generates', async () => {
    const { peers, events } = await trained(settings)
    const sampled = peers.flatMap(({ generated }) =>
      generated
        .filter(({ request }) => splitOfNumber(numbersOf(request.samples[0].prompt)[0]) === 'train')
        .flatMap(({ completions }) => completions),
    )
    const tokens = sampled.reduce((sum, { ids }) => sum + ids.length, 0)
    const steps = ofType(events, 'step').map(({ metrics }) => metrics['ilr/generated_tokens'])
    expect(steps.reduce((a, b) => a + b)).toBe(tokens)
  })
  it('asks greedily, in one call a step, and never with a rollout’s key', async () => {
    const { peers } = await trained(settings)
    const keys = new Set<string>()
    let samples = 0
    for (const { generated } of peers)
      for (const { request } of generated) {
        const order = asksForOrder(request.samples[0].prompt)
        if (order) expect(request.temperature).toBe(0)
        if (!order && request.temperature === 0) continue
        samples += request.samples.length
        for (const { key } of request.samples) keys.add(key.join())
      }
    expect(keys.size).toBe(samples)
  })
  it('uses the readable lists, and counts and rates 0.5 the questions without any', async () => {
    const isReadable = (listed: readonly number[]) => listed[0] % 2 === 0
    const order: Script['order'] = (peer, listed) =>
      peer === 'bo' && !isReadable(listed) ? 'Hard to say.' : ascending(listed)
    const { peers, events } = await trained({ ...settings, steps: 4 }, { order })
    const readable: number[] = []
    rankings(peers[1]).forEach((questions, step) => {
      const { questions: records, metrics } = ofType(events, 'step')[step]
      const read = questions.map((lists, q) => {
        const judged = Number(records[q].id.slice(1))
        const ranks = lists.filter(isReadable).map((listed) => rankOf(listed, judged))
        const expected = ranks.length === 0 ? 0.5 : mean(ranks)
        expect(records[q].judgement.bo.difficulty).toBeCloseTo(expected, 10)
        return ranks.length
      })
      expect(metrics['ilr/judge_unread']).toBe(read.filter((count) => count === 0).length)
      readable.push(...read)
    })
    expect(new Set(readable)).toEqual(new Set([0, 1, 2]))
  })
})
