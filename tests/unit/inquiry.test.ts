import { describe, expect, it } from 'vitest'
import type { RunConfig } from '../../src/config/config'
import { ColloquyError } from '../../src/errors'
import type { RunState } from '../../src/ilr/events'
import { type InquiryEvent, type OwnQuestion, partsOf } from '../../src/ilr/inquiry/inquiry'
import { LiveInquiry } from '../../src/ilr/inquiry/live_inquiry'
import { uncertainty } from '../../src/ilr/interaction/confidence_judge'
import type { Task } from '../../src/tasks/task'
import { rejection } from '../failure'
import { digitTask, splitOfPrompt } from './ilr_digits'
import { mean } from './ilr_expected'
import {
  eventsOf,
  type Script,
  type ScriptedPeer,
  scriptedPeers,
  scriptedRun,
  tinyConfig,
} from './ilr_scripted'

/** No answer is random: each depends on the prompt and the peer's current skill. */
const SCRIPT: Script = { unreadable: 0, course: (_, updates) => (updates === 0 ? 0.3 : 0.9) }

function ofType<T extends InquiryEvent['type']>(events: readonly InquiryEvent[], type: T) {
  return events.filter((event): event is Extract<InquiryEvent, { type: T }> => event.type === type)
}

function opened(
  config: RunConfig,
  { trained = null as RunState | null, task = digitTask as Task, script = SCRIPT } = {},
) {
  const peers = scriptedPeers(config, script)
  const opens = { task: 0, peers: 0, closed: 0 }
  const inquiry = new LiveInquiry(config, {
    async openTask() {
      opens.task++
      return { task, notes: [], close: () => opens.closed++ }
    },
    async loadPeers(_, onProgress) {
      opens.peers++
      for (const { id } of peers) onProgress(id, 1)
      return peers
    },
    loadState: async () => trained,
  })
  const ask = async (text: string, answer: string | null = null) => {
    const events: InquiryEvent[] = []
    await inquiry.ask({ text, answer }, (event) => events.push(event))
    return events
  }
  return { inquiry, ask, peers, opens }
}

/** Returns the last checkpoint of a run with these settings. */
async function trainedBy(config: RunConfig): Promise<RunState> {
  const { run, saved } = scriptedRun(config, SCRIPT)
  await eventsOf(run)
  const trained = saved.at(-1)
  if (!trained) throw new Error('the run left no checkpoint')
  return trained
}

/** Returns each peer's text of one part, in the order of the peers. */
function answers(events: readonly InquiryEvent[], part: string) {
  return ofType(events, 'answer').filter((one) => one.part === part)
}

describe('a visitor’s question', () => {
  const config = tinyConfig()

  it('is answered alone by every peer before and after training, and then discussed', async () => {
    const trained = await trainedBy(config)
    const { ask, peers } = opened(config, { trained })
    const events = await ask('41?')
    expect(ofType(events, 'question')).toMatchObject([{ question: { text: '41?' }, trainedSteps: 4 }])
    expect(ofType(events, 'part').map(({ part }) => part)).toEqual(['before', 'after', 'analyze', 'fuse'])
    expect(ofType(events, 'answer').map(({ part, peer }) => `${peer} ${part}`)).toEqual(
      ['before', 'after', 'analyze', 'fuse'].flatMap((part) => [`ada ${part}`, `bo ${part}`]),
    )
    for (const peer of peers) {
      const prompts = peer.generated.map(({ request }) => request.samples.map(({ prompt }) => prompt))
      const [own, other] = [peer.id, peer.id === 'ada' ? 'bo' : 'ada'].map(
        (id) => answers(events, 'after').find((one) => one.peer === id)?.text,
      )
      const analysis = answers(events, 'analyze').find((one) => one.peer === peer.id)?.text
      const [{ mode }] = ofType(events, 'discussion')
      // It is ranked among validation questions, answered after training.
      const asked = prompts[2].map((prompt) => splitOfPrompt(prompt))
      expect(asked).toEqual(Array(config.difficultyReferences).fill('validation'))
      expect(prompts).toEqual([
        ['share 41?'],
        ['share 41?'],
        prompts[2],
        [`analyze 41? ${mode} own=${own} others=${other}`],
        [`fuse 41? ${mode} own=${own} others=${other} analysis=${analysis}`],
      ])
      expect(new Set(peer.generated.map(({ request }) => request.temperature))).toEqual(new Set([0]))
    }
  })

  it.each(['separate', 'base'] as const)('is discussed with the adapter of the run (%s)', async (adapter) => {
    const own = tinyConfig({ discussionAdapter: adapter })
    const trained = await trainedBy(own)
    const { ask, peers } = opened(own, { trained })
    const events = await ask('41?')
    for (const peer of peers) {
      const kinds = ({ generated }: ScriptedPeer) =>
        generated.flatMap(({ request }) => request.samples.map(({ prompt }) => prompt.split(' ')[0]))
      expect(new Set(kinds(peer))).toEqual(new Set(['share']))
      if (!peer.discussion) throw new Error('nothing writes its discussions')
      expect(kinds(peer.discussion)).toEqual(['analyze', 'fuse'])
      const { updates } = await peer.discussion.adapterState()
      expect(updates).toBe(adapter === 'separate' ? 4 : 0)
    }
    expect(ofType(events, 'answer')).toHaveLength(8)
  })

  it('is not discussed by a single peer', async () => {
    const alone = tinyConfig({ method: 'solo', peers: [{ id: 'ada', source: 'models/ada' }] })
    for (const trained of [null, await trainedBy(alone)]) {
      const { ask, peers } = opened(alone, { trained })
      const events = await ask('41?')
      const parts = trained === null ? ['before'] : ['before', 'after']
      expect(ofType(events, 'part').map(({ part }) => part)).toEqual(parts)
      expect(partsOf(1, trained !== null)).toEqual(parts)
      expect(ofType(events, 'answer').map(({ part, peer }) => `${peer} ${part}`)).toEqual(
        parts.map((part) => `ada ${part}`),
      )
      expect(ofType(events, 'discussion')).toEqual([])
      expect(peers[0].generated).toHaveLength(parts.length)
    }
  })

  it('streams text that adds up to the answers', async () => {
    const trained = await trainedBy(config)
    const events = await opened(config, { trained }).ask('41?')
    for (const { part, peer, text } of ofType(events, 'answer')) {
      const streamed = ofType(events, 'text').filter((one) => one.part === part && one.peer === peer)
      expect(streamed.length).toBeGreaterThan(1)
      expect(streamed.map((one) => one.text).join('')).toBe(text)
    }
  })

  it('gets the answers of the run’s evaluations, before the first step and after the last', async () => {
    // A test ranks a question among its own questions, so the modes may differ.
    const config = tinyConfig({ interaction: 'cooperate' })
    const { run, peers, saved } = scriptedRun(config, SCRIPT)
    await eventsOf(run)
    const evaluated = (kind: string) =>
      peers[0].generated.filter(
        ({ request: { temperature, samples } }) =>
          temperature === 0 && samples.length === config.evalSize && samples[0].prompt.startsWith(kind),
      )
    const { ask } = opened(config, { trained: saved.at(-1) })
    const texts: Record<string, string[]> = { before: [], after: [], fuse: [] }
    for (const { prompt } of evaluated('share')[0].request.samples) {
      const events = await ask(/\d+\?/.exec(prompt)?.[0] ?? '')
      for (const part of Object.keys(texts)) texts[part].push(answers(events, part)[0].text)
    }
    const said = (call?: { completions: { text: string }[] }) => call?.completions.map(({ text }) => text)
    expect(texts.before).toEqual(said(evaluated('share').at(0)))
    expect(texts.after).toEqual(said(evaluated('share').at(-1)))
    expect(texts.fuse).toEqual(said(evaluated('fuse').at(-1)))
    expect(texts.before).not.toEqual(texts.after)
    expect(texts.after).not.toEqual(texts.fuse)
  })

  it('gets the same answer every time, whatever was asked in between', async () => {
    const trained = await trainedBy(config)
    const { ask, opens } = opened(tinyConfig({ interaction: 'random' }), { trained })
    const later = (events: readonly InquiryEvent[]) => events.filter(({ type }) => type !== 'progress')
    const first = later(await ask('41?'))
    const modes = new Set<string>()
    for (let n = 0; n < 8; n++) modes.add(ofType(await ask(`${n}?`), 'discussion')[0].mode)
    expect(modes.size).toBe(2)
    expect(await ask('41?')).toEqual(first)
    expect(opens).toMatchObject({ task: 1, peers: 1 })
  })

  it('has the trained peers’ ability, and its rank among validation questions as they answer them', async () => {
    const config = tinyConfig({ difficultyReferences: 12 })
    const trained = await trainedBy(config)
    const { ask, peers } = opened(config, { trained })
    const events = await ask('41?')
    const [{ judgement }] = ofType(events, 'discussion')
    peers.forEach(({ id, generated }) => {
      const [, after, validation] = generated.map(({ completions }) => completions)
      const own = uncertainty(digitTask, after)
      const ranks = validation.map((completion) => {
        const other = uncertainty(digitTask, [completion])
        return other < own ? 1 : other === own ? 0.5 : 0
      })
      expect(ranks).toHaveLength(12)
      expect(judgement[id].difficulty).toBeCloseTo(mean(ranks), 12)
      expect(judgement[id].ability).toBe(trained.ability[id])
    })
    // The answers are asked for once for all questions.
    expect(ofType(await ask('42?'), 'progress')).toEqual([])
  })

  it('without a checkpoint has no answer after training; the mode is chosen as before a run’s first step', async () => {
    const run = scriptedRun(config, SCRIPT)
    for await (const event of run.run) if (event.type === 'eval') break
    const { ask, peers, opens } = opened(config)
    const events = await ask('41?')
    expect(ofType(events, 'question')[0].trainedSteps).toBeNull()
    expect(ofType(events, 'part').map(({ part }) => part)).toEqual(['before', 'analyze', 'fuse'])
    const measured = ofType(events, 'progress').filter(({ phase }) => phase === 'ability')
    expect(measured.map(({ done }) => done).sort()).toEqual([0, 0, 12, 12])
    // The inquiry makes the run's first call again, and samples nothing.
    const validation = (all: readonly ScriptedPeer[]) =>
      all[1].generated.find(({ request }) => request.samples.length === config.abilityQuestions)
    expect(validation(peers)?.completions).toEqual(validation(run.peers)?.completions)
    const { ability } = ofType(events, 'discussion')[0].judgement.bo
    const right = validation(peers)?.completions.map(
      ({ text }, row) =>
        digitTask.answerOf(text) === promptDigit(validation(peers)?.request.samples[row].prompt),
    )
    expect(ability).toBeCloseTo(mean((right ?? []).map(Number)), 12)
    expect(peers.every(({ generated }) => generated.every(({ request }) => request.temperature === 0))).toBe(
      true,
    )
    // The measurement happens once for all questions.
    await ask('42?')
    expect(ofType(await ask('43?'), 'progress')).toEqual([])
    expect(opens.peers).toBe(1)
  })

  it('is marked only where the right answer is given', async () => {
    const { ask } = opened(config)
    for (const { final, correct } of ofType(await ask('41?'), 'answer').filter(
      ({ part }) => part !== 'analyze',
    )) {
      expect(final).toMatch(/^\d$/)
      expect(correct).toBeNull()
    }
    const marks = async (answer: string) =>
      ofType(await ask('41?', answer), 'answer').map(({ part, final, correct }) => ({
        part,
        agrees: final === answer,
        correct,
      }))
    const all = [...(await marks('1')), ...(await marks('2'))]
    for (const { part, agrees, correct } of all) expect(correct).toBe(part === 'analyze' ? null : agrees)
    expect(all.some(({ agrees }) => agrees)).toBe(true)
  })
})

function promptDigit(prompt = ''): string {
  return String(Number(/(\d+)\?/.exec(prompt)?.[1]) % 10)
}

describe('an invalid question', () => {
  const config = tinyConfig()
  const refusal = async (question: OwnQuestion, task: Task = digitTask) => {
    const { ask, opens } = opened(config, { task })
    const events = await ask(question.text, question.answer)
    expect(events).toHaveLength(1)
    // The refusal comes before anything is loaded.
    expect(opens.peers).toBe(0)
    expect(ofType(await ask('41?'), 'answer').length).toBeGreaterThan(task.ownQuestion ? 0 : -1)
    const [refused] = ofType(events, 'refused')
    return refused.detail
  }

  it('is refused in words, and the next question may be asked', async () => {
    expect(await refusal({ text: ' \n', answer: null })).toMatchObject({
      what: 'your question',
      found: 'nothing',
    })
    expect(await refusal({ text: '41?', answer: 'many' })).toMatchObject({
      what: 'your right answer',
      found: '“many”',
      wanted: 'a digit',
    })
  })
  it('for a task judged by tests', async () => {
    const { ownQuestion: _, ...tested } = { ...digitTask, name: 'code' }
    expect((await refusal({ text: '41?', answer: null }, tested)).found).toContain('task code')
  })
  it('without room is too long', async () => {
    const full = new ColloquyError({
      code: 'limit',
      what: 'prompt',
      found: '400 tokens',
      wanted: 'fewer than 320',
      todo: 'Ask for less',
    })
    const { ask } = opened(config, {
      script: {
        wait: (_, kind, call) => (kind === 'generate' && call === 1 ? Promise.reject(full) : undefined),
      },
    })
    const { detail } = await rejection(ask('41?'))
    expect(detail).toMatchObject({ code: 'limit', what: 'your question', wanted: 'fewer than 320' })
    expect(detail.todo).toContain('shorter')
  })
  it('with an adapter that the checkpoint lacks', async () => {
    const trained = await trainedBy(config)
    const { ada } = trained.adapters
    const { ask } = opened(config, { trained: { ...trained, adapters: { ada } } })
    expect((await rejection(ask('41?'))).detail).toMatchObject({
      code: 'storage',
      wanted: 'an adapter of bo',
    })
  })
  it('while another one is answered', async () => {
    const { ask } = opened(config)
    const first = ask('41?')
    await expect(ask('42?')).rejects.toThrow(RangeError)
    expect(ofType(await first, 'answer')).toHaveLength(6)
  })
})

describe('closing', () => {
  it('frees peers and task, ends the current answer, and emits nothing more', async () => {
    const config = tinyConfig()
    let reached: () => void = () => undefined
    const analyzing = new Promise<void>((resolve) => {
      reached = resolve
    })
    let answer: () => void = () => undefined
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    const script: Script = {
      ...SCRIPT,
      wait(peer, kind, call) {
        if (peer !== 'bo' || kind !== 'generate' || call !== 3) return undefined
        reached()
        return answered
      },
    }
    const { inquiry, peers, opens } = opened(config, { script })
    const events: InquiryEvent[] = []
    const asking = inquiry.ask({ text: '41?', answer: null }, (event) => events.push(event))
    await analyzing
    const said = events.length
    const closing = inquiry.close()
    answer()
    await closing
    await inquiry.close()
    await asking
    expect(events).toHaveLength(said)
    expect(peers.map(({ closed }) => closed > 0)).toEqual([true, true])
    expect(opens.closed).toBeGreaterThan(0)
    // The peers stop before the next stage.
    expect(peers.map(({ generated }) => generated.length)).toEqual([3, 3])
  })
})
