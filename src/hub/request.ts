/** Requests with a limited number of retries. */
import type { ColloquyError } from '../errors'
import { bytesText, durationText } from '../report/format'
import { type HubContext, notFetched } from './context'

const MOST_FAILURES = 6
/**
 * Failures after which a server that never answered is given up: the visitor waits to hear whether it exists.
 */
const MOST_SILENCES = 2
const FIRST_WAIT = 500
/** Longest wait, in milliseconds; a server that asks for a longer one is reported instead. */
const LONGEST_WAIT = 120_000

/** Waits longer after each failure in a row, and gives up after `MOST_FAILURES`. */
export class Patience {
  private failures = 0

  constructor(
    private readonly context: HubContext,
    private readonly what: string,
    private readonly signal?: AbortSignal,
    private readonly onWait: (milliseconds: number, why: string) => void = () => {},
  ) {}

  /** Resets the count of failures after bytes arrive. */
  reset(): void {
    this.failures = 0
  }

  /**
   * Waits before the next try.
   * @param why the failure, as a `found` text
   * @param kept bytes that a later try need not fetch
   * @throws ColloquyError `download` after too many tries
   */
  async wait(
    why: string,
    { retryAfter = null as number | null, kept = 0, cause = undefined as unknown, most = MOST_FAILURES } = {},
  ) {
    this.failures++
    const rest = kept > 0 ? `; the ${bytesText(kept)} that came are kept` : ''
    if (retryAfter !== null && retryAfter > LONGEST_WAIT)
      throw notFetched(
        this.what,
        `${why}, with a request to wait ${durationText(retryAfter / 1000)}${rest}`,
        'an answer',
        'Try again then',
        cause,
      )
    if (this.failures >= most)
      throw notFetched(
        this.what,
        `${why}, ${this.failures} times in a row${rest}`,
        'an answer',
        kept > 0
          ? 'Check the connection and try again: the download continues where it stopped'
          : most === MOST_SILENCES && this.context.needsCors
            ? 'Check the address and the connection. The server may also forbid other pages to read its files (it must send Access-Control-Allow-Origin)'
            : 'Check the connection and try again',
        cause,
      )
    const milliseconds = retryAfter ?? FIRST_WAIT * 2 ** (this.failures - 1)
    this.onWait(milliseconds, why)
    await this.context.sleep(milliseconds, this.signal)
  }
}

/** Whether a later try may succeed. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500
}

/**
 * Returns the milliseconds of a Retry-After header, given as seconds or as a date; null where there is none.
 */
export function retryAfterOf(response: Response, today = Date.now()): number | null {
  const text = response.headers.get('retry-after')?.trim()
  if (!text) return null
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - today
  return Number.isNaN(wait) ? null : Math.max(0, wait)
}

/**
 * Requests until an answer comes whose status is not temporary.
 * @throws ColloquyError `download` after too many tries; after `MOST_SILENCES` where there is no connection
 */
export async function requestOnce(
  context: HubContext,
  url: string,
  init: RequestInit,
  patience: Patience,
): Promise<Response> {
  for (;;) {
    init.signal?.throwIfAborted()
    let response: Response
    try {
      // `no-store` keeps the file out of the browser's HTTP cache, where it would take space twice.
      response = await context.fetch(url, { cache: 'no-store', credentials: 'omit', ...init })
    } catch (cause) {
      init.signal?.throwIfAborted()
      await patience.wait(`no connection to ${new URL(url).host}`, { cause, most: MOST_SILENCES })
      continue
    }
    if (!isPassing(response.status)) return response
    await response.body?.cancel().catch(() => undefined)
    await patience.wait(`HTTP ${response.status}`, { retryAfter: retryAfterOf(response) })
  }
}

/** Makes the error for an answer with an unwanted status. */
export function refused(what: string, response: Response): ColloquyError {
  const { status } = response
  const code = response.headers.get('x-error-code')
  const found = `HTTP ${status}${code === null ? '' : ` (${code})`}`
  if (status === 401 || status === 403)
    return notFetched(
      what,
      `${found}: no model has that name, or it is private or gated`,
      'a model that everybody may download',
      'Check the name, or download the model yourself and choose its folder',
    )
  if (status === 404)
    return notFetched(
      what,
      `${found}: not found`,
      'a model or a file of that name',
      'Check the name and the revision',
    )
  return notFetched(what, found, 'an answer with the file', 'Try again later')
}
