import { type Endpoint, type Remote, wrap } from 'comlink'
import { ColloquyError } from '../src/errors'
import { isReady, isStream } from './wire'

/** A worker as its opener sees it, in browsers and in node. */
export interface WorkerPort {
  readonly endpoint: Endpoint
  /** Calls back with the reason when the worker failed or ended. */
  onGone(listener: (why: string) => void): void
  /** Calls back when the holder of this lock has ended; does nothing without locks. */
  watchLock(lock: string, gone: () => void): void
  terminate(): void
}

/** Seconds after which a worker that is not ready counts as dead. */
const READY_SECONDS = 60

/**
 * A worker whose calls always settle. When it dies (an uncaught error, an unreadable message, its end, code
 * that fails to load), every pending and later call rejects with a ColloquyError `worker`.
 */
export class SupervisedWorker<Api, Item> {
  private readonly remote: Remote<Api>
  private readonly pending = new Set<(error: ColloquyError) => void>()
  private death: ColloquyError | null = null
  private readonly ready: Promise<void>

  /**
   * @param name name of the worker in errors
   * @param onItem gets the streamed items, in order with the answers
   */
  constructor(
    private readonly port: WorkerPort,
    private readonly name: string,
    onItem: (item: Item) => void,
    readySeconds = READY_SECONDS,
  ) {
    const timer = setTimeout(
      () => this.fail(`no sign of life within ${readySeconds} s of starting`),
      readySeconds * 1000,
    )
    // Calls wait for `ready`: from then on the lock reveals the worker's end.
    this.ready = new Promise((resolve, reject) => {
      this.pending.add(reject)
      port.endpoint.addEventListener('message', (event) => {
        const { data } = event as MessageEvent<unknown>
        if (isStream(data)) onItem(data.item as Item)
        else if (isReady(data)) {
          if (data.lock !== null) port.watchLock(data.lock, () => this.fail('it ended'))
          this.pending.delete(reject)
          resolve()
        }
      })
    })
    this.ready.catch(() => undefined).finally(() => clearTimeout(timer))
    port.onGone((why) => this.fail(why))
    this.remote = wrap<Api>(port.endpoint)
  }

  /** Runs a call on the worker. @throws the call's error, or ColloquyError `worker` where the worker dies. */
  call<T>(work: (api: Remote<Api>) => Promise<T>): Promise<T> {
    if (this.death) return Promise.reject(this.death)
    return new Promise<T>((resolve, reject) => {
      this.pending.add(reject)
      const settle = () => this.pending.delete(reject)
      this.ready
        .then(() => work(this.remote))
        .then(
          (value) => {
            settle()
            resolve(value)
          },
          (error: unknown) => {
            settle()
            reject(error)
          },
        )
    })
  }

  /** Declares the worker dead, e.g. because it makes no progress. */
  fail(why: string): void {
    if (this.death) return
    this.death = new ColloquyError({
      code: 'worker',
      what: this.name,
      found: why,
      wanted: 'a running worker',
      todo: 'Try again; a run can continue from its last checkpoint',
    })
    this.port.terminate()
    for (const reject of this.pending) reject(this.death)
    this.pending.clear()
  }

  /** Ends the worker at once, whatever it is doing. */
  terminate(): void {
    this.fail('it was stopped')
  }
}
