import { ColloquyError } from '../../src/errors'

/** Maximum bytes of a file. GSM8K has 4 MB; a much larger file is not for a browser. */
const MAX_BYTES = 64 << 20
const PATIENCE_SECONDS = 120

/** Returns whether a file name is an address, of any scheme. */
export function isAddress(file: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(file)
}

export interface FetchFileLimits {
  readonly bytes?: number
  readonly seconds?: number
}

/**
 * Fetches a file over HTTP, without cookies. It stops at the limits.
 * @throws ColloquyError `task` where the address is not HTTP, or holds no file of moderate size
 */
export async function fetchFile(
  address: string,
  { bytes = MAX_BYTES, seconds = PATIENCE_SECONDS }: FetchFileLimits = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const wrong = (found: string, wanted: string, todo: string, cause?: unknown) =>
    new ColloquyError({ code: 'task', what: address, found, wanted, todo }, { cause })
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol))
    throw wrong('an address that is not HTTP', 'http:// or https://', 'Check the address')
  const signal = AbortSignal.timeout(seconds * 1000)
  const tooLarge = (size: string) =>
    wrong(size, `${bytes} bytes at most`, 'Save a part of the file beside the page')
  try {
    const response = await fetch(address, { credentials: 'omit', referrerPolicy: 'no-referrer', signal })
    if (!response.ok)
      throw wrong(
        response.status === 404 ? 'no such file' : `HTTP ${response.status}`,
        'a file of questions',
        'Check the address',
      )
    // For a compressed response this is its compressed size; the file is at least as large.
    const stated = Number(response.headers.get('content-length') ?? 0)
    if (stated > bytes) throw tooLarge(`${stated} bytes`)
    return await limited(response, bytes, () => tooLarge(`more than ${bytes} bytes`))
  } catch (error) {
    if (error instanceof ColloquyError) throw error
    const why = signal.aborted
      ? `no complete file within ${seconds} s`
      : `a failed download (${String(error)})`
    const todo =
      'Check the connection, and that the server lets other sites read the file; or save it beside the page'
    throw wrong(why, 'a file of questions', todo, error)
  }
}

/** Reads the body, up to the limit. */
async function limited(
  response: Response,
  most: number,
  tooLarge: () => ColloquyError,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = response.body?.getReader()
  if (!reader) return new Uint8Array()
  const parts: Uint8Array<ArrayBuffer>[] = []
  for (let read = 0; ; ) {
    const { value, done } = await reader.read()
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer())
    read += value.length
    if (read > most) {
      await reader.cancel()
      throw tooLarge()
    }
    parts.push(value)
  }
}
