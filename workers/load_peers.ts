import type { RunConfig } from '../src/config/config'
import { discussionAdapterOf } from '../src/config/training'
import type { ModelPlaces } from '../src/hub/source'
import { peersByWorker } from '../src/ilr/memory/peer_groups'
import { loadInWorker, type WorkerPeer } from './peer_host'
import type { WorkerPort } from './supervised'

/**
 * Maximum threads of models too large for f32. Other models compute on one thread, so that a digest does not
 * depend on the cores (see `determinismOf`).
 */
const MOST_THREADS = 4

/** Environment that peers load in, besides the run's configuration. */
export interface PeerEnvironment {
  /** Opens a worker for one peer, or for several on one set of weights. The caller ends it. */
  openPeer(): WorkerPort
  /** Root of the model folders: a URL in browsers, a folder in node. */
  readonly base: string
  /** Processor cores that the peers share. */
  readonly cores: number
  /** Locations of models that are not under `base`. */
  readonly places?: ModelPlaces
  /** See `PeerLoad`. */
  readonly tunesKernels?: boolean
  readonly halvings?: number
  /** ONNX Runtime's wasm for all peers, or null where each compiles its own. */
  readonly ortModule: Promise<WebAssembly.Module | null>
}

/**
 * Loads the peers of a run in workers, in the configuration's order.
 * @param onProgress gets fractions in [0, 1]
 * @throws ColloquyError as loading a model does; other peers may then still be loading
 */
export async function loadPeers(
  config: RunConfig,
  { openPeer, cores, ortModule, ...environment }: PeerEnvironment,
  onProgress: (peer: string, fraction: number) => void,
): Promise<WorkerPeer[]> {
  const { peers, sharedBase, backend, loraRank, loraAlpha, seed } = config
  const adapter = discussionAdapterOf(config)
  const discussion = adapter === 'shared' ? undefined : adapter
  const groups = peersByWorker(peers, sharedBase)
  const threads = Math.min(MOST_THREADS, Math.max(1, Math.floor(cores / groups.length)))
  const loaded = await Promise.all(
    groups.map((group) =>
      loadInWorker(
        openPeer(),
        { ...group, ...environment, discussion, backend, loraRank, loraAlpha, seed, threads },
        (fraction) => {
          for (const id of group.ids) onProgress(id, fraction)
        },
        ortModule,
      ),
    ),
  )
  const order = peers.map(({ id }) => id)
  return loaded.flat().sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id))
}
