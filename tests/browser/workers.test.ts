import { afterEach, expect, test } from 'vitest'
import { PartHash } from '../../src/part_hash'
import { browserPort } from '../../workers/browser/browser_worker'
import { loadInWorker, type PeerLoad, type WorkerPeer } from '../../workers/peer_host'
import { SupervisedWorker } from '../../workers/supervised'
import { UPDATE } from '../data/update_request'
import { rejection } from '../failure'

const opened: Worker[] = []
afterEach(() => {
  for (const worker of opened.splice(0)) worker.terminate()
})

function open(url: URL = new URL('./test_peer.worker.ts', import.meta.url)): Worker {
  const worker = new Worker(url, { type: 'module' })
  opened.push(worker)
  return worker
}

const options = (source = 'fine', ids: readonly string[] = ['ada']): PeerLoad => ({
  ids,
  source,
  base: location.href,
  backend: 'wasm',
  loraRank: 2,
  loraAlpha: 4,
  seed: 1,
  threads: 1,
})

const load = async (
  worker: Worker,
  source?: string,
  onProgress: (fraction: number) => void = () => undefined,
) => {
  const [peer] = await loadInWorker(browserPort(worker), options(source), onProgress)
  return peer
}

/** Two peers in one worker. */
const loadTwo = (worker: Worker, source?: string) =>
  loadInWorker(browserPort(worker), options(source, ['ada', 'bo']), () => undefined)

const ask = (peer: WorkerPeer, ...prompts: string[]) =>
  peer.generate({
    samples: prompts.map((prompt) => ({ prompt, key: [1, 2] })),
    temperature: 1,
    maxNewTokens: 8,
  })

test('calls and their arrays cross, and text arrives in order before the result', async () => {
  const fractions: number[] = []
  const peer = await load(open(), 'fine', (fraction) => fractions.push(fraction))
  expect(fractions).toEqual([0.5, 1])
  let seen = ''
  const done = peer.generate(
    { samples: [{ prompt: 'a question of some length', key: [1, 2] }], temperature: 1, maxNewTokens: 8 },
    (rows) => {
      seen += rows.map((row) => row.text).join('')
    },
  )
  expect((await done)[0].text).toBe('ada: a question of some length')
  expect(seen).toBe('a question of some length')
  await ask(peer, 'no one listens')
  expect(seen).toBe('a question of some length')
  const request = { rewards: new Float32Array([0.5, 1]), questions: 1, peers: 2, rollouts: 1 }
  const [report] = await peer.advantages([{ ...request, calibrate: false, scaleRewards: 'none' }])
  expect(report.calibrated).toEqual(new Float32Array([1, 2]))
  const hashed = await peer.hashParameters(new PartHash().state())
  expect(PartHash.carryOn(hashed).hex()).toBe(new PartHash().add(new TextEncoder().encode('ada')).hex())
  const [layer] = (await peer.adapterState()).parameters
  expect([...layer].map((value) => Object.is(value, -0) || value)).toEqual([1, true, Number.NaN])
})

test('errors keep their type and details; the worker lives on', async () => {
  const peer = await load(open())
  const error = await rejection(ask(peer, 'typed'))
  expect(error.detail).toEqual({ code: 'memory', what: 'w', found: '1 GB', wanted: '2 GB', todo: 'Buy some' })
  expect(error.message).toBe('w: found 1 GB, wanted 2 GB. Buy some.')
  await expect(ask(peer, 'untyped')).rejects.toMatchObject({ name: 'TypeError', message: 'not a function' })
  expect((await ask(peer, 'still there'))[0].text).toBe('ada: still there')
})

test('a failed load gives its reason and ends the worker', async () => {
  expect((await rejection(load(open(), 'missing'))).code).toBe('model-file')
})

test.each([
  ['crash', 'out of everything'],
  ['close', 'it ended'],
])('a worker that dies (%s) rejects every pending call and every later one', async (order, why) => {
  const peer = await load(open())
  const pending = [ask(peer, 'hang'), ask(peer, order)].map(rejection)
  for (const error of await Promise.all(pending)) {
    expect(error.code).toBe('worker')
    expect(error.message).toContain('worker of peer "ada"')
    expect(error.message).toContain(why)
  }
  expect((await rejection(ask(peer, 'hello'))).code).toBe('worker')
})

test('a worker that was terminated elsewhere is noticed', async () => {
  const worker = open()
  const peer = await load(worker)
  const pending = rejection(ask(peer, 'hang'))
  worker.terminate()
  expect((await pending).message).toContain('it ended')
})

test('a busy worker and one that hangs while loading can be ended', async () => {
  const peer = await load(open())
  const pending = rejection(ask(peer, 'spin'))
  peer.terminate()
  expect((await pending).message).toContain('it was stopped')

  const worker = open()
  const loading = rejection(load(worker, 'hang'))
  await new Promise((resolve) => worker.addEventListener('message', resolve, { once: true }))
  worker.terminate()
  expect((await loading).code).toBe('worker')
})

test('missing, throwing and silent worker code give different errors', async () => {
  const absent = open(new URL('./no_such.worker.ts', import.meta.url))
  expect((await rejection(load(absent))).message).toContain('its code could not be loaded')

  const script = (code: string) => new URL(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })))
  expect((await rejection(load(open(script('throw new Error("bad start")'))))).message).toContain('bad start')

  const silent = new SupervisedWorker(browserPort(open(script(''))), 'silent worker', () => undefined, 0.1)
  const error = await rejection(silent.call(() => new Promise(() => undefined)))
  expect(error.message).toContain('silent worker: found no sign of life within 0.1 s')
})

test('an unreadable message counts as death', async () => {
  const worker = open()
  const peer = await load(worker)
  const pending = rejection(ask(peer, 'hang'))
  worker.dispatchEvent(new MessageEvent('messageerror'))
  expect((await pending).message).toContain('could not be read')
})

test('peers of one worker answer separately, each to its own listener', async () => {
  const [ada, bo] = await loadTwo(open())
  expect([ada.id, bo.id]).toEqual(['ada', 'bo'])
  const seen = { ada: '', bo: '' }
  const request = (prompt: string) => ({
    samples: [{ prompt, key: [1, 2] as const }],
    temperature: 1,
    maxNewTokens: 8,
  })
  const answers = await Promise.all([
    ada.generate(request('one'), ([{ text }]) => {
      seen.ada += text
    }),
    bo.generate(request('other'), ([{ text }]) => {
      seen.bo += text
    }),
  ])
  expect(answers.map(([{ text }]) => text)).toEqual(['ada: one', 'bo: other'])
  expect(seen).toEqual({ ada: 'one', bo: 'other' })
})

test('a worker that dies rejects the calls of all its peers', async () => {
  const [ada, bo] = await loadTwo(open())
  const pending = [ask(ada, 'hang'), ask(bo, 'hang'), ask(bo, 'close')].map(rejection)
  for (const error of await Promise.all(pending)) {
    expect(error.code).toBe('worker')
    expect(error.message).toContain('worker of peers "ada", "bo"')
  }
  expect((await rejection(ask(ada, 'hello'))).code).toBe('worker')
})

test('closing one peer leaves the other running; closing the last ends the worker', async () => {
  const [ada, bo] = await loadTwo(open())
  const pending = ask(bo, 'slow')
  await ada.close()
  await expect(ask(ada, 'hello')).rejects.toThrow('no peer "ada" is open')
  expect((await pending)[0].text).toBe('bo: slow')
  expect((await ask(bo, 'still there'))[0].text).toBe('bo: still there')
  await bo.close()
  expect((await rejection(ask(bo, 'hello'))).message).toContain('it was stopped')
})

test('two peers in one real worker give the results of workers of their own', async () => {
  const real = () => {
    const worker = new Worker(new URL('../../workers/peer.worker.ts', import.meta.url), { type: 'module' })
    opened.push(worker)
    return worker
  }
  const source = 'models/ada'
  const loadReal = (ids: readonly string[]) =>
    loadInWorker(browserPort(real()), { ...options(source, ids), base: location.origin }, () => undefined)
  const samples = [1, 2, 3, 4].map((n) => ({ prompt: '3+4=', key: [n, 7] as const }))
  const course = async (peer: WorkerPeer, sign: number) => {
    const start = await peer.adapterState()
    const rollouts = await peer.generate({ samples, temperature: 1, maxNewTokens: 12 })
    const report = await peer.update({
      ...UPDATE,
      sequences: rollouts.map(({ promptIds, ids, logprobs }, i) => ({
        promptIds,
        ids,
        oldLogprobs: logprobs,
        advantage: sign * (i - 1.5),
      })),
    })
    const after = await peer.generate({ samples, temperature: 1, maxNewTokens: 12 })
    return { start, rollouts, report, after, end: await peer.adapterState() }
  }
  const [ada, bo] = await loadReal(['ada', 'bo'])
  const together = await Promise.all([course(ada, 1), course(bo, -1)])
  expect(together[0].end.parameters).not.toEqual(together[1].end.parameters)
  await ada.close()
  expect((await bo.adapterState()).updates).toBe(1)
  await bo.close()
  for (const [i, id] of ['ada', 'bo'].entries()) {
    const [peer] = await loadReal([id])
    expect(together[i]).toEqual(await course(peer, 1 - 2 * i))
    await peer.close()
  }
})
