import { strFromU8 } from 'fflate'
import { describe, expect, it } from 'vitest'
import type { RunConfig } from '../../src/config/config'
import { readSafetensors } from '../../src/model/import/safetensors'
import { readRunFile } from '../../src/runs/file/read_run_file'
import { writeRunFile } from '../../src/runs/file/write_run_file'
import { failure, rejection } from '../failure'
import { splitOfPrompt } from './ilr_digits'
import { normalized, promptOf, Q, rewardsOf, stageCalls, sum, textOf, trained } from './ilr_expected'
import { eventsOf, ofType, type ScriptedPeer, scriptedRun, tinyConfig } from './ilr_scripted'
import { forged, joined, partsOf, scriptedRecords } from './run_file_forge'

const G = 4
const all: Partial<RunConfig> = {
  trainStages: ['share', 'analyze', 'fuse'],
  evalMethods: ['idea3', 'debate'],
}

function discussionOf({ id, discussion }: ScriptedPeer): ScriptedPeer {
  if (!discussion) throw new Error(`nothing writes the discussions of ${id}`)
  return discussion
}
/** Returns the kinds of all prompts that a peer has answered. */
function written({ generated }: ScriptedPeer): string[] {
  const prompts = generated.flatMap(({ request }) => request.samples.map(({ prompt }) => prompt))
  return [...new Set(prompts.map((prompt) => prompt.split(' ')[0]))].sort()
}
/** Returns the kinds of prompts that sampled sequences are trained on. */
function sampledKinds({ updates }: ScriptedPeer): string[] {
  const own = updates.flatMap(({ sequences }) => sequences.filter(({ oldLogprobs }) => oldLogprobs !== null))
  return [...new Set(own.map((sequence) => promptOf(sequence).split(' ')[0]))].sort()
}
function replaysOf({ updates }: ScriptedPeer) {
  return updates.flatMap(({ sequences }) => sequences.filter(({ oldLogprobs }) => oldLogprobs === null))
}

describe('a discussion, in training and in evaluations', () => {
  it('is written by the peer itself where its adapter is shared', async () => {
    const { peers } = await trained(all)
    for (const peer of peers) {
      expect(peer.discussion).toBeUndefined()
      expect(written(peer)).toEqual(['analyze', 'debate', 'fuse', 'share'])
    }
  })
  it.each(['separate', 'base'] as const)('is written by the other one (%s)', async (discussionAdapter) => {
    const { peers, events } = await trained({ ...all, discussionAdapter })
    for (const peer of peers) {
      expect(written(peer)).toEqual(['share'])
      expect(written(discussionOf(peer))).toEqual(['analyze', 'debate', 'fuse'])
    }
    // A reader sees one peer, whichever adapter writes.
    const names = new Set(
      events.flatMap((event) => (event.type === 'text' || event.type === 'progress' ? [event.peer] : [])),
    )
    expect(names).toEqual(new Set(['ada', 'bo']))
    const [{ exchange }] = ofType(events, 'exchange')
    const heard = stageCalls(discussionOf(peers[0]), 'fuse')[0].completions[0]
    expect(exchange.peers.ada.map(({ stage }) => stage)).toEqual(['share', 'analyze', 'fuse'])
    expect(exchange.peers.ada[2].text).toBe(heard.text)
  })
})

describe('what each adapter is trained on', () => {
  it('separate: S1 and replays on the bare question, or S2 and S3 on their own prompts', async () => {
    const { peers, events } = await trained({ ...all, discussionAdapter: 'separate' })
    for (const peer of peers) {
      const other = discussionOf(peer)
      expect(sampledKinds(peer)).toEqual(['share'])
      expect(sampledKinds(other)).toEqual(['analyze', 'fuse'])
      expect(replaysOf(other)).toEqual([])
      const replays = replaysOf(peer)
      expect(replays.length).toBeGreaterThan(0)
      const fused = stageCalls(other, 'fuse').flatMap(({ completions }) =>
        completions.map(({ text }) => text),
      )
      for (const replay of replays) {
        expect(promptOf(replay)).toMatch(/^share /)
        expect(fused).toContain(textOf(replay))
      }
      other.updates.forEach(({ sequences, loss }, step) => {
        // The longest fused answer of this task.
        expect(loss.maxCompletionLength).toBe(10)
        const { completions } = stageCalls(other, 'fuse')[step]
        const advantages = rewardsOf(other, 'fuse', step).flatMap(normalized)
        expect(sequences).toHaveLength(2 * Q * G)
        sequences.slice(Q * G).forEach(({ promptIds, ids, oldLogprobs, advantage }, n) => {
          const { logprobs, ...drawn } = completions[n]
          expect({ promptIds, ids }).toEqual({ promptIds: drawn.promptIds, ids: drawn.ids })
          expect(oldLogprobs).toEqual(logprobs)
          expect(advantage).toBeCloseTo(advantages[n], 4)
        })
      })
    }
    const tokens = ({ updates }: ScriptedPeer, step: number) =>
      sum(updates[step].sequences.map(({ ids }) => ids.length))
    ofType(events, 'step').forEach(({ metrics }, step) => {
      const [own, other] = [tokens(peers[0], step), tokens(discussionOf(peers[0]), step)]
      expect(metrics['ilr/trained_tokens/ada']).toBe(own)
      expect(metrics['ilr/discussion/trained_tokens/ada']).toBe(other)
      const whole = sum(peers.flatMap((peer) => [tokens(peer, step), tokens(discussionOf(peer), step)]))
      expect(metrics['ilr/trained_tokens']).toBe(whole)
      for (const name of ['grad_norm', 'loss/ada', 'ilr/discussion/loss', 'ilr/discussion/loss/ada'])
        expect(metrics[name]).toBe(0.25)
      expect(metrics).not.toHaveProperty(['ilr/discussion/kl'])
    })
    // What an exchange tells of a text comes from the adapter that learned from it.
    for (const { exchange } of ofType(events, 'exchange'))
      for (const { tokens: told } of exchange.peers.bo) expect(told?.gains).toBeDefined()
  })
  it('separate: the replays alone do not train it, so it is the base', async () => {
    const settings = { trainStages: ['share', 'fuse'], trainContext: 'question' } as const
    const run = async (discussionAdapter: 'separate' | 'base') =>
      trained({ trainStages: [...settings.trainStages], trainContext: 'question', discussionAdapter })
    const [separate, base] = [await run('separate'), await run('base')]
    expect(separate.peers.map(({ updates }) => updates)).toEqual(base.peers.map(({ updates }) => updates))
    expect(discussionOf(separate.peers[0]).updates).toEqual([])
    expect(Object.keys(separate.saved[0].adapters)).toEqual(['ada', 'bo'])
  })
  it('base: only S1 and the replays, and nothing asks for its adapter', async () => {
    const { peers, events, saved } = await trained({ ...all, discussionAdapter: 'base' })
    for (const peer of peers) {
      expect(sampledKinds(peer)).toEqual(['share'])
      expect(replaysOf(peer).length).toBeGreaterThan(0)
      expect(discussionOf(peer)).toMatchObject({ updates: [], statesAsked: 0 })
      expect(peer.updates.map(({ loss }) => loss.maxCompletionLength)).toEqual([10, 10])
    }
    expect(saved.map(({ adapters }) => Object.keys(adapters))).toEqual(saved.map(() => ['ada', 'bo']))
    const [{ exchange }] = ofType(events, 'exchange')
    const trainedOnes = exchange.peers.ada.map(({ tokens }) => tokens?.gains !== undefined)
    expect(trainedOnes).toEqual([true, false, false])
    // Analyses are not trained, so they have no group; fused answers have the one they are chosen by.
    expect(exchange.peers.ada.map(({ group }) => group !== undefined)).toEqual([true, false, true])
    const [{ metrics }] = ofType(events, 'step')
    expect(Object.keys(metrics).filter((name) => name.startsWith('ilr/discussion/'))).toEqual([])
  })
  it('base: fused answers train nothing in the context `discussion`', async () => {
    const { peers } = await trained({ ...all, discussionAdapter: 'base', trainContext: 'discussion' })
    for (const { updates } of peers)
      for (const { sequences, loss } of updates) {
        expect(sequences).toHaveLength(Q * G)
        expect(loss.maxCompletionLength).toBe(8)
      }
  })
  it.each(['solo', 'share-only'] as const)('%s: the setting changes nothing', async (method) => {
    const settings: Partial<RunConfig> = { method, evalMethods: ['idea3'] }
    const plain = await trained(settings)
    const results = ({ peers, events }: typeof plain) => [
      peers.map(({ generated, updates, discussion }) => [generated, updates, discussion]),
      ofType(events, 'eval'),
    ]
    for (const discussionAdapter of ['separate', 'base'] as const) {
      const set = await trained({ ...settings, discussionAdapter })
      expect(results(set)).toEqual(results(plain))
      expect(Object.keys(set.saved[0].adapters)).toEqual(['ada', 'bo'])
    }
  })
  it('a step without a discussion leaves the adapter of discussions alone, without a warning', async () => {
    const agreeing = { say: () => '#1' }
    const { peers, events } = await trained({ discussionAdapter: 'separate', discuss: 'disputed' }, agreeing)
    expect(peers.map((peer) => [peer.updates.length, discussionOf(peer).updates.length])).toEqual([
      [2, 0],
      [2, 0],
    ])
    expect(ofType(events, 'warning').filter(({ message }) => message.includes('nothing'))).toEqual([])
  })
})

describe('the state of a run with separate adapters', () => {
  const settings: Partial<RunConfig> = {
    ...all,
    discussionAdapter: 'separate',
    steps: 4,
    checkpointEvery: 1,
    loadBestModelAtEnd: true,
  }
  const holders = ['ada', 'bo', 'ada/discussion', 'bo/discussion']

  it('holds all adapters, and continues to the digest of the undisturbed run', async () => {
    const whole = scriptedRun(tinyConfig(settings))
    const [done] = ofType(await eventsOf(whole.run), 'done')
    const [first] = whole.saved
    expect(first.step).toBe(1)
    expect(Object.keys(first.adapters)).toEqual(holders)
    expect(Object.keys(first.best?.adapters ?? {})).toEqual(holders)
    const again = scriptedRun(tinyConfig(settings), {}, first)
    expect(ofType(await eventsOf(again.run), 'done')[0].digest).toBe(done.digest)
    // The digest follows the adapters of discussions as well.
    const { 'ada/discussion': ada, ...others } = first.adapters
    const moved = { ...ada, parameters: [Float32Array.of(0.9, 0)] }
    const other = scriptedRun(
      tinyConfig(settings),
      {},
      {
        ...first,
        adapters: { ...others, 'ada/discussion': moved },
      },
    )
    expect(ofType(await eventsOf(other.run), 'done')[0].digest).not.toBe(done.digest)
    const without = scriptedRun(tinyConfig(settings), {}, { ...first, adapters: others })
    expect((await rejection(eventsOf(without.run))).detail.wanted).toBe('an adapter of ada/discussion')
  })
  it('returns to the best adapters at the end, those of discussions included', async () => {
    // The peers are best after their second update, when both adapters have two.
    const course = (peer: string, updates: number) =>
      peer.endsWith('/discussion') ? 0.5 : [0.2, 0.4, 1, 0.3, 0.1][updates]
    const { run, peers, saved } = scriptedRun(tinyConfig({ ...settings, refreshAbilityEvery: 1 }), { course })
    await eventsOf(run)
    const last = saved[saved.length - 1]
    expect(last.best?.step).toBe(2)
    for (const peer of peers.flatMap((one) => [one, discussionOf(one)])) {
      expect(peer.updates).toHaveLength(4)
      expect((await peer.adapterState()).updates).toBe(2)
      expect(last.adapters[peer.id].updates).toBe(2)
    }
  })
  it('is read from a run file as written; its adapters follow those of the peers', async () => {
    const { records } = await scriptedRecords(settings)
    const file = joined(writeRunFile(records[0]))
    expect(readRunFile(file)).toEqual(records[0])
    const parts = partsOf(file)
    const names = readSafetensors(parts['adapters.safetensors'], () => new Error('damaged')).map(
      ({ name }) => name,
    )
    expect(names).toContain('run.3.parameters.0')
    expect(names.some((name) => name.startsWith('run.4'))).toBe(false)
    const state = JSON.parse(strFromU8(parts['state.json']))
    expect(Object.keys(state.updates).sort()).toEqual([...holders].sort())
    delete state.updates['bo/discussion']
    const lacking = forged({ ...parts, 'state.json': new TextEncoder().encode(JSON.stringify(state)) })
    expect(failure(() => readRunFile(lacking)).message).toContain('updates.bo/discussion')
  })
  it('frees the peers of discussions with their peers', async () => {
    const { run, peers } = scriptedRun(tinyConfig({ ...settings, steps: 1 }))
    await eventsOf(run)
    expect(peers.map((peer) => discussionOf(peer).closed > 0)).toEqual([true, true])
  })
  it('trains on heldout questions in no adapter', async () => {
    const { peers } = await trained(settings)
    const prompts = peers.flatMap((peer) =>
      [peer, discussionOf(peer)].flatMap(({ updates }) =>
        updates.flatMap(({ sequences }) => sequences.map(promptOf)),
      ),
    )
    expect(new Set(prompts.map(splitOfPrompt))).toEqual(new Set(['train']))
  })
})
