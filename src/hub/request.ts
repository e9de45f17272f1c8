/** Requests that are tried again, within bounds. */
import type { ColloquyError } from '../errors'
import { bytesText, durationText } from '../report/format'
import { type HubContext, notFetched } from './context'

const MOST_FAILURES = 6
/** Of a server that has never answered: somebody waits to hear whether it is there at all. */
const MOST_SILENCES = 2
const FIRST_WAIT = 500
/** A server that asks for more patience is reported instead. */
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

  /** Something came: failures are counted anew. */
  reset(): void {
    this.failures = 0
  }

  /**
   * @param why the failure, as something found
   * @param kept bytes that a later try need not fetch
   * @throws ColloquyError `download` where it has been tried often enough
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
        `${why}, and to come back in ${durationText(retryAfter / 1000)}${rest}`,
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
          ? 'Check the connection and try again: it goes on where it broke'
          : most === MOST_SILENCES && this.context.needsCors
            ? 'Check the address and the connection; or the server does not let pages of other addresses read its files (it has to send Access-Control-Allow-Origin)'
            : 'Check the connection and try again',
        cause,
      )
    const milliseconds = retryAfter ?? FIRST_WAIT * 2 ** (this.failures - 1)
    this.onWait(milliseconds, why)
    await this.context.sleep(milliseconds, this.signal)
  }
}

/** Whether a later try may fare better. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500
}

/** Milliseconds that a Retry-After header asks for, given as seconds or as a date; null where there is none. */
export function retryAfterOf(response: Response, today = Date.now()): number | null {
  const text = response.headers.get('retry-after')?.trim()
  if (!text) return null
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - today
  return Number.isNaN(wait) ? null : Math.max(0, wait)
}

/** An answer, whatever its status, unless that is one that passes. @throws ColloquyError `download`, soon where there is no connection */
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
      // Nothing of it in the browser's own cache: it would be there twice.
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

/** What an answer that is none of the wanted ones means. */
export function refused(what: string, response: Response): ColloquyError {
  const { status } = response
  const code = response.headers.get('x-error-code')
  const found = `HTTP ${status}${code === null ? '' : ` (${code})`}`
  if (status === 401 || status === 403)
    return notFetched(
      what,
      `${found}: there is none of that name, or it is private or gated`,
      'a model that everybody may download',
      'Check the name, or download it yourself and choose its folder',
    )
  if (status === 404)
    return notFetched(
      what,
      `${found}: no such thing`,
      'a model or a file of that name',
      'Check the name and the revision',
    )
  return notFetched(what, found, 'an answer with the file', 'Try again later')
}
