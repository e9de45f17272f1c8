import { describe, expect, it } from 'vitest'
import { digitTask, numberOf, questionOf } from './ilr_digits'
import {
  calibrated,
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
import { codes } from './ilr_scripted'

describe('rollouts', () => {
  it('requests all rows of a stage in one call, question-major, G per question', async () => {
    const { peers } = await trained()
    for (const peer of peers)
      for (const stage of ['share', 'analyze', 'fuse']) {
        const calls = stageCalls(peer, stage)
        expect(calls).toHaveLength(2)
        for (const { request } of calls) {
          expect(request.samples).toHaveLength(Q * G)
          expect(request.maxNewTokens).toBe({ share: 8, analyze: 6, fuse: 10 }[stage])
          for (const group of groups(request.samples.map(({ prompt }) => numberOf(prompt))))
            expect(new Set(group).size).toBe(1)
        }
      }
  })
  it('never uses a key twice, over peers, steps and stages', async () => {
    const { peers } = await trained()
    const sampled = peers.flatMap(({ generated }) =>
      generated.filter(({ request }) => request.temperature > 0).flatMap(({ request }) => request.samples),
    )
    expect(new Set(sampled.map(({ key }) => key.join())).size).toBe(sampled.length)
  })
  it('uses exactly the prompt of solo inference for share', async () => {
    const { peers } = await trained()
    const prompts = peers.flatMap((peer) =>
      stageCalls(peer, 'share').flatMap(({ request }) => request.samples.map(({ prompt }) => prompt)),
    )
    const solo = peers.flatMap(({ generated }) =>
      generated
        .filter(({ request }) => request.temperature === 0)
        .flatMap(({ request }) => request.samples.map(({ prompt }) => prompt))
        .filter((prompt) => prompt.startsWith('share')),
    )
    const expected = (prompt: string) => digitTask.sharePrompt(questionOf(numberOf(prompt)))
    for (const prompt of [...prompts, ...solo]) expect(prompt).toBe(expected(prompt))
    expect(solo.length).toBeGreaterThan(0)
  })
  it('lets rollout k of a peer meet rollout k of the other', async () => {
    const [ada, bo] = (await trained()).peers
    const ideas = [ada, bo].map((peer) => stageCalls(peer, 'share')[0].completions.map(({ text }) => text))
    const analyses = stageCalls(bo, 'analyze')[0]
    stageCalls(bo, 'fuse')[0].request.samples.forEach(({ prompt }, row) => {
      const heard = `own=${ideas[1][row]} others=${ideas[0][row]}`
      expect(analyses.request.samples[row].prompt).toContain(heard)
      expect(prompt).toContain(`${heard} analysis=${analyses.completions[row].text}`)
    })
  })
  it('shows three peers’ ideas in a shuffled order that both stages share', async () => {
    const names = ['ada', 'bo', 'cy', 'di']
    const { peers } = await trained({ peers: names.map((id) => ({ id, source: id })) })
    const ideas = peers.map((peer) => stageCalls(peer, 'share')[0].completions.map(({ text }) => text))
    const heard = (stage: string) =>
      stageCalls(peers[0], stage)[0].request.samples.map(
        ({ prompt }) => /others=(\S*)/.exec(prompt)?.[1].split(',') ?? [],
      )
    expect(heard('fuse')).toEqual(heard('analyze'))
    const inOrder = ideas[0].map((_, row) => [ideas[1][row], ideas[2][row], ideas[3][row]])
    expect(heard('analyze').map((texts) => [...texts].sort())).toEqual(inOrder.map((t) => [...t].sort()))
    expect(heard('analyze')).not.toEqual(inOrder)
  })
})

describe('training sequences', () => {
  it('carry the advantage of their own peer, stage and question', async () => {
    const { peers } = await trained({ trainContext: 'discussion' })
    for (const peer of peers)
      peer.updates.forEach(({ sequences }, step) => {
        expect(sequences).toHaveLength(2 * Q * G)
        const expected = ['share', 'fuse'].flatMap((stage) =>
          rewardsOf(peer, stage, step).flatMap(normalized),
        )
        sequences.forEach((sequence, n) => {
          const { completions } = stageCalls(peer, n < Q * G ? 'share' : 'fuse')[step]
          const { ids, promptIds, logprobs } = completions[n % (Q * G)]
          expect(sequence).toMatchObject({ ids, promptIds, oldLogprobs: logprobs })
          expect(sequence.advantage).toBeCloseTo(expected[n], 4)
        })
      })
  })
  it('are calibrated by the other peer’s rewards of the same question and stage', async () => {
    const { peers } = await trained({ trainContext: 'discussion', calibration: true })
    const [ada, bo] = peers
    const other = rewardsOf(bo, 'share', 0)
    const expected = rewardsOf(ada, 'share', 0).flatMap((own, q) => normalized(calibrated(own, other[q])))
    const plain = rewardsOf(ada, 'share', 0).flatMap(normalized)
    const actual = ada.updates[0].sequences.slice(0, Q * G).map(({ advantage }) => advantage)
    actual.forEach((advantage, n) => {
      expect(advantage).toBeCloseTo(expected[n], 4)
    })
    expect(expected).not.toEqual(plain)
  })
  it.each(['question', 'both'] as const)(
    'replay right fused answers on the bare question (%s)',
    async (context) => {
      const { peers } = await trained({ trainContext: context })
      let replayed = 0
      for (const peer of peers)
        peer.updates.forEach(({ sequences }, step) => {
          const own = sequences.filter(({ oldLogprobs }) => oldLogprobs !== null)
          expect(own).toHaveLength((context === 'both' ? 2 : 1) * Q * G)
          const share = rewardsOf(peer, 'share', step)
          const fuse = rewardsOf(peer, 'fuse', step)
          const fused = stageCalls(peer, 'fuse')[step]
          const expected = fuse.flatMap((rewards, q) => {
            const joint = normalized([...share[q], ...rewards])
            return rewards.flatMap((reward, k) => {
              if (reward !== 1 || joint[G + k] <= 0) return []
              const row = q * G + k
              const prompt = `share ${numberOf(fused.request.samples[row].prompt)}?`
              return [{ prompt, text: fused.completions[row].text, advantage: joint[G + k] }]
            })
          })
          const actual = sequences.filter(({ oldLogprobs }) => oldLogprobs === null)
          expect(sequences.slice(own.length)).toEqual(actual)
          expect(actual.map((one) => ({ prompt: promptOf(one), text: textOf(one) }))).toEqual(
            expected.map(({ prompt, text }) => ({ prompt, text })),
          )
          actual.forEach((one, n) => {
            expect(one.advantage).toBeCloseTo(expected[n].advantage, 4)
          })
          replayed += actual.length
        })
      expect(replayed).toBeGreaterThan(4)
    },
  )
  it('replay no wrong answer, however far above its group', async () => {
    const { peers } = await trained({ steps: 4 }, { skill: 0 })
    const replayed = peers.flatMap(({ updates }) =>
      updates.flatMap(({ sequences }) => sequences.filter(({ oldLogprobs }) => oldLogprobs === null)),
    )
    expect(replayed.length).toBeGreaterThan(0)
    for (const sequence of replayed) expect(rewardOf(promptOf(sequence), textOf(sequence))).toBe(1)
  })
  it('keep S1 to its own group where answers are replayed', async () => {
    const { peers } = await trained({ trainContext: 'both' })
    const expected = rewardsOf(peers[0], 'share', 0).flatMap(normalized)
    peers[0].updates[0].sequences.slice(0, Q * G).forEach(({ advantage }, n) => {
      expect(advantage).toBeCloseTo(expected[n], 4)
    })
  })
  it('include analyses with their own reward on request', async () => {
    const { peers } = await trained({ trainStages: ['analyze'] })
    const { sequences } = peers[0].updates[0]
    const { completions } = stageCalls(peers[0], 'analyze')[0]
    const rewards = completions.map(({ text }) => (text.charCodeAt(0) % 5) / 4)
    expect(sequences.map(textOf)).toEqual(completions.map(({ text }) => text))
    const expected = groups(rewards).flatMap(normalized)
    sequences.forEach(({ advantage, oldLogprobs }, n) => {
      expect(advantage).toBeCloseTo(expected[n], 4)
      expect(oldLogprobs).toEqual(completions[n].logprobs)
    })
  })
  it('omit truncated completions on request', async () => {
    const whole = await trained({ steps: 4, trainContext: 'discussion' })
    const masked = await trained({ steps: 4, trainContext: 'discussion', maskTruncated: true })
    const truncated = codes('none').join()
    const count = ({ peers }: typeof whole) =>
      peers
        .flatMap(({ updates }) => updates.flatMap(({ sequences }) => sequences))
        .filter(({ ids }) => ids.join() === truncated).length
    expect(count(whole)).toBeGreaterThan(0)
    expect(count(masked)).toBe(0)
    // Excluded sequences still count as sequences.
    const rows = ({ peers }: typeof whole) =>
      peers.map(({ updates }) => updates.map(({ sequences, masked = 0 }) => sequences.length + masked))
    expect(rows(masked)).toEqual(rows(whole))
  })
})
