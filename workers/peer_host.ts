import type { AdvantageReport, AdvantageRequest } from '../src/grpo/types'
import type {
  AdapterState,
  Completion,
  GenerateRequest,
  OnText,
  Peer,
  UpdateReport,
  UpdateRequest,
} from '../src/model/peer'
import type { RunConfig } from '../src/runs/config'
import { SupervisedWorker, type WorkerPort } from './supervised'

/** What a peer worker is told to load. */
export interface PeerLoad {
  readonly id: string
  /** The model folder, relative to `base`. */
  readonly source: string
  /** A URL in browsers, a folder in node. */
  readonly base: string
  readonly backend: RunConfig['backend']
  readonly loraRank: number
  readonly loraAlpha: number
  readonly seed: number
  readonly threads: number
}

/** What a peer worker streams: loading progress in [0, 1], or text as it is written. */
export type PeerItem = { readonly fraction: number } | { readonly rows: Parameters<OnText>[0] }

/** A peer worker's calls. */
export interface PeerApi {
  load(options: PeerLoad): Promise<void>
  generate(request: GenerateRequest, streamText: boolean): Promise<Completion[]>
  advantages(request: AdvantageRequest): Promise<AdvantageReport>
  update(request: UpdateRequest): Promise<UpdateReport>
  adapterState(): Promise<AdapterState>
  restore(state: AdapterState): Promise<void>
  close(): Promise<void>
}

/** The inside of a peer worker: one peer, made by `load`. */
export function hostPeer(
  load: (options: PeerLoad, onProgress: (fraction: number) => void) => Promise<Peer>,
  stream: (item: PeerItem) => void,
): PeerApi {
  let loading: Promise<Peer> | undefined
  const peer = () => loading ?? Promise.reject(new Error('load a model first'))
  return {
    async load(options) {
      loading = load(options, (fraction) => stream({ fraction }))
      await loading
    },
    generate: async (request, streamText) =>
      (await peer()).generate(request, streamText ? (rows) => stream({ rows }) : undefined),
    advantages: async (request) => (await peer()).advantages(request),
    update: async (request) => (await peer()).update(request),
    adapterState: async () => (await peer()).adapterState(),
    restore: async (state) => (await peer()).restore(state),
    close: async () => (await peer()).close(),
  }
}

/** Loading that makes no progress for this long has hung. */
const LOAD_STALL_SECONDS = 180

/** A peer that lives in its own worker. Every call settles, whatever becomes of the worker. */
export class WorkerPeer implements Peer {
  readonly id: string
  private readonly worker: SupervisedWorker<PeerApi, PeerItem>
  private onText: OnText | undefined
  private onFraction: (fraction: number) => void = () => undefined

  private constructor(port: WorkerPort, id: string) {
    this.id = id
    this.worker = new SupervisedWorker(port, `worker of peer "${id}"`, (item) => {
      if ('rows' in item) this.onText?.(item.rows)
      else this.onFraction(item.fraction)
    })
  }

  /** Loads a peer in the worker behind `port`; the worker is ended where that fails. */
  static async load(
    port: WorkerPort,
    options: PeerLoad,
    onProgress: (fraction: number) => void,
  ): Promise<WorkerPeer> {
    const peer = new WorkerPeer(port, options.id)
    let timer: ReturnType<typeof setTimeout> | undefined
    const stillMoving = () => {
      clearTimeout(timer)
      const stalled = () => peer.worker.fail(`loading stood still for ${LOAD_STALL_SECONDS} s`)
      timer = setTimeout(stalled, LOAD_STALL_SECONDS * 1000)
    }
    peer.onFraction = (fraction) => {
      stillMoving()
      onProgress(fraction)
    }
    stillMoving()
    try {
      await peer.worker.call((api) => api.load(options))
      return peer
    } catch (error) {
      peer.terminate()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  async generate(request: GenerateRequest, onText?: OnText): Promise<Completion[]> {
    this.onText = onText
    return this.worker.call((api) => api.generate(request, onText !== undefined))
  }
  advantages(request: AdvantageRequest): Promise<AdvantageReport> {
    return this.worker.call((api) => api.advantages(request))
  }
  update(request: UpdateRequest): Promise<UpdateReport> {
    return this.worker.call((api) => api.update(request))
  }
  adapterState(): Promise<AdapterState> {
    return this.worker.call((api) => api.adapterState())
  }
  restore(state: AdapterState): Promise<void> {
    return this.worker.call((api) => api.restore(state))
  }
  /** Frees the model, then ends the worker. */
  async close(): Promise<void> {
    try {
      await this.worker.call((api) => api.close())
    } finally {
      this.terminate()
    }
  }
  terminate(): void {
    this.worker.terminate()
  }
}
