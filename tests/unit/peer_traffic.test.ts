/** Measures the traffic between a run and a peer's worker, at the run's port. */
import { serialize } from 'node:v8'
import { expose } from 'comlink'
import { expect, test } from 'vitest'
import { LiveRun } from '../../src/ilr/live_run'
import type { AdapterState } from '../../src/model/peer'
import { f32Bytes, type HashState, PartHash } from '../../src/part_hash'
import { hostPeers, loadInWorker, type WorkerPeer } from '../../workers/peer_host'
import { ScriptedPeer, scriptedRun, tinyConfig } from './ilr_scripted'

const VALUES = 100_000

/** Its adapter has the size of a small model's. */
class LargePeer extends ScriptedPeer {
  private readonly large = Float32Array.from({ length: VALUES }, (_, i) => i)

  override async hashParameters(hash: HashState): Promise<HashState> {
    return PartHash.carryOn(hash).add(f32Bytes(this.large)).state()
  }
  override async adapterState(): Promise<AdapterState> {
    const layers = () => [this.large.slice()]
    return { updates: 1, parameters: layers(), firstMoments: layers(), secondMoments: layers() }
  }
}

test('an adapter crosses only for kept checkpoints, and a step moves less than a tenth of its parameters', async () => {
  const config = tinyConfig({ steps: 6, checkpointEvery: 4, evalEvery: 100, refreshAbilityEvery: 100 })
  let bytes = 0
  const { ports } = scriptedRun(config)
  const peerOf = async (id: string): Promise<WorkerPeer> => {
    const { port1, port2 } = new MessageChannel()
    port1.addEventListener('message', ({ data }) => {
      bytes += serialize(data).byteLength
    })
    const load = async () => [new LargePeer(id)]
    expose(
      hostPeers(load, () => undefined),
      port2,
    )
    port2.postMessage({ colloquy: 'ready', lock: null })
    const port = {
      endpoint: port1,
      onGone: () => undefined,
      watchLock: () => undefined,
      terminate() {
        port1.close()
        port2.close()
      },
    }
    const about = { source: 'scripted', base: '', backend: 'wasm', loraRank: 1, loraAlpha: 1 } as const
    const [peer] = await loadInWorker(port, { ...about, ids: [id], seed: 1, threads: 1 }, () => undefined)
    return peer
  }
  const loadPeers = () => Promise.all(config.peers.map(({ id }) => peerOf(id)))
  const run = new LiveRun(config, { ...ports, loadPeers })
  const perStep: number[] = []
  for await (const { type } of run) {
    if (type === 'question') bytes = 0
    if (type === 'step') perStep.push(bytes)
    if (type === 'checkpoint') expect(bytes).toBeGreaterThan(2 * 3 * 4 * VALUES)
  }
  expect(perStep).toHaveLength(6)
  expect(Math.max(...perStep)).toBeLessThan((2 * 4 * VALUES) / 10)
})
