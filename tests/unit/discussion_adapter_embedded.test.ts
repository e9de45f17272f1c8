/** Runs of the embedded peers with each adapter for their discussions. */

import { fileURLToPath } from 'node:url'
import { expose } from 'comlink'
import { describe, expect, it, vi } from 'vitest'
import type { RunConfig } from '../../src/config/config'
import { presetConfig } from '../../src/config/presets'
import type { RunState } from '../../src/ilr/events'
import { learnersOf } from '../../src/ilr/learners'
import { createRun } from '../../src/ilr/live_run'
import { readSafetensors } from '../../src/model/import/safetensors'
import { loadLocalPeers } from '../../src/model/local_peer'
import { deriveKey, seedKey } from '../../src/random'
import { wordProblems } from '../../src/tasks/word_problems'
import { loadPeers } from '../../workers/load_peers'
import { readFolder } from '../../workers/node/read_folder'
import { hostPeers, type PeerLoad, type WorkerPeer } from '../../workers/peer_host'
import { UPDATE } from '../data/update_request'
import { eventsOf, ofType } from './ilr_scripted'

// Each test loads models several times.
vi.setConfig({ testTimeout: 300_000 })

const base = fileURLToPath(new URL('../..', import.meta.url))

function configOf(discussionAdapter: 'shared' | 'separate' | 'base', sharedBase = false): RunConfig {
  const sizes = { steps: 2, questionsPerStep: 1, numGenerations: 2, abilityQuestions: 4, evalSize: 2 }
  // Hot enough that the two answers of a group earn different rewards.
  const rates = { warmupSteps: 0, learningRate: 0.01, temperature: 2 }
  // A configuration leaves the default out.
  const adapter = discussionAdapter === 'shared' ? undefined : discussionAdapter
  return presetConfig('duet', {
    ...sizes,
    ...rates,
    sharedBase,
    checkpointEvery: 1,
    discussionAdapter: adapter,
  })
}

/** Runs a configuration, from its beginning or a state. Its peers answer over ports, as workers do. */
async function ran(config: RunConfig, from: RunState | null = null) {
  const saved: RunState[] = []
  const exported: { id: string; weights: Uint8Array }[] = []
  let loaded: WorkerPeer[] = []
  const opened: { ended: boolean }[] = []
  const openPeer = () => {
    const { port1, port2 } = new MessageChannel()
    const worker = { ended: false }
    opened.push(worker)
    const load = ({ base: root, places: _, ...options }: PeerLoad) =>
      loadLocalPeers({ ...options, read: readFolder(root, options.source) })
    expose(
      hostPeers(load, () => undefined),
      port2,
    )
    port2.postMessage({ colloquy: 'ready', lock: null })
    const terminate = () => {
      worker.ended = true
      port1.close()
      port2.close()
    }
    return { endpoint: port1, onGone: () => undefined, watchLock: () => undefined, terminate }
  }
  const run = createRun(config, {
    openTask: async () => ({ task: wordProblems, notes: [], close: () => undefined }),
    async loadPeers(wanted, onProgress) {
      const environment = { openPeer, base, cores: 1, ortModule: Promise.resolve(null) }
      loaded = await loadPeers(wanted, environment, onProgress)
      return loaded
    },
    now: () => performance.now(),
    saveState: async (state) => {
      saved.push(structuredClone(state))
    },
    loadState: async () => from,
    async finish() {
      for (const { writer } of learnersOf(config, loaded))
        exported.push({ id: writer.id, weights: (await writer.exportAdapter()).weights })
    },
  })
  const events = await eventsOf(run)
  expect(opened.map(({ ended }) => ended)).toEqual(opened.map(() => true))
  return { events, saved, exported, workers: opened.length, digest: ofType(events, 'done')[0].digest }
}

describe.each(['shared', 'separate', 'base'] as const)('a run with the discussion adapter %s', (adapter) => {
  it('continues from its first step to the digest of the undisturbed run', async () => {
    const whole = await ran(configOf(adapter))
    const ids = adapter === 'separate' ? ['ada', 'bo', 'ada/discussion', 'bo/discussion'] : ['ada', 'bo']
    expect(whole.saved.map(({ step }) => step)).toEqual([1, 2])
    for (const { adapters } of whole.saved) expect(Object.keys(adapters)).toEqual(ids)
    const [first, last] = whole.saved
    for (const id of ids) expect(last.adapters[id].updates).toBeGreaterThan(0)
    expect(whole.exported.map(({ id }) => id)).toEqual(ids)
    for (const { weights } of whole.exported)
      expect(readSafetensors(weights, () => new Error('damaged')).length).toBeGreaterThan(0)
    expect((await ran(configOf(adapter), first)).digest).toBe(whole.digest)
  })
})

it('peers on one set of weights learn the same with their second adapters', async () => {
  // The configurations differ, and with them the digests. The two peers of this run have one folder.
  const peers = ['ada', 'eve'].map((id) => ({ id, source: 'models/ada' }))
  const [apart, together] = [
    await ran({ ...configOf('separate'), peers }),
    await ran({ ...configOf('separate', true), peers }),
  ]
  expect([apart.workers, together.workers]).toEqual([2, 1])
  expect(together.saved.at(-1)?.adapters).toEqual(apart.saved.at(-1)?.adapters)
})

describe('the peer for discussions that is never trained', () => {
  const source = 'models/ada'
  const request = {
    samples: Array.from({ length: 4 }, (_, i) => ({ prompt: '3+4=', key: deriveKey(seedKey(3), i) })),
    temperature: 1,
    maxNewTokens: 12,
  }
  const update = {
    sequences: [{ promptIds: [3, 4], ids: [5, 6, 7], oldLogprobs: null, advantage: 1 }],
    ...UPDATE,
  } as const

  it('writes the same before and after training: what the untrained peer writes', async () => {
    const loraOptions = { loraRank: 4, loraAlpha: 8, threads: 1, seed: 5, backend: 'wasm' } as const
    const read = readFolder(base, source)
    const [peer] = await loadLocalPeers({ ...loraOptions, source, read, ids: ['ada'], discussion: 'base' })
    const { discussion } = peer
    if (!discussion) throw new Error('nothing writes its discussions')
    const untrained = await peer.generate(request)
    expect(await discussion.generate(request)).toEqual(untrained)
    await peer.update(update)
    expect(await discussion.generate(request)).toEqual(untrained)
    expect(await peer.generate(request)).not.toEqual(untrained)
    await expect(discussion.update(update)).rejects.toThrow('no adapter to train')
    await expect(discussion.adapterState()).rejects.toThrow('no adapter to train')
    // It closes with its peer.
    await peer.close()
  })
})
