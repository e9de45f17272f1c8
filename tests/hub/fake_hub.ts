/**
 * A server with the hub's URLs and scripted faults. It answers requests in memory; `serve_fake_hub.ts` puts
 * it on a port.
 */
import { deriveKey, Stream } from '../../src/random'

/** A fault of one answer. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string; readonly code?: string }
  /** No answer at all. */
  | { readonly kind: 'refuse' }
  /** After so many bytes, the connection breaks, goes silent, or ends like a complete body. */
  | { readonly kind: 'drop' | 'hang' | 'end'; readonly after: number }
  /** The answer states another size. */
  | { readonly kind: 'size'; readonly size: number }
  /** One bit is flipped. */
  | { readonly kind: 'corrupt' }
  /** The answer starts from the beginning, whatever range was requested. */
  | { readonly kind: 'no-range' }
  /** The answer starts at another place than requested. */
  | { readonly kind: 'other-range' }
  /** The file is suddenly another version. */
  | { readonly kind: 'etag' }

export interface Seen {
  readonly method: string
  /** Path of the file, or `tree`. */
  readonly path: string
  readonly range: string | null
}

/** Files from this size on are stored as in LFS. */
const LFS_FROM = 2000
const CHUNK = 1000

export class FakeHub {
  readonly seen: Seen[] = []
  private readonly faults = new Map<string, Fault[]>()
  private readonly hashes = new Map<string, string>()

  private constructor(
    readonly id: string,
    readonly revision: string,
    readonly files: Map<string, Uint8Array<ArrayBuffer>>,
    /** Number of files per page of the listing. */
    readonly pageSize: number,
  ) {}

  static async open(
    files: Iterable<readonly [string, Uint8Array<ArrayBuffer>]>,
    { id = 'owner/tiny', revision = 'main', pageSize = 1000 } = {},
  ): Promise<FakeHub> {
    const hub = new FakeHub(id, revision, new Map(files), pageSize)
    for (const path of hub.files.keys()) await hub.hash(path)
    return hub
  }

  /** Replaces a file's content, as a commit does. */
  async replace(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.files.set(path, bytes)
    await this.hash(path)
  }

  private async hash(path: string): Promise<void> {
    const bytes = this.files.get(path) ?? new Uint8Array()
    const lfs = bytes.length >= LFS_FROM
    const head = new TextEncoder().encode(`blob ${bytes.length}\0`)
    const hashed = await crypto.subtle.digest(lfs ? 'SHA-256' : 'SHA-1', lfs ? bytes : joined(head, bytes))
    this.hashes.set(path, Array.from(new Uint8Array(hashed), (b) => b.toString(16).padStart(2, '0')).join(''))
  }

  /**
   * Schedules faults for the next answers about a file (or `tree`), in this order; later answers are good.
   */
  script(path: string, ...faults: Fault[]): void {
    this.faults.set(path, faults)
  }

  /** Counts the requests of a file. */
  count(path: string, method = 'GET'): number {
    return this.seen.filter((seen) => seen.path === path && seen.method === method).length
  }

  /** Answers like `fetch`. */
  fetch = async (url: string, init: RequestInit = {}): Promise<Response> =>
    this.answer(new Request(url, init))

  async answer(request: Request): Promise<Response> {
    const url = new URL(request.url)
    const api = `/api/models/${this.id}/tree/${encodeURIComponent(this.revision)}`
    const resolve = `/${this.id}/resolve/${encodeURIComponent(this.revision)}/`
    const isTree = url.pathname === api
    if (!isTree && !url.pathname.startsWith(resolve))
      return new Response('{"error":"Repository not found"}', {
        status: 404,
        headers: { 'x-error-code': 'RepoNotFound' },
      })
    const path = isTree ? 'tree' : decodeURIComponent(url.pathname.slice(resolve.length))
    this.seen.push({ method: request.method, path, range: request.headers.get('range') })
    const fault = this.faults.get(path)?.shift()
    if (fault?.kind === 'refuse') throw new TypeError('connection refused')
    if (fault?.kind === 'status') {
      const headers = new Headers()
      if (fault.retryAfter !== undefined) headers.set('retry-after', fault.retryAfter)
      if (fault.code !== undefined) headers.set('x-error-code', fault.code)
      return new Response('', { status: fault.status, headers })
    }
    return isTree ? this.tree(url) : this.file(request, path, fault)
  }

  private tree(url: URL): Response {
    const from = Number(url.searchParams.get('cursor') ?? 0)
    const all = [...this.files].map(([path, { length }]) => ({
      type: 'file',
      path,
      size: length,
      ...(length >= LFS_FROM
        ? { oid: '0'.repeat(40), lfs: { oid: this.hashes.get(path), size: length, pointerSize: 130 } }
        : { oid: this.hashes.get(path) }),
    }))
    const headers = new Headers({ 'content-type': 'application/json' })
    if (from + this.pageSize < all.length) {
      url.searchParams.set('cursor', String(from + this.pageSize))
      headers.set('link', `<${url.href}>; rel="next"`)
    }
    const folder = { type: 'directory', path: 'onnx', size: 0, oid: 'f'.repeat(40) }
    return new Response(JSON.stringify([folder, ...all.slice(from, from + this.pageSize)]), { headers })
  }

  private file(request: Request, path: string, fault: Fault | undefined): Response {
    const whole = this.files.get(path)
    if (!whole) return new Response('', { status: 404, headers: { 'x-error-code': 'EntryNotFound' } })
    const hash = this.hashes.get(path) ?? ''
    const headers = new Headers({
      'accept-ranges': 'bytes',
      etag: `"${fault?.kind === 'etag' ? 'new' : hash}"`,
    })
    if (whole.length >= LFS_FROM) {
      headers.set('x-linked-size', String(whole.length))
      headers.set('x-linked-etag', `"${hash}"`)
    }
    const range = /^bytes=(\d+)-$/.exec(request.headers.get('range') ?? '')
    let from = range && fault?.kind !== 'no-range' ? Number(range[1]) : 0
    if (range && from >= whole.length) return new Response('', { status: 416 })
    const total = fault?.kind === 'size' ? fault.size : whole.length
    const status = from > 0 ? 206 : 200
    if (status === 206) {
      if (fault?.kind === 'other-range') from--
      headers.set('content-range', `bytes ${from}-${total - 1}/${total}`)
    }
    if (fault?.kind !== 'end') headers.set('content-length', String(total - from))
    const bytes = whole.slice(from)
    if (fault?.kind === 'corrupt') bytes[bytes.length >> 1] ^= 1
    const body = request.method === 'HEAD' ? null : bodyOf(bytes, fault, request.signal)
    return new Response(body, { status, headers })
  }
}

function bodyOf(bytes: Uint8Array<ArrayBuffer>, fault: Fault | undefined, signal: AbortSignal) {
  const end = fault && 'after' in fault ? Math.min(fault.after, bytes.length) : bytes.length
  let at = 0
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (at < end) {
        const next = Math.min(end, at + CHUNK)
        controller.enqueue(bytes.slice(at, next))
        at = next
        return
      }
      if (fault?.kind === 'drop') {
        // Lets the client read sent bytes before the connection breaks. A client in this process needs turns
        // of the event loop for that, however slow they are.
        for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
        controller.error(new TypeError('the connection broke'))
      } else if (fault?.kind === 'hang')
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            controller.error(signal.reason)
            resolve()
          })
        })
      else controller.close()
    },
  })
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Returns a model's files with bytes derived from the seed; the model file has two parts. */
export function tinyFiles(seed = 1): [string, Uint8Array<ArrayBuffer>][] {
  const stream = new Stream(deriveKey([1, 2], seed))
  const random = (length: number) => Uint8Array.from({ length }, () => stream.int(0, 255))
  const json = (value: object) => new TextEncoder().encode(JSON.stringify(value))
  const config = json({
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: 100,
    hidden_size: 64,
    intermediate_size: 128,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    max_position_embeddings: 1024,
    tie_word_embeddings: true,
    seed,
  })
  return [
    ['README.md', json({ not: 'needed' })],
    ['config.json', config],
    ['generation_config.json', json({ eos_token_id: 1 })],
    ['tokenizer.json', random(5040 - config.length)],
    ['tokenizer_config.json', json({ seed })],
    ['onnx/model.onnx', random(3000)],
    ['onnx/model_q4.onnx', random(9000)],
    ['onnx/model_q4.onnx_data', random(40_000)],
    ['onnx/model_q4f16.onnx', random(2500)],
  ]
}

/** Returns faults after which a download can resume or at least be retried. */
export function randomFaults(seed: number, count: number): Fault[] {
  const stream = new Stream(deriveKey([3, 4], seed))
  return Array.from({ length: count }, (): Fault => {
    const after = stream.int(0, 12_000)
    return stream.pick<Fault>([
      { kind: 'drop', after },
      { kind: 'end', after },
      { kind: 'refuse' },
      { kind: 'corrupt' },
      { kind: 'no-range' },
      { kind: 'other-range' },
      { kind: 'etag' },
      { kind: 'size', size: after },
      { kind: 'status', status: 429, retryAfter: '3' },
      { kind: 'status', status: 404 },
      { kind: 'status', status: 500 },
      { kind: 'status', status: 503, retryAfter: '9999' },
    ])
  })
}
