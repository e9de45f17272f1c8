import { describe, expect, it } from 'vitest'
import type { RunConfig } from '../../src/config/config'
import { majority } from '../../src/ilr/evaluate'
import type { Completion } from '../../src/model/peer'
import type { Question } from '../../src/tasks/task'
import { digitTask, numberOf, splitOfPrompt } from './ilr_digits'
import { groups, mean, rewardOf } from './ilr_expected'
import { eventsOf, ofType, type ScriptedPeer, scriptedRun, tinyConfig } from './ilr_scripted'

const N = 30

async function evaluated(evalMethods: RunConfig['evalMethods'], settings: Partial<RunConfig> = {}) {
  const config = tinyConfig({ steps: 1, evalEvery: 1, evalSize: N, evalMethods, ...settings })
  const { run, peers } = scriptedRun(config)
  return { peers, evals: ofType(await eventsOf(run), 'eval') }
}
/** Returns a peer's first call on these questions with a prompt of this kind. */
function firstCall(peer: ScriptedPeer, split: string, kind: string, temperature = 0) {
  const call = peer.generated.find(
    ({ request }) =>
      request.temperature === temperature &&
      request.samples[0].prompt.startsWith(`${kind} `) &&
      splitOfPrompt(request.samples[0].prompt) === split,
  )
  if (!call) throw new Error(`no call to ${kind} on ${split}`)
  const right = call.completions.map(
    ({ text }, row) => rewardOf(call.request.samples[row].prompt, text) === 1,
  )
  return { ...call, prompts: call.request.samples.map(({ prompt }) => prompt), right }
}
const share = (right: readonly boolean[]) => mean(right.map(Number))

describe('an evaluation', () => {
  it('comes before training, every evalEvery steps and at the end', async () => {
    const { evals } = await evaluated(['idea3'], { steps: 5, evalEvery: 2 })
    expect(evals.map(({ step }) => step)).toEqual([0, 2, 4, 5])
    expect(new Set(evals.map(({ n }) => n))).toEqual(new Set([N]))
  })
  it('measures peers alone each time, and the other methods at every n-th test, the first and the last', async () => {
    const { evals } = await evaluated(['idea3'], { steps: 11, evalEvery: 2, evalMethodsEvery: 3 })
    const measured = evals.map(({ step, solo, idea3 }) => [step, 'ada' in solo, idea3 !== undefined])
    expect(measured).toEqual([
      [0, true, true],
      ...[2, 4].map((step) => [step, true, false]),
      [6, true, true],
      ...[8, 10].map((step) => [step, true, false]),
      [11, true, true],
    ])
  })
  it('measures every peer alone, by skill, and after an exchange', async () => {
    const { peers, evals } = await evaluated(['idea3'])
    for (const peer of peers) {
      const solo = firstCall(peer, 'heldout', 'share')
      expect(evals[0].solo[peer.id]).toBeCloseTo(share(solo.right), 12)
      expect(evals[0].idea3?.[peer.id]).toBeCloseTo(share(firstCall(peer, 'heldout', 'fuse').right), 12)
      for (const [skill, rest] of [
        ['even', 0],
        ['odd', 1],
      ] as const) {
        const own = solo.right.filter((_, row) => numberOf(solo.prompts[row]) % 2 === rest)
        expect(evals[0].skills[peer.id][skill]).toBeCloseTo(share(own), 12)
      }
    }
    expect(evals[0].idea3?.ada).not.toBe(evals[0].solo.ada)
  })
  it('measures each reading of a question, where a task has several', async () => {
    // Hand-worked: every question has the reading `digit`, and only even ones have `half`.
    const readings = ({ skill }: Question, text: string) => ({
      digit: /\d/.test(text),
      ...(skill === 'even' && { half: /[0-4]/.test(text) }),
    })
    const { run, peers } = scriptedRun(tinyConfig({ steps: 1, evalSize: 200, evalMethods: [] }), {}, null, {
      ...digitTask,
      readings,
    })
    const [first] = ofType(await eventsOf(run), 'eval')
    for (const peer of peers) {
      // The questions go in two calls.
      const answers = peer.generated
        .filter(
          ({ request: { temperature, samples } }) =>
            temperature === 0 && splitOfPrompt(samples[0].prompt) === 'heldout',
        )
        .slice(0, 2)
        .flatMap(({ request, completions }) =>
          completions.map(({ text }, row) => ({
            text,
            even: numberOf(request.samples[row].prompt) % 2 === 0,
          })),
        )
      expect(answers).toHaveLength(200)
      const even = answers.filter((answer) => answer.even)
      expect(first.readings?.[peer.id]).toEqual({
        digit: answers.filter(({ text }) => /\d/.test(text)).length / 200,
        half: even.filter(({ text }) => /[0-4]/.test(text)).length / even.length,
      })
    }
  })
  it('asks the same questions at every evaluation of a run', async () => {
    const { peers } = await evaluated(['idea3'], { steps: 4 })
    const asked = peers[0].generated
      .map(({ request }) => request.samples.map(({ prompt }) => prompt))
      .filter((prompts) => splitOfPrompt(prompts[0]) === 'heldout' && prompts[0].startsWith('share'))
    expect(asked.length).toBe(5)
    expect(new Set(asked.map(String)).size).toBe(1)
  })
  it('gives the same results in batches of any size', async () => {
    const { peers } = await evaluated(['idea3'], { evalSize: 256, interaction: 'random' })
    const modes = peers[0].generated
      .filter(({ request }) => request.temperature === 0 && request.samples[0].prompt.startsWith('analyze'))
      .map(({ request }) => request.samples.map(({ prompt }) => prompt.split(' ')[2]).join())
    // Two batches at step 0, and the same modes at step 1.
    expect(modes).toEqual([modes[0], modes[1], modes[0], modes[1]])
    expect(modes[0]).not.toBe(modes[1])
  })
  it('reports the tokens spent so far', async () => {
    const { peers, evals } = await evaluated([], { steps: 3 })
    const trained = [0, 1, 2].map((n) =>
      peers
        .flatMap(({ updates }) => updates[n].sequences)
        .reduce((tokens, { ids }) => tokens + ids.length, 0),
    )
    expect(evals.map((one) => one.trainedTokens)).toEqual([
      0,
      trained[0],
      trained[0] + trained[1],
      trained[0] + trained[1] + trained[2],
    ])
    const sampled = (splits: readonly string[]) =>
      peers
        .flatMap(({ generated }) =>
          generated
            .filter(({ request }) => splits.includes(splitOfPrompt(request.samples[0].prompt)))
            .flatMap(({ completions }) => completions.map(({ ids }) => ids.length)),
        )
        .reduce((a, b) => a + b)
    expect(evals[0].generatedTokens).toBeGreaterThan(0)
    expect(evals[3].generatedTokens).toBe(sampled(['train', 'validation']))
  })
})

describe('methods at inference', () => {
  const keys = (one: object) => Object.keys(one).sort()
  const always = ['type', 'step', 'solo', 'skills', 'n', 'trainedTokens', 'generatedTokens', 'seconds']

  it.each([
    [[]],
    [['idea3']],
    [['debate']],
    [['sampled']],
    [['vote']],
    [['ood']],
    [['idea3', 'debate', 'sampled', 'vote', 'ood']],
  ] as [RunConfig['evalMethods']][])('%j are there, and nothing that was not asked', async (methods) => {
    const { peers, evals } = await evaluated(methods)
    for (const one of evals) expect(keys(one)).toEqual([...always, ...methods].sort())
    const asked = (split: string, kind: string, temperature: number) =>
      peers[0].generated.some(
        ({ request }) =>
          request.temperature === temperature &&
          request.samples[0].prompt.startsWith(kind) &&
          splitOfPrompt(request.samples[0].prompt) === split,
      )
    expect(asked('heldout', 'fuse', 0)).toBe(methods.includes('idea3'))
    expect(asked('heldout', 'debate', 0)).toBe(methods.includes('debate'))
    expect(asked('heldout', 'share', 1)).toBe(methods.includes('sampled') || methods.includes('vote'))
    expect(asked('ood', 'share', 0)).toBe(methods.includes('ood'))
  })

  it('debate answers again with the others’ first answers in the prompt', async () => {
    const { peers, evals } = await evaluated(['debate'])
    const first = peers.map((peer) => firstCall(peer, 'heldout', 'share'))
    for (const [i, peer] of peers.entries()) {
      const { prompts, right } = firstCall(peer, 'heldout', 'debate')
      prompts.forEach((prompt, row) => {
        const [own, other] = [first[i], first[1 - i]].map(({ completions }) => completions[row].text)
        expect(prompt).toBe(`debate ${numberOf(first[i].prompts[row])}? own=${own} others=${other}`)
      })
      expect(evals[0].debate?.[peer.id]).toBeCloseTo(share(right), 12)
    }
  })
  it('samples give a mean per skill, at the run’s temperature', async () => {
    const { peers, evals } = await evaluated(['sampled'], { temperature: 0.7 })
    for (const peer of peers) {
      const { prompts, right } = firstCall(peer, 'heldout', 'share', 0.7)
      expect(prompts.length % N).toBe(0)
      expect(prompts.length).toBeGreaterThan(N)
      for (const group of groups(prompts, prompts.length / N)) expect(new Set(group).size).toBe(1)
      for (const [skill, rest] of [
        ['even', 0],
        ['odd', 1],
      ] as const) {
        const own = right.filter((_, row) => numberOf(prompts[row]) % 2 === rest)
        expect(evals[0].sampled?.[peer.id][skill]).toBeCloseTo(share(own), 12)
      }
    }
  })
  it('samples the same at every evaluation of an unchanged peer', async () => {
    const { peers } = await evaluated(['sampled'])
    const calls = peers[0].generated.filter(
      ({ request }) => request.temperature === 1 && splitOfPrompt(request.samples[0].prompt) === 'heldout',
    )
    expect(calls).toHaveLength(2)
    expect(calls[1].request).toEqual(calls[0].request)
    const keys = calls[0].request.samples.map(({ key }) => key.join())
    expect(new Set(keys).size).toBe(keys.length)
  })
  it('a vote counts all peers’ samples on a question', async () => {
    const { peers, evals } = await evaluated(['vote'])
    const calls = peers.map((peer) => firstCall(peer, 'heldout', 'share', 1))
    const each = calls[0].prompts.length / N
    const won = Array.from({ length: N }, (_, q) => {
      const tally = new Map<string, { votes: number; sure: number }>()
      for (const { completions } of calls)
        for (const { text, logprobs } of completions.slice(q * each, (q + 1) * each)) {
          const digit = /\d/.exec(text)?.[0]
          if (digit === undefined) continue
          const { votes, sure } = tally.get(digit) ?? { votes: 0, sure: 0 }
          tally.set(digit, { votes: votes + 1, sure: sure + mean(logprobs) })
        }
      const [elected] = [...tally].sort(([, a], [, b]) => b.votes - a.votes || b.sure - a.sure)
      return elected?.[0] === String(numberOf(calls[0].prompts[q * each]) % 10)
    })
    expect(evals[0].vote).toBeCloseTo(share(won), 12)
    expect(share(won)).toBeGreaterThan(Math.max(...calls.map(({ right }) => share(right))))
  })
  it('harder questions come from the ood split, as many and the same each time', async () => {
    const { peers, evals } = await evaluated(['ood'])
    for (const peer of peers) {
      const { prompts, right } = firstCall(peer, 'ood', 'share')
      expect(new Set(prompts).size).toBe(N)
      expect(evals[0].ood?.[peer.id]).toBeCloseTo(share(right), 12)
    }
    const asked = peers[0].generated
      .map(({ request }) => request.samples.map(({ prompt }) => prompt))
      .filter((prompts) => splitOfPrompt(prompts[0]) === 'ood')
    expect(asked).toHaveLength(2)
    expect(asked[1]).toEqual(asked[0])
  })
})

describe('the majority', () => {
  const said = (text: string, ...logprobs: number[]): Completion => ({
    promptIds: [],
    ids: logprobs.map(() => 1),
    logprobs,
    text,
    truncated: false,
  })
  it.each([
    ['most votes win', [said('#1', -1), said('#2', -9), said('#2', -9)], 1],
    ['the first of those who say it stands for it', [said('#2', -1), said('#1', -1), said('#2', -1)], 0],
    ['among equals the surer', [said('#1', -2), said('#2', -1), said('#1', -2), said('#2', -1.5)], 1],
    // Sums of means: -1 - 3 against -2 - 1.5.
    ['sureness is of all voters', [said('#1', -1), said('#2', -2), said('#1', -3), said('#2', -1.5)], 1],
    // Means per token: -1 against -1.2, though the sums say otherwise.
    ['sureness is per token', [said('#2', -1.2), said('#1', -1, -1, -1)], 1],
    ['then the earlier', [said('#3', -1), said('#1', -1), said('#2', -1)], 0],
    ['the unreadable have no vote', [said('?', 0), said('?', 0), said('?', 0), said('#4', -9)], 3],
    ['the unreadable alone elect none', [said('?', 0), said('', 0)], null],
    ['nor does nobody', [], null],
    ['an answer without tokens is sure', [said('#1', -1), said('#2')], 1],
  ] as [string, Completion[], number | null][])('%s', (_, completions, elected) => {
    expect(majority(digitTask, completions)).toBe(elected)
  })
})
