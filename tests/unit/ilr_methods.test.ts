import { describe, expect, it } from 'vitest'
import { splitOfPrompt } from './ilr_digits'
import {
  G,
  groups,
  normalized,
  promptOf,
  Q,
  rewardOf,
  rewardsOf,
  rounded,
  stageCalls,
  trained,
} from './ilr_expected'
import { asksForOrder, codes, eventsOf, ofType, scriptedRun, stopOf, tinyConfig } from './ilr_scripted'

const trio = ['ada', 'bo', 'cy'].map((id) => ({ id, source: id }))

describe('a single agent (method solo)', () => {
  const solo = { method: 'solo', calibration: true, evalMethods: [] as [] } as const

  it('trains its own ideas with the advantage within their group, calibration or not', async () => {
    const { peers } = await trained(solo)
    for (const peer of peers) {
      expect(peer.updates).toHaveLength(2)
      peer.updates.forEach(({ sequences }, step) => {
        const advantages = rewardsOf(peer, 'share', step).flatMap(normalized)
        const expected = stageCalls(peer, 'share')[step].completions.map(
          ({ promptIds, ids, logprobs }, n) => ({
            promptIds,
            ids,
            oldLogprobs: logprobs,
            advantage: advantages[n],
          }),
        )
        expect(rounded(sequences)).toEqual(rounded(expected))
      })
    }
    expect(peers.flatMap(({ advantageCalls }) => advantageCalls).map(({ calibrate }) => calibrate)).toEqual([
      false,
      false,
    ])
  })
  it('learns only from ideas, whatever stages a discussion would train', async () => {
    const { peers } = await trained({ ...solo, lossType: 'dr_grpo', trainStages: ['analyze', 'fuse'] })
    for (const { updates } of peers)
      for (const { sequences, loss } of updates) {
        expect(sequences).toHaveLength(Q * G)
        // The longest idea of this task, not the longest fused answer.
        expect(loss.maxCompletionLength).toBe(8)
      }
  })
  it('discusses nothing, judges nothing', async () => {
    const { peers, events } = await trained(solo)
    for (const { generated, encoded } of peers) {
      for (const { request } of generated)
        for (const { prompt } of request.samples) expect(prompt).toMatch(/^share \d+\?$/)
      const sampled = generated.filter(({ request }) => request.temperature > 0)
      expect(sampled.map(({ request }) => splitOfPrompt(request.samples[0].prompt))).toEqual([
        'train',
        'train',
      ])
      expect(encoded).toEqual([])
    }
    expect(ofType(events, 'discussion')).toEqual([])
    for (const { exchange } of ofType(events, 'exchange')) {
      expect(exchange).toMatchObject({ mode: null, judgement: {} })
      for (const texts of Object.values(exchange.peers))
        expect(texts.map(({ stage }) => stage)).toEqual(['share'])
    }
    for (const { metrics, questions } of ofType(events, 'step')) {
      for (const one of questions)
        expect(one).toMatchObject({ mode: null, judgement: {}, disagreement: false })
      const interaction =
        /cooperation|discussed|disagreement|replayed|calibration|difficulty|ilr\/p\/|correct_(analyze|fuse)|seconds\/(analyze|fuse)/
      expect(Object.keys(metrics).filter((name) => interaction.test(name))).toEqual([])
      expect(metrics['ilr/tokens/analyze']).toBe(0)
    }
  })
  it('learns the same with any other peers', async () => {
    const beside = async (other: string) => {
      const peers = ['ada', other].map((id) => ({ id, source: id }))
      const say = (peer: string, question: number) =>
        peer === 'cy' ? '#0' : `#${(question + question / 7) % 10}`
      return (await trained({ ...solo, peers }, { say })).peers[0].updates
    }
    expect(await beside('cy')).toEqual(await beside('bo'))
  })
  it('may be alone: it learns the same, and skips with a warning what needs others', async () => {
    const settings = { ...solo, calibration: false, evalMethods: ['idea3', 'debate', 'vote', 'ood'] as const }
    const run = async (...ids: string[]) =>
      trained({
        ...settings,
        evalMethods: [...settings.evalMethods],
        peers: ids.map((id) => ({ id, source: id })),
      })
    const [alone, beside] = [await run('ada'), await run('ada', 'bo')]
    expect(alone.peers[0].updates).toEqual(beside.peers[0].updates)
    expect(alone.peers[0].updates).toHaveLength(2)
    const prompts = alone.peers[0].generated.flatMap(({ request }) =>
      request.samples.map(({ prompt }) => prompt),
    )
    for (const prompt of prompts) expect(prompt).toMatch(/^share \d+\?$/)
    const [first] = ofType(alone.events, 'eval')
    const [other] = ofType(beside.events, 'eval')
    expect(first.solo.ada).toBe(other.solo.ada)
    expect(first.ood?.ada).toBe(other.ood?.ada)
    expect(Object.keys(first)).toEqual(expect.arrayContaining(['vote', 'ood']))
    expect(first).not.toHaveProperty('idea3')
    expect(first).not.toHaveProperty('debate')
    const said = ({ events }: typeof alone) => ofType(events, 'warning').map(({ message }) => message)
    expect(said(alone)).toEqual([
      'evalMethods idea3 and debate cannot be measured: ada is alone and has nobody to discuss with',
    ])
    expect(said(beside)).toEqual([])
    expect(ofType(alone.events, 'done')).toHaveLength(1)
  })
  it('warns that calibration has no effect', async () => {
    const said = async (calibration: boolean) =>
      ofType((await trained({ ...solo, calibration })).events, 'warning').map(({ message }) => message)
    expect(await said(true)).toEqual([
      expect.stringMatching(/^calibration has no effect: a peer that learns alone/),
    ])
    expect(await said(false)).toEqual([])
  })
})

describe('others’ ideas without a discussion (method share-only)', () => {
  it('trains its own ideas, and on the bare question the others’ right ones that beat the joint group', async () => {
    const { peers } = await trained({ method: 'share-only', peers: trio, evalMethods: [] })
    let replayed = 0
    for (const [i, peer] of peers.entries()) {
      const others = peers.filter((_, l) => l !== i)
      const encoded: string[] = []
      peer.updates.forEach(({ sequences }, step) => {
        const asked = stageCalls(peer, 'share')[step]
        const plain = rewardsOf(peer, 'share', step).flatMap(normalized)
        const own = asked.completions.map(({ promptIds, ids, logprobs }, n) => ({
          promptIds,
          ids,
          oldLogprobs: logprobs,
          advantage: plain[n],
        }))
        const joint = Array.from({ length: Q }, (_, q) =>
          normalized([peer, ...others].flatMap((one) => rewardsOf(one, 'share', step)[q])),
        )
        const shared = others.flatMap((other, place) =>
          stageCalls(other, 'share')[step].completions.flatMap(({ text }, row) => {
            const { prompt } = asked.request.samples[row]
            if (rewardOf(prompt, text) !== 1) return []
            encoded.push(text)
            const advantage = joint[Math.floor(row / G)][(place + 1) * G + (row % G)]
            if (!(advantage > 0)) return []
            const ids = [...codes(text), stopOf(peer.id)]
            return [{ promptIds: codes(prompt), ids, oldLogprobs: null, advantage }]
          }),
        )
        expect(rounded(sequences)).toEqual(rounded([...own, ...shared]))
        replayed += shared.length
      })
      // Its own tokenizer encodes only the others' right ideas.
      expect(peer.encoded).toEqual(encoded)
    }
    expect(replayed).toBeGreaterThan(10)
  })
  it('shares nothing where nothing is right, and counts the shared answers', async () => {
    const wrong = await trained({ method: 'share-only' }, { say: (_, n) => `#${(n + 1) % 10}` })
    // Where all answers are right, none beats its joint group.
    const easy = await trained({ method: 'share-only' }, { say: (_, n) => `#${n % 10}` })
    for (const { updates } of [...wrong.peers, ...easy.peers])
      for (const { sequences } of updates) expect(sequences).toHaveLength(Q * G)
    const { peers, events } = await trained({ method: 'share-only' })
    ofType(events, 'step').forEach(({ metrics }, step) => {
      for (const { id, updates } of peers) {
        const foreign = updates[step].sequences.filter(({ oldLogprobs }) => oldLogprobs === null)
        expect(metrics[`ilr/replayed/${id}`]).toBe(foreign.length)
      }
    })
  })
  it('discusses nothing and judges nothing', async () => {
    const { peers, events } = await trained({ method: 'share-only', difficultyJudge: 'prompt' })
    const trainedOn = peers.flatMap(({ generated }) =>
      generated.flatMap(({ request }) => request.samples.map(({ prompt }) => prompt)),
    )
    const discussed = trainedOn.filter((prompt) => !prompt.startsWith('share'))
    // Only evaluations have exchanges, and the asked judge chooses their modes.
    for (const prompt of discussed) if (!asksForOrder(prompt)) expect(splitOfPrompt(prompt)).toBe('heldout')
    expect(ofType(events, 'discussion')).toEqual([])
    expect(ofType(events, 'step')[0].questions[0]).toMatchObject({ mode: null, judgement: {} })
  })
  it('leaves the others’ truncated answers out when asked', async () => {
    const { run, peers } = scriptedRun(tinyConfig({ method: 'share-only', maskTruncated: true }))
    const [, bo] = peers
    const { generate } = bo
    // No completion of bo has an end.
    bo.generate = async (...args) =>
      (await generate.apply(bo, args)).map((one) => ({ ...one, truncated: true }))
    await eventsOf(run)
    const foreign = peers.map(({ updates }) =>
      updates.flatMap(({ sequences }) => sequences.filter(({ oldLogprobs }) => oldLogprobs === null)),
    )
    expect(foreign[0]).toEqual([])
    expect(foreign[1].length).toBeGreaterThan(0)
    expect(foreign[1].map(promptOf).map(splitOfPrompt)).not.toContain('heldout')
  })
})

describe('a binary reward', () => {
  const messages = async (settings: Parameters<typeof trained>[0]) =>
    ofType((await trained({ calibration: true, ...settings })).events, 'warning').map(
      ({ message }) => message,
    )

  it('is 1 or 0, in every stage', async () => {
    const stages: ['share', 'analyze', 'fuse'] = ['share', 'analyze', 'fuse']
    const { peers } = await trained({ reward: 'binary', trainStages: stages })
    const rewards = peers[0].advantageCalls.flatMap((call) => [...call.rewards])
    expect(new Set(rewards)).toEqual(new Set([0, 1]))
    const [{ rewards: ideas }] = peers[0].advantageCalls
    const right = (i: number) => rewardsOf(peers[i], 'share', 0).map((own) => own.map((r) => Number(r === 1)))
    // Rewards are ordered by question, then peer.
    expect(groups([...ideas])).toEqual(Array.from({ length: Q }, (_, q) => [right(0)[q], right(1)[q]]).flat())
  })
  it('warns once that calibration changed nothing', async () => {
    expect(await messages({ reward: 'binary' })).toEqual([
      expect.stringMatching(
        /^calibration changed no advantage by more than 0.001 in step 1: rewards have two/,
      ),
    ])
    expect(await messages({ reward: 'graded' })).toEqual([])
    expect(await messages({ reward: 'binary', calibration: false })).toEqual([])
    expect(await messages({ reward: 'binary', scaleRewards: 'none' })).toEqual([])
  })
  it('gives calibration no effect in the numbers', async () => {
    const advantages = async (calibration: boolean) =>
      (await trained({ reward: 'binary', calibration })).peers.map(({ updates }) =>
        updates.flatMap(({ sequences }) => sequences.map(({ advantage }) => advantage)),
      )
    const [without, with_] = [await advantages(false), await advantages(true)]
    without.forEach((own, i) => {
      own.forEach((advantage, n) => {
        expect(with_[i][n]).toBeCloseTo(advantage, 2)
      })
    })
  })
})
