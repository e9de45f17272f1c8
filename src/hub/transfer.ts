/** Downloads one file: in parts that are kept, checked, and counted as present only then. */
import { ColloquyError } from '../errors'
import { bytesText } from '../report/format'
import { badFile, type HubContext } from './context'
import { FileCheck, type FileHash } from './hash'
import { isPassing, Patience, refused, retryAfterOf } from './request'
import type { PartWriter } from './store'

export interface WantedFile {
  /** Name in messages, e.g. `hub:owner/name/config.json`. */
  readonly what: string
  readonly url: string
  readonly size: number
  readonly hash: FileHash | null
}

export interface TransferEvents {
  /** Bytes received so far. They can decrease: a server that cannot resume starts over. */
  onBytes(bytes: number): void
  onWait(milliseconds: number, why: string): void
}

/**
 * Downloads a file into the store, and resumes an interrupted download.
 * @throws ColloquyError `download` where it cannot be fetched (received bytes are kept), `model-file` where
 * the received bytes are not the file (all are dropped), `storage` where there is no room; the signal's
 * reason when it aborts (received bytes are kept)
 */
export async function downloadFile(
  file: WantedFile,
  context: HubContext,
  events: TransferEvents,
  signal?: AbortSignal,
): Promise<void> {
  const { store } = context
  await store.exclusive(file.url, async () => {
    const there = await store.find(file.url)
    // Another tab may have fetched the file meanwhile.
    if (there !== null && there.size === file.size && file.hash !== null && there.hash === file.hash) return
    const transfer = new Transfer(file, context, events, signal)
    try {
      await transfer.run()
    } catch (error) {
      // The received bytes are not the file, so the next try starts from nothing.
      if (error instanceof ColloquyError && error.code === 'model-file') await store.dropPart(file.url)
      throw error
    }
    await store.finish({ url: file.url, size: file.size, hash: file.hash })
  })
}

/** Why a connection ended before the file did. */
class Broken extends Error {}

class Transfer {
  private have = 0
  private etag: string | null = null
  private check: FileCheck
  private readonly patience: Patience

  constructor(
    private readonly file: WantedFile,
    private readonly context: HubContext,
    private readonly events: TransferEvents,
    private readonly signal?: AbortSignal,
  ) {
    this.check = this.newCheck()
    this.patience = new Patience(context, file.what, signal, events.onWait)
  }

  private newCheck(): FileCheck {
    return new FileCheck(this.file.hash, this.file.size, this.context.hasher)
  }

  async run(): Promise<void> {
    const { file, events } = this
    await this.takeUpPart()
    events.onBytes(this.have)
    // An empty file needs no request.
    if (file.size === 0) await (await this.context.store.openPart(file.url, null)).close()
    while (this.have < file.size) {
      this.signal?.throwIfAborted()
      await this.attempt()
    }
    const wrong = this.check.wrong()
    if (wrong !== null)
      throw badFile(
        file.what,
        `${bytesText(file.size)} with ${wrong}, damaged in transit or changed on the hub since it was listed; they were dropped`,
        `${file.hash}`,
        'Download it again',
      )
  }

  /** Reads the part of an earlier try again, for its hash. */
  private async takeUpPart(): Promise<void> {
    const { store } = this.context
    const part = await store.part(this.file.url)
    if (part === null) return
    if (part.size > this.file.size) {
      await store.dropPart(this.file.url)
      return
    }
    for await (const bytes of store.streamPart(this.file.url)) {
      this.signal?.throwIfAborted()
      this.check.update(bytes)
      this.have += bytes.length
    }
    this.etag = part.etag
  }

  private async startOver(): Promise<void> {
    await this.context.store.dropPart(this.file.url)
    this.have = 0
    this.etag = null
    this.check = this.newCheck()
    this.events.onBytes(0)
  }

  /** Uses one connection. Returns when it ends, after a wait where it broke. */
  private async attempt(): Promise<void> {
    const watch = new Watch(this.context.stallMilliseconds, this.signal)
    const before = this.have
    try {
      const response = await this.connect(watch)
      if (response === null) return
      await this.receive(response, watch)
    } catch (error) {
      this.signal?.throwIfAborted()
      if (!(error instanceof Broken)) throw error
      if (this.have > before) this.patience.reset()
      await this.patience.wait(error.message, { kept: this.have, cause: error.cause })
    } finally {
      watch.end()
    }
  }

  /** Returns the answer with the next bytes; null, after a wait, where another try is due. */
  private async connect(watch: Watch): Promise<Response | null> {
    const { file, have } = this
    const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {}
    let response: Response
    try {
      const init: RequestInit = { headers, signal: watch.signal, cache: 'no-store', credentials: 'omit' }
      response = await this.context.fetch(file.url, init)
    } catch (cause) {
      throw new Broken(watch.stalled ? 'no answer' : `no connection to ${new URL(file.url).host}`, { cause })
    }
    if (response.status === 200 || response.status === 206) return this.suits(response)
    await response.body?.cancel().catch(() => undefined)
    if (response.status === 416) {
      await this.startOver()
      throw new Broken('a server that cannot resume (HTTP 416)')
    }
    if (!isPassing(response.status)) throw refused(file.what, response)
    const retryAfter = retryAfterOf(response)
    await this.patience.wait(`HTTP ${response.status}`, { retryAfter, kept: have })
    return null
  }

  /**
   * Checks that the answer belongs to this file and continues at our position. Starts over where the answer
   * does.
   * @throws Broken where it does not continue; ColloquyError `model-file` for another total size
   */
  private async suits(response: Response): Promise<Response> {
    const { headers } = response
    const etag = headers.get('etag')
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '')
    let total: string | null = null
    if (response.status === 206) {
      if (Number(range?.[1] ?? this.have) !== this.have)
        throw await this.startedOver(response, 'other bytes than requested')
      if (this.etag !== null && etag !== null && etag !== this.etag)
        throw await this.startedOver(response, 'another version of the file than before')
      if (range && range[2] !== '*') total = range[2]
    } else {
      if (this.have > 0) await this.startOver()
      // A compressed answer is shorter than the file.
      if (headers.get('content-encoding') === null) total = headers.get('content-length')
    }
    if (total !== null && Number(total) !== this.file.size) {
      await response.body?.cancel().catch(() => undefined)
      throw this.wrongSize(`${total} bytes`)
    }
    this.etag ??= etag
    return response
  }

  private async startedOver(response: Response, why: string): Promise<Broken> {
    await response.body?.cancel().catch(() => undefined)
    await this.startOver()
    return new Broken(why)
  }

  private wrongSize(found: string): ColloquyError {
    const todo =
      'Look the model up again, because it may have changed. If that does not help, the server is at fault'
    return badFile(this.file.what, found, `${this.file.size} bytes, as listed`, todo)
  }

  private async receive(response: Response, watch: Watch): Promise<void> {
    const { file } = this
    const writer: PartWriter = await this.context.store.openPart(file.url, this.etag)
    const reader = response.body?.getReader()
    try {
      while (reader) {
        // In some browsers a read does not settle when its request is aborted.
        const next = Promise.race([reader.read(), watch.aborted])
        const { done, value } = await next.catch((cause: unknown) => {
          throw new Broken(watch.stalled ? 'a connection on which nothing came' : 'a broken connection', {
            cause,
          })
        })
        if (done) break
        watch.moved()
        if (this.have + value.length > file.size) throw this.wrongSize(`more than ${file.size} bytes`)
        await writer.write(value)
        this.check.update(value)
        this.have += value.length
        this.events.onBytes(this.have)
      }
    } finally {
      // Not awaited: on a broken connection it may never settle.
      reader?.cancel().catch(() => undefined)
      await writer.close()
    }
    if (this.have < file.size) throw new Broken('a connection that ended early')
  }
}

/** A signal that aborts with the caller's signal, or when nothing arrives for `milliseconds`. */
class Watch {
  private readonly controller = new AbortController()
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly pass = () => this.controller.abort(this.outer?.reason)
  /** Rejects when the signal aborts. */
  readonly aborted: Promise<never>
  stalled = false

  constructor(
    private readonly milliseconds: number,
    private readonly outer?: AbortSignal,
  ) {
    this.aborted = new Promise((_, reject) => {
      this.signal.addEventListener('abort', () => reject(this.signal.reason))
    })
    this.aborted.catch(() => undefined)
    if (outer?.aborted) this.pass()
    outer?.addEventListener('abort', this.pass)
    this.moved()
  }
  get signal(): AbortSignal {
    return this.controller.signal
  }
  moved(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.stalled = true
      this.controller.abort()
    }, this.milliseconds)
  }
  end(): void {
    clearTimeout(this.timer)
    this.outer?.removeEventListener('abort', this.pass)
  }
}
