import type { RunConfig } from '../src/config/config'
import type { ModelPlaces } from '../src/hub/source'
import type { Dtype } from '../src/model/import/folder_files'
import {
  type Completion,
  discussionId,
  type GenerateRequest,
  type OnText,
  type Peer,
} from '../src/model/peer'
import { SupervisedWorker, type WorkerPort } from './supervised'

/** Load request to a peer worker: peers that share one model folder's weights. */
export interface PeerLoad {
  /** At least one id, all different. */
  readonly ids: readonly string[]
  /** Members of `ids` that think before they answer; none by default. */
  readonly thinking?: readonly string[]
  /** See `LocalPeersOptions`. */
  readonly discussion?: 'separate' | 'base'
  /** Source as `parseSource` reads it; a folder's path is relative to `base`. */
  readonly source: string
  /** Dtype of the model file; q4 by default. */
  readonly dtype?: Dtype
  /** Root of the model folders: a URL in browsers, a folder in node. */
  readonly base: string
  readonly places?: ModelPlaces
  readonly backend: RunConfig['backend']
  readonly loraRank: number
  readonly loraAlpha: number
  readonly seed: number
  readonly threads: number
  /** See `BaseOptions`. */
  readonly halvings?: number
  /**
   * True to choose the variants of the GPU kernels by measuring. Use it only where this browser keeps the
   * choice: a temporary profile would choose again each time, and runs would not repeat.
   */
  readonly tunesKernels?: boolean
}

/** Items that a peer worker streams: loading progress in [0, 1], or a peer's text as it is written. */
export type PeerItem =
  | { readonly fraction: number }
  | { readonly id: string; readonly rows: Parameters<OnText>[0] }

/** Properties that a peer reports besides its id. */
export type PeerTraits = Pick<Peer, 'promptStyle' | 'determinism' | 'fingerprint' | 'notice'>

/** Calls of a peer. */
type PeerCalls = Required<Omit<Peer, 'id' | 'discussion' | keyof PeerTraits>>

/** Calls of a peer worker; `id` selects one of its peers, or the one that writes a peer's discussions. */
export interface PeerApi {
  /**
   * @param ortModule ONNX Runtime's wasm, where it is already compiled
   * @returns the traits of each peer, in the order of `ids`
   */
  load(options: PeerLoad, ortModule: WebAssembly.Module | null): Promise<PeerTraits[]>
  /** Calls `Peer.generate`; streams its text with `streamText`. */
  generate(id: string, request: GenerateRequest, streamText: boolean): Promise<Completion[]>
  /** Calls any other method of `Peer` by name. After `close` the peer is gone. */
  call(id: string, method: Exclude<keyof PeerCalls, 'generate'>, args: readonly unknown[]): Promise<unknown>
}

/** Serves the peers made by `load` inside their worker. */
export function hostPeers(
  load: (
    options: PeerLoad,
    onProgress: (fraction: number) => void,
    ortModule: WebAssembly.Module | null,
  ) => Promise<Peer[]>,
  stream: (item: PeerItem) => void,
): PeerApi {
  let loading: Promise<Map<string, Peer>> | undefined
  const peer = async (id: string): Promise<Peer> => {
    const found = (await loading)?.get(id)
    if (!found) throw new Error(`no peer "${id}" is open in this worker`)
    return found
  }
  return {
    async load(options, ortModule) {
      loading = load(options, (fraction) => stream({ fraction }), ortModule).then(
        (peers) => new Map(peers.flatMap(withDiscussion).map((peer) => [peer.id, peer])),
      )
      const peers = await loading
      return options.ids.map((id) => {
        const { promptStyle, determinism, fingerprint, notice } = peers.get(id) ?? {}
        return { promptStyle, determinism, fingerprint, notice }
      })
    },
    generate: async (id, request, streamText) =>
      (await peer(id)).generate(request, streamText ? (rows) => stream({ id, rows }) : undefined),
    async call(id, method, args) {
      const target = await peer(id)
      if (method === 'close') for (const closed of withDiscussion(target)) (await loading)?.delete(closed.id)
      const run = target[method] as ((...args: readonly unknown[]) => Promise<unknown>) | undefined
      if (!run) throw new TypeError(`peer "${id}" has no ${method}`)
      return run.apply(target, [...args])
    },
  }
}

function withDiscussion(peer: Peer): Peer[] {
  return peer.discussion ? [peer, peer.discussion] : [peer]
}

/** Seconds without progress after which loading counts as hung. */
const LOAD_STALL_SECONDS = 180

/** The outside of a peer worker, shared by its peers. */
interface PeerWorker {
  readonly supervised: SupervisedWorker<PeerApi, PeerItem>
  /** Listeners to the text of each peer's current call. */
  readonly listeners: Map<string, OnText>
  /** Peers that are not closed yet. The worker ends with the last one. */
  readonly open: Set<string>
}

/** A peer that lives in a worker, alone or with others. Every call settles, even when the worker dies. */
export interface WorkerPeer extends Required<Omit<Peer, 'discussion' | keyof PeerTraits>>, PeerTraits {
  readonly discussion?: WorkerPeer
  /** Frees the peer. Ends the worker with its last peer. */
  close(): Promise<void>
  /** Ends the worker at once, with all its peers. */
  terminate(): void
}

function workerPeer(id: string, traits: PeerTraits, { supervised, listeners, open }: PeerWorker): WorkerPeer {
  const call =
    <Name extends Exclude<keyof PeerCalls, 'generate'>>(name: Name) =>
    (...args: Parameters<PeerCalls[Name]>) =>
      supervised.call((api) => api.call(id, name, args)) as ReturnType<PeerCalls[Name]>
  const close = call('close')
  return {
    id,
    ...traits,
    async generate(request, onText) {
      if (onText) listeners.set(id, onText)
      else listeners.delete(id)
      return supervised.call((api) => api.generate(id, request, onText !== undefined))
    },
    encode: call('encode'),
    spans: call('spans'),
    advantages: call('advantages'),
    update: call('update'),
    hashParameters: call('hashParameters'),
    adapterState: call('adapterState'),
    restore: call('restore'),
    exportAdapter: call('exportAdapter'),
    async close() {
      try {
        await close()
      } finally {
        open.delete(id)
        if (open.size === 0) supervised.terminate()
      }
    },
    terminate: () => supervised.terminate(),
  }
}

/**
 * Loads peers in the worker behind `port`. Ends the worker on failure.
 * @param ortModule as in `PeerApi.load`; the worker starts while it compiles
 * @returns the peers in the order of `ids`
 */
export async function loadInWorker(
  port: WorkerPort,
  options: PeerLoad,
  onProgress: (fraction: number) => void,
  ortModule: Promise<WebAssembly.Module | null> = Promise.resolve(null),
): Promise<WorkerPeer[]> {
  const { ids } = options
  const listeners = new Map<string, OnText>()
  const names = ids.map((id) => `"${id}"`).join(', ')
  const supervised = new SupervisedWorker<PeerApi, PeerItem>(
    port,
    `worker of ${ids.length === 1 ? 'peer' : 'peers'} ${names}`,
    (item) => {
      if ('rows' in item) {
        listeners.get(item.id)?.(item.rows)
        return
      }
      stillMoving()
      onProgress(item.fraction)
    },
  )
  let timer: ReturnType<typeof setTimeout> | undefined
  const stillMoving = () => {
    clearTimeout(timer)
    const stalled = () => supervised.fail(`loading made no progress for ${LOAD_STALL_SECONDS} s`)
    timer = setTimeout(stalled, LOAD_STALL_SECONDS * 1000)
  }
  stillMoving()
  try {
    const traits = await supervised.call(async (api) => api.load(options, await ortModule))
    const worker = { supervised, listeners, open: new Set(ids) }
    return ids.map((id, i) => ({
      ...workerPeer(id, traits[i], worker),
      ...(options.discussion && { discussion: workerPeer(discussionId(id), traits[i], worker) }),
    }))
  } catch (error) {
    supervised.terminate()
    throw error
  } finally {
    clearTimeout(timer)
  }
}
