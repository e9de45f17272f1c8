import { afterEach, describe, expect, it, vi } from 'vitest'
import * as ort from '#ort'
import { type Engine, loadBase } from '../../src/model/base'
import type { ModelFolder } from '../../src/model/import/folder'
import { loadLocalPeer, loadLocalPeers } from '../../src/model/local_peer'
import type { AdapterState, Peer, TrainSequence, UpdateReport } from '../../src/model/peer'
import { Runtime } from '../../src/model/runtime'
import { modelInArrays } from '../../src/model/weights/weight_source'
import { deriveKey, seedKey } from '../../src/random'
import { readFolder } from '../../workers/node/read_folder'
import { UPDATE } from '../data/update_request'
import { randomWeights, smallConfig } from '../reference/small_model'

const options = { source: 'a random model', backend: 'wasm' as const, loraRank: 2, loraAlpha: 4, threads: 1 }
const SEED = 6

// Loading two models twice takes seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const config = smallConfig('qwen3', { tiedEmbeddings: false })
const folder: ModelFolder = {
  config,
  weights: randomWeights(config, 9),
  tokenizerJson: {},
  tokenizerConfig: {},
  stopIds: [4],
}

const rows = Array.from({ length: 20 }, (_, i) => ({
  promptIds: Array.from({ length: 1 + (i % 7) }, (_, j) => (i * 3 + j * 5) % 19),
  key: deriveKey(seedKey(2), i),
}))

const replayed: TrainSequence[] = rows.map(({ promptIds }, i) => ({
  promptIds,
  ids: [(i * 5) % 19, (i * 11) % 19, 4],
  oldLogprobs: null,
  advantage: Math.cos(i),
}))

function generate(engine: Engine, temperature: number, onTokens?: () => void) {
  return engine.policy.generate(rows, { temperature, maxNewTokens: 19, stops: [4] }, onTokens)
}

function update(engine: Engine, sequences: readonly TrainSequence[]) {
  return engine.policy.update({
    sequences,
    ...UPDATE,
    // Not 0, so that an update also scores with the adapter switched off.
    loss: { ...UPDATE.loss, beta: 0.1 },
    weightDecay: 0.01,
  })
}

/** Returns all results of a peer in a series of calls. The peers alternate between different calls. */
async function course(engine: Engine, updateFirst: boolean, log: (call: string) => void = () => undefined) {
  const states = [await engine.state()]
  const updates: UpdateReport[] = []
  const learn = async (sequences: readonly TrainSequence[]) => {
    log('update begins')
    updates.push(await update(engine, sequences))
    log('update ends')
  }
  if (updateFirst) await learn(replayed)
  const rollouts = await generate(engine, 1, () => log('tokens'))
  const sequences = rollouts.map(({ ids, logprobs }, i) => ({
    promptIds: rows[i].promptIds,
    ids,
    oldLogprobs: logprobs,
    advantage: Math.sin(i),
  }))
  await learn(sequences)
  states.push(await engine.state())
  const greedy = await generate(engine, 0, () => log('tokens'))
  const scores = await engine.policy.logprobs(sequences, 1)
  // Restores an earlier state, with its moments and their count.
  await engine.restore(states[0])
  await engine.restore(states[1])
  await learn(replayed)
  states.push(await engine.state())
  return { states, updates, rollouts, greedy, scores }
}

async function alone(id: string, updateFirst: boolean) {
  const base = await loadBase(modelInArrays(folder), options)
  const engine = await base.engine({ id, seed: SEED })
  const results = await course(engine, updateFirst)
  await engine.close()
  return results
}

async function two() {
  const base = await loadBase(modelInArrays(folder), options)
  const ada = await base.engine({ id: 'ada', seed: SEED })
  const bo = await base.engine({ id: 'bo', seed: SEED })
  return { base, ada, bo }
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('two peers on one base', () => {
  it('give the results of bases of their own, bit for bit, with calls that overlap or not', async () => {
    const expected = { ada: await alone('ada', false), bo: await alone('bo', true) }
    expect(expected.ada.states[0]).not.toEqual(expected.bo.states[0])
    expect(expected.ada.greedy).not.toEqual(expected.bo.greedy)
    expect(expected.ada.updates.map(({ skipped }) => skipped)).toEqual([false, false])

    const { ada, bo } = await two()
    const calls: string[] = []
    const [a, b] = await Promise.all([
      course(ada, false, (call) => calls.push(`ada ${call}`)),
      course(bo, true, (call) => calls.push(`bo ${call}`)),
    ])
    expect(a).toEqual(expected.ada)
    expect(b).toEqual(expected.bo)
    // Each peer generated tokens during the other's update.
    for (const [one, other] of [
      ['ada', 'bo'],
      ['bo', 'ada'],
    ])
      expect(
        calls.slice(calls.indexOf(`${one} update begins`), calls.indexOf(`${one} update ends`)),
      ).toContain(`${other} tokens`)

    await ada.restore(expected.ada.states[0])
    await bo.restore(expected.bo.states[0])
    expect(await course(ada, false)).toEqual(expected.ada)
    expect(await course(bo, true)).toEqual(expected.bo)
    await ada.close()
    await bo.close()
  })

  it('learn separately: an update or a restored state of one leaves the other unchanged', async () => {
    const { ada, bo } = await two()
    const before = { state: await bo.state(), greedy: await generate(bo, 0) }
    const own = await ada.state()
    await update(ada, replayed)
    expect(await ada.state()).not.toEqual(own)
    expect({ state: await bo.state(), greedy: await generate(bo, 0) }).toEqual(before)
    const other: AdapterState = await ada.state()
    await update(bo, replayed.slice(0, 5))
    expect(await ada.state()).toEqual(other)
    await ada.restore(before.state)
    expect(await ada.state()).toEqual(before.state)
    expect(await bo.state()).not.toEqual(before.state)
    await ada.close()
    await bo.close()
  })

  it('share the backend’s weights: the second adds only an adapter', async () => {
    const sessions = vi.spyOn(ort.InferenceSession, 'create')
    const floats = vi.spyOn(Runtime.prototype, 'floats')
    const elements = () => floats.mock.calls.reduce((sum, [data]) => sum + data.length, 0)
    const base = await loadBase(modelInArrays(folder), options)
    const ofBase = { sessions: sessions.mock.calls.length, elements: elements() }
    const engines = [
      await base.engine({ id: 'ada', seed: SEED }),
      await base.engine({ id: 'bo', seed: SEED }),
    ]
    const parameters = (await engines[0].state()).parameters.reduce((sum, { length }) => sum + length, 0)
    expect(ofBase.sessions).toBeGreaterThan(0)
    expect(ofBase.elements).toBeGreaterThan(2 * config.vocabSize * config.hiddenSize)
    // The parameters and the zeros of each.
    expect(elements() - ofBase.elements).toBe(2 * 2 * parameters)
    for (const engine of engines) await course(engine, true)
    expect(sessions).toHaveBeenCalledTimes(ofBase.sessions)
    for (const engine of engines) await engine.close()
  })

  it('close independently; the base is freed once, with the last', async () => {
    const sessions = vi.spyOn(ort.InferenceSession, 'create')
    const { base, ada, bo } = await two()
    const released = (await Promise.all(sessions.mock.results.map(({ value }) => value))).map((session) =>
      vi.spyOn(session, 'release'),
    )
    const counts = () => released.map(({ mock }) => mock.calls.length)
    const greedy = await generate(bo, 0)
    await ada.close()
    await ada.close()
    expect(await generate(bo, 0)).toEqual(greedy)
    expect((await update(bo, replayed)).skipped).toBe(false)

    const cy = await base.engine({ id: 'cy', seed: SEED })
    await bo.close()
    await generate(cy, 0)
    expect(new Set(counts())).toEqual(new Set([0]))
    await cy.close()
    await cy.close()
    expect(new Set(counts())).toEqual(new Set([1]))
    await expect(base.engine({ id: 'dee', seed: SEED })).rejects.toThrow('closed with its last engine')
  })
})

it('two peers of one thread with separate bases give the results of running in turn', async () => {
  const expected = [await alone('ada', false), await alone('bo', true)]
  expect(await Promise.all([alone('ada', false), alone('bo', true)])).toEqual(expected)
})

describe('peers of a model folder', () => {
  const source = 'models/ada'
  const read = readFolder(process.cwd(), source)
  const request = {
    samples: Array.from({ length: 4 }, (_, i) => ({ prompt: '3+4=', key: deriveKey(seedKey(3), i) })),
    temperature: 1,
    maxNewTokens: 12,
  }
  const restored = async (peer: Peer, phase: number) => {
    const state = await peer.adapterState()
    for (const layer of state.parameters)
      layer.forEach((_, i) => {
        layer[i] += 0.05 * Math.sin(i + phase)
      })
    await peer.restore(state)
    return peer
  }

  it('load in the order of their ids, read once, each as it would alone, with its own text', async () => {
    const files: string[] = []
    const count = (path: string) => {
      files.push(path)
      return read(path)
    }
    const ids = ['zoe', 'ada']
    const peers = await loadLocalPeers({ ...options, source, seed: SEED, read: count, ids })
    expect(peers.map(({ id }) => id)).toEqual(ids)
    expect(new Set(files).size).toBe(files.length)
    const texts = ['', '']
    for (const [i, peer] of peers.entries()) await restored(peer, i)
    const together = await Promise.all(
      peers.map((peer, i) =>
        peer.generate(request, ([{ text }]) => {
          texts[i] += text
        }),
      ),
    )
    for (const [i, id] of ids.entries()) {
      const peer = await restored(await loadLocalPeer({ ...options, source, seed: SEED, read, id }), i)
      expect(together[i]).toEqual(await peer.generate(request))
      expect(together[i][0].text).toBe(texts[i])
      await peer.close()
    }
    expect(together[0]).not.toEqual(together[1])
    for (const peer of peers) await peer.close()
  })

  it('cannot be an empty list', async () => {
    await expect(loadLocalPeers({ ...options, source, seed: SEED, read, ids: [] })).rejects.toThrow(
      RangeError,
    )
  })
})
