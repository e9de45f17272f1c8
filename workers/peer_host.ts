import type { RunConfig } from '../src/config/config'
import type { ModelPlaces } from '../src/hub/source'
import type { Dtype } from '../src/model/import/folder_files'
import type { Completion, GenerateRequest, OnText, Peer } from '../src/model/peer'
import { SupervisedWorker, type WorkerPort } from './supervised'

/** What a peer worker is told to load: peers that share one model folder's weights. */
export interface PeerLoad {
  /** At least one, all different. */
  readonly ids: readonly string[]
  /** Those that think before they answer; none where left out. */
  readonly thinking?: readonly string[]
  /** As `parseSource` reads it; a folder's path is relative to `base`. */
  readonly source: string
  /** Which of its model files; q4 where left out. */
  readonly dtype?: Dtype
  /** A URL in browsers, a folder in node. */
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
   * Whether the variants of the GPU kernels are chosen by measuring. Only where this browser will remember the
   * choice: a profile that is thrown away would choose anew each time, and runs would not repeat.
   */
  readonly tunesKernels?: boolean
}

/** What a peer worker streams: loading progress in [0, 1], or a peer's text as it is written. */
export type PeerItem =
  | { readonly fraction: number }
  | { readonly id: string; readonly rows: Parameters<OnText>[0] }

/** What a peer says of itself besides its name. */
export type PeerTraits = Pick<Peer, 'promptStyle' | 'determinism' | 'fingerprint'>

/** What can be asked of a peer. */
type PeerCalls = Required<Omit<Peer, 'id' | keyof PeerTraits>>

/** A peer worker's calls; `id` says which of its peers is meant. */
export interface PeerApi {
  /**
   * @param ortModule ONNX Runtime's wasm, where it has been compiled already
   * @returns what each of the peers is like, in the order of `ids`
   */
  load(options: PeerLoad, ortModule: WebAssembly.Module | null): Promise<PeerTraits[]>
  /** As `Peer.generate`; its text is streamed where that is wanted. */
  generate(id: string, request: GenerateRequest, streamText: boolean): Promise<Completion[]>
  /** Every other method of `Peer`, by its name. After `close` the peer is gone. */
  call(id: string, method: Exclude<keyof PeerCalls, 'generate'>, given: readonly unknown[]): Promise<unknown>
}

/** The inside of a peer worker: the peers made by `load`. */
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
        (peers) => new Map(peers.map((peer) => [peer.id, peer])),
      )
      const peers = await loading
      return options.ids.map((id) => {
        const { promptStyle, determinism, fingerprint } = peers.get(id) ?? {}
        return { promptStyle, determinism, fingerprint }
      })
    },
    generate: async (id, request, streamText) =>
      (await peer(id)).generate(request, streamText ? (rows) => stream({ id, rows }) : undefined),
    async call(id, method, given) {
      const asked = await peer(id)
      if (method === 'close') (await loading)?.delete(id)
      const run = asked[method] as ((...given: readonly unknown[]) => Promise<unknown>) | undefined
      if (!run) throw new TypeError(`peer "${id}" has no ${method}`)
      return run.apply(asked, [...given])
    },
  }
}

/** Loading that makes no progress for this long has hung. */
const LOAD_STALL_SECONDS = 180

/** The outside of a peer worker, shared by its peers. */
interface PeerWorker {
  readonly supervised: SupervisedWorker<PeerApi, PeerItem>
  /** Who gets the text of a peer's call under way. */
  readonly listeners: Map<string, OnText>
  /** Peers not closed yet; the worker ends with the last. */
  readonly open: Set<string>
}

/** A peer that lives in a worker, alone or with others. Every call settles, whatever becomes of the worker. */
export interface WorkerPeer extends Required<Omit<Peer, keyof PeerTraits>>, PeerTraits {
  /** Frees the peer, and ends the worker where it was the last in it. */
  close(): Promise<void>
  /** Ends the worker at once, and with it every peer in it. */
  terminate(): void
}

function workerPeer(id: string, traits: PeerTraits, { supervised, listeners, open }: PeerWorker): WorkerPeer {
  const call =
    <Name extends Exclude<keyof PeerCalls, 'generate'>>(name: Name) =>
    (...given: Parameters<PeerCalls[Name]>) =>
      supervised.call((api) => api.call(id, name, given)) as ReturnType<PeerCalls[Name]>
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
 * Loads peers in the worker behind `port`; the worker is ended where that fails.
 * @param ortModule as in `PeerApi.load`; the worker starts while it is compiled
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
    const stalled = () => supervised.fail(`loading stood still for ${LOAD_STALL_SECONDS} s`)
    timer = setTimeout(stalled, LOAD_STALL_SECONDS * 1000)
  }
  stillMoving()
  try {
    const traits = await supervised.call(async (api) => api.load(options, await ortModule))
    const worker = { supervised, listeners, open: new Set(ids) }
    return ids.map((id, i) => workerPeer(id, traits[i], worker))
  } catch (error) {
    supervised.terminate()
    throw error
  } finally {
    clearTimeout(timer)
  }
}
