import { describe, expect, it } from 'vitest'
import type { RunConfig } from '../../src/config/config'
import { numbersOf, splitOfNumber } from './ilr_digits'
import { groups, mean, Q, trained } from './ilr_expected'
import { ascending, asksForOrder, ofType, type Script, type ScriptedPeer } from './ilr_scripted'

/** Returns the rankings requested from a peer in training: [step][question][shuffle]. */
function rankings(peer: ScriptedPeer) {
  return peer.generated
    .filter(({ request }) => asksForOrder(request.samples[0].prompt))
    .filter(({ request }) =>
      numbersOf(request.samples[0].prompt).some((number) => splitOfNumber(number) === 'train'),
    )
    .map(({ request }) =>
      groups(
        request.samples.map(({ prompt }) => numbersOf(prompt)),
        request.samples.length / Q,
      ),
    )
}
const judgedOf = (listed: readonly number[]) =>
  listed.find((number) => splitOfNumber(number) === 'train') ?? Number.NaN

describe('the asked judge', () => {
  const settings: Partial<RunConfig> = { difficultyJudge: 'prompt', difficultyReferences: 5, evalMethods: [] }

  it('ranks a question by the replied order, over several lists', async () => {
    const { peers, events } = await trained({ ...settings, questionsPerStep: Q })
    for (const peer of peers) {
      const asked = rankings(peer)
      expect(asked).toHaveLength(2)
      asked.forEach((questions, step) => {
        const { questions: records } = ofType(events, 'step')[step]
        questions.forEach((lists, q) => {
          expect(lists.length).toBeGreaterThan(1)
          const judged = judgedOf(lists[0])
          expect(records[q].id).toBe(`n${judged}`)
          const ranks = lists.map((listed) => {
            expect(listed).toHaveLength(6)
            expect(new Set(listed).size).toBe(6)
            expect(judgedOf(listed)).toBe(judged)
            return listed.filter((other) => other < judged).length / 5
          })
          expect(records[q].judgement[peer.id].difficulty).toBeCloseTo(mean(ranks), 10)
        })
      })
      // The judged question stands in different places, so that none is favoured.
      const places = asked.flat(2).map((listed) => listed.indexOf(judgedOf(listed)))
      expect(new Set(places).size).toBeGreaterThan(2)
    }
    expect(ofType(events, 'step').map(({ metrics }) => metrics['ilr/judge_unread'])).toEqual([0, 0])
  })
  it('counts the tokens of the answers among those a step generates', async () => {
    const { peers, events } = await trained(settings)
    const sampled = peers.flatMap(({ generated }) =>
      generated
        .filter(({ request }) => {
          const numbers = numbersOf(request.samples[0].prompt)
          return numbers.some((number) => splitOfNumber(number) === 'train')
        })
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
  it('counts unreadable replies, and rates such a question 0.5', async () => {
    const order: Script['order'] = (peer, listed) =>
      peer === 'bo' && judgedOf(listed) % 2 === 1 ? 'Hard to say.' : ascending(listed)
    const { events } = await trained({ ...settings, steps: 4 }, { order })
    const counts = ofType(events, 'step').map(({ questions, metrics }) => {
      const odd = questions.filter(({ skill }) => skill === 'odd')
      for (const { judgement } of odd) expect(judgement.bo.difficulty).toBe(0.5)
      expect(metrics['ilr/judge_unread']).toBe(odd.length)
      return odd.length
    })
    expect(Math.max(...counts)).toBeGreaterThan(0)
  })
  it('uses the readable lists where some are not', async () => {
    const order: Script['order'] = (_, listed) =>
      listed.indexOf(judgedOf(listed)) < 3 ? 'no' : ascending(listed)
    const { peers, events } = await trained({ ...settings, steps: 4 }, { order })
    let partly = 0
    rankings(peers[0]).forEach((questions, step) => {
      const { questions: records } = ofType(events, 'step')[step]
      questions.forEach((lists, q) => {
        const readable = lists.filter((listed) => listed.indexOf(judgedOf(listed)) >= 3)
        if (readable.length > 0 && readable.length < lists.length) partly++
        const ranks = readable.map((listed) => listed.filter((n) => n < judgedOf(listed)).length / 5)
        const expected = ranks.length === 0 ? 0.5 : mean(ranks)
        expect(records[q].judgement.ada.difficulty).toBeCloseTo(expected, 10)
      })
    })
    expect(partly).toBeGreaterThan(0)
  })
})
