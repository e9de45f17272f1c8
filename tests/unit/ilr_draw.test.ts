import { describe, expect, it } from 'vitest'
import { numberOf } from './ilr_digits'
import { G, promptOf, Q, stageCalls, sum, trained } from './ilr_expected'
import { ofType, type Script } from './ilr_scripted'

const right = (_: string, question: number) => `#${question % 10}`

describe('questions without a learning signal', () => {
  it('are replaced by new ones, up to a limit, and counted', async () => {
    const { peers, events } = await trained({ resampleZeroVariance: 3 }, { say: right })
    for (const peer of peers) {
      const calls = stageCalls(peer, 'share')
      // Two steps, each with one draw and three redraws of all questions.
      expect(calls.map(({ request }) => request.samples.length)).toEqual(Array(8).fill(Q * G))
      const asked = calls
        .slice(0, 4)
        .map(({ request }) => new Set(request.samples.map(({ prompt }) => prompt)))
      expect(new Set(asked.flatMap((one) => [...one])).size).toBe(4 * Q)
      // The last draw stays, although it has no learning signal either.
      const last = calls[3].request.samples.map(({ prompt }) => prompt)
      expect(peer.updates[0].sequences.slice(0, Q * G).map(promptOf)).toEqual(last)
      expect(stageCalls(peer, 'fuse')[0].request.samples.map(({ prompt }) => numberOf(prompt))).toEqual(
        last.map(numberOf),
      )
    }
    const sampled = sum(
      peers.flatMap((peer) =>
        ['share', 'analyze', 'fuse'].flatMap((stage) =>
          stageCalls(peer, stage).flatMap(({ completions }) => completions.map(({ ids }) => ids.length)),
        ),
      ),
    )
    const metrics = ofType(events, 'step').map((one) => one.metrics)
    expect(metrics.map((one) => one['ilr/resampled'])).toEqual([3 * Q, 3 * Q])
    expect(sum(metrics.map((one) => one['ilr/generated_tokens']))).toBe(sampled)
  })

  it('are replaced in place, without changing others', async () => {
    // A third of the questions is easy: all answers to them are right.
    const say = (peer: string, question: number) =>
      question % 3 === 0 ? right('', question) : `#${(question + (peer === 'ada' ? 1 : 2)) % 10}`
    const { peers, events } = await trained({ resampleZeroVariance: 4, steps: 6 }, { say })
    const [ada] = peers
    const calls = stageCalls(ada, 'share').map(({ request }) =>
      request.samples.filter((_, row) => row % G === 0).map(({ prompt }) => numberOf(prompt)),
    )
    let call = 0
    let replaced = 0
    for (const { questions, metrics } of ofType(events, 'step')) {
      const expected = calls[call++]
      let resampled = 0
      for (let round = 0; round < 4; round++) {
        const idle = expected.flatMap((number, q) => (number % 3 === 0 ? [q] : []))
        if (idle.length === 0) break
        const fresh = calls[call++]
        expect(fresh).toHaveLength(idle.length)
        idle.forEach((q, i) => {
          expected[q] = fresh[i]
        })
        resampled += idle.length
      }
      expect(questions.map(({ id }) => id)).toEqual(expected.map((number) => `n${number}`))
      expect(metrics['ilr/resampled']).toBe(resampled)
      replaced += resampled
    }
    expect(call).toBe(calls.length)
    expect(replaced).toBeGreaterThan(3)
    // The trained sequences belong to the questions that stayed.
    ofType(events, 'step').forEach(({ questions }, step) => {
      const asked = questions.flatMap(({ id }) => Array<string>(G).fill(`share ${id.slice(1)}?`))
      for (const { updates } of peers)
        expect(updates[step].sequences.slice(0, Q * G).map(promptOf)).toEqual(asked)
    })
  })

  it('never share a key with their replacements, in any stage', async () => {
    const { peers } = await trained({ resampleZeroVariance: 3, steps: 3, evalMethods: [] }, { say: right })
    const keys = peers.flatMap(({ generated }) =>
      generated
        .filter(({ request }) => request.temperature > 0)
        .flatMap(({ request }) => request.samples.map(({ key }) => key.join())),
    )
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('are not redrawn without the setting, nor where there is a signal', async () => {
    const counts = async (settings: Parameters<typeof trained>[0], script: Script) => {
      const { peers, events } = await trained(settings, script)
      expect(ofType(events, 'step').map(({ metrics }) => metrics['ilr/resampled'] ?? 0)).toEqual([0, 0])
      return peers.map((peer) => stageCalls(peer, 'share').length)
    }
    expect(await counts({}, { say: right })).toEqual([2, 2])
    expect(await counts({ resampleZeroVariance: 5 }, { skill: 0 })).toEqual([2, 2])
  })

  it('have equal groups for a single agent, and an equal whole where ideas are compared', async () => {
    // Each peer always gives the same answer, and the peers differ: no group varies, but the whole does.
    const say = (peer: string, question: number) => `#${(question + (peer === 'ada' ? 0 : 1)) % 10}`
    const resampled = async (method: 'ilr' | 'solo' | 'share-only') =>
      ofType((await trained({ method, resampleZeroVariance: 2 }, { say })).events, 'step').map(
        ({ metrics }) => metrics['ilr/resampled'],
      )
    expect(await resampled('solo')).toEqual([2 * Q, 2 * Q])
    expect(await resampled('ilr')).toEqual([0, 0])
    expect(await resampled('share-only')).toEqual([0, 0])
  })

  it('do not confuse the page: the shown question is the discussed one, and so is the text', async () => {
    const easy = (question: number) => question % 3 === 0
    const say = (peer: string, question: number) =>
      easy(question) ? right('', question) : `#${(question + (peer === 'ada' ? 1 : 2)) % 10}`
    const { events } = await trained({ resampleZeroVariance: 4, steps: 6 }, { say })
    for (const { step, exchange } of ofType(events, 'exchange')) {
      const told = ofType(events, 'question').filter((one) => one.step === step)
      expect(told.at(-1)?.question).toEqual(exchange.question)
      const at = events.findLastIndex((event) => event.type === 'question' && event.step === step)
      for (const [peer, stages] of Object.entries(exchange.peers))
        for (const { stage, text } of stages) {
          const written = ofType(events.slice(at), 'text').filter(
            (one) => one.step === step && one.peer === peer && one.stage === stage,
          )
          expect(written.map((one) => one.text).join('')).toBe(text)
        }
    }
  })
})
