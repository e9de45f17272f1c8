import type { AdvantageReport, AdvantageRequest } from '../src/grpo/types'
import type { ModelPlaces } from '../src/hub/places'
import type { Dtype } from '../src/model/dtypes'
import type {
  AdapterState,
  Completion,
  GenerateRequest,
  Manner,
  OnText,
  Peer,
  TokenSpans,
  UpdateReport,
  UpdateRequest,
} from '../src/model/peer'
import type { PeftAdapter } from '../src/model/peft'
import type { Repeats } from '../src/model/repeats'
import type { HashState } from '../src/part_hash'
import type { RunConfig } from '../src/runs/config'
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
export type PeerTraits = Pick<Peer, 'manner' | 'repeats' | 'fingerprint'>

/** A peer worker's calls; `id` says which of its peers is meant. */
export interface PeerApi {
  /**
   * @param ortModule ONNX Runtime's wasm, where it has been compiled already
   * @returns what each of the peers is like, in the order of `ids`
   */
  load(options: PeerLoad, ortModule: WebAssembly.Module | null): Promise<PeerTraits[]>
  generate(id: string, request: GenerateRequest, streamText: boolean): Promise<Completion[]>
  encode(id: string, texts: readonly string[]): Promise<number[][]>
  spans(id: string, completions: readonly (readonly number[])[]): Promise<TokenSpans[]>
  advantages(id: string, requests: readonly AdvantageRequest[]): Promise<AdvantageReport[]>
  update(id: string, request: UpdateRequest): Promise<UpdateReport>
  hashParameters(id: string, hash: HashState): Promise<HashState>
  adapterState(id: string): Promise<AdapterState>
  restore(id: string, state: AdapterState): Promise<void>
  /** Null where the peer has none to be had. */
  exportAdapter(id: string): Promise<PeftAdapter | null>
  /** Frees the peer; calls on it are refused from then on. */
  close(id: string): Promise<void>
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
        const { manner, repeats, fingerprint } = peers.get(id) ?? {}
        return { manner, repeats, fingerprint }
      })
    },
    generate: async (id, request, streamText) =>
      (await peer(id)).generate(request, streamText ? (rows) => stream({ id, rows }) : undefined),
    encode: async (id, texts) => (await peer(id)).encode(texts),
    spans: async (id, completions) => (await peer(id)).spans(completions),
    advantages: async (id, requests) => (await peer(id)).advantages(requests),
    update: async (id, request) => (await peer(id)).update(request),
    hashParameters: async (id, hash) => (await peer(id)).hashParameters(hash),
    adapterState: async (id) => (await peer(id)).adapterState(),
    restore: async (id, state) => (await peer(id)).restore(state),
    exportAdapter: async (id) => (await (await peer(id)).exportAdapter?.()) ?? null,
    async close(id) {
      const closing = await peer(id)
      ;(await loading)?.delete(id)
      await closing.close()
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
export class WorkerPeer implements Peer {
  private constructor(
    readonly id: string,
    private readonly traits: PeerTraits,
    private readonly worker: PeerWorker,
  ) {}

  get manner(): Manner | undefined {
    return this.traits.manner
  }
  get repeats(): Repeats | undefined {
    return this.traits.repeats
  }
  get fingerprint(): string | undefined {
    return this.traits.fingerprint
  }

  /**
   * Loads peers in the worker behind `port`; the worker is ended where that fails.
   * @param ortModule as in `PeerApi.load`; the worker starts while it is compiled
   * @returns the peers in the order of `ids`
   */
  static async load(
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
    let traits: readonly PeerTraits[]
    try {
      traits = await supervised.call(async (api) => api.load(options, await ortModule))
    } catch (error) {
      supervised.terminate()
      throw error
    } finally {
      clearTimeout(timer)
    }
    const worker = { supervised, listeners, open: new Set(ids) }
    return ids.map((id, i) => new WorkerPeer(id, traits[i], worker))
  }

  async generate(request: GenerateRequest, onText?: OnText): Promise<Completion[]> {
    const { supervised, listeners } = this.worker
    if (onText) listeners.set(this.id, onText)
    else listeners.delete(this.id)
    return supervised.call((api) => api.generate(this.id, request, onText !== undefined))
  }
  encode(texts: readonly string[]): Promise<number[][]> {
    return this.worker.supervised.call((api) => api.encode(this.id, texts))
  }
  spans(completions: readonly (readonly number[])[]): Promise<TokenSpans[]> {
    return this.worker.supervised.call((api) => api.spans(this.id, completions))
  }
  advantages(requests: readonly AdvantageRequest[]): Promise<AdvantageReport[]> {
    return this.worker.supervised.call((api) => api.advantages(this.id, requests))
  }
  update(request: UpdateRequest): Promise<UpdateReport> {
    return this.worker.supervised.call((api) => api.update(this.id, request))
  }
  hashParameters(hash: HashState): Promise<HashState> {
    return this.worker.supervised.call((api) => api.hashParameters(this.id, hash))
  }
  adapterState(): Promise<AdapterState> {
    return this.worker.supervised.call((api) => api.adapterState(this.id))
  }
  restore(state: AdapterState): Promise<void> {
    return this.worker.supervised.call((api) => api.restore(this.id, state))
  }
  async exportAdapter(): Promise<PeftAdapter> {
    const adapter = await this.worker.supervised.call((api) => api.exportAdapter(this.id))
    if (adapter === null) throw new Error(`peer "${this.id}" has no adapter to be had`)
    return adapter
  }
  /** Frees the peer, and ends the worker where it was the last in it. */
  async close(): Promise<void> {
    const { supervised, open } = this.worker
    try {
      await supervised.call((api) => api.close(this.id))
    } finally {
      open.delete(this.id)
      if (open.size === 0) supervised.terminate()
    }
  }
  /** Ends the worker at once, and with it every peer in it. */
  terminate(): void {
    this.worker.supervised.terminate()
  }
}
