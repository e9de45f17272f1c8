/**
 * The browser's store. Whole files lie in the cache of transformers.js under its keys, so that each finds the
 * other's downloads. Parts and listings lie in a cache of Colloquy's own.
 */

import { ColloquyError } from '../errors'
import { bytesText } from '../report/format'
import type { FileHash } from './hash'
import { listingSchema } from './listing'
import type { Listing, ModelStore, PartWriter, StoredFile } from './store'

/** The name that transformers.js gives its cache. */
export const FILES_CACHE = 'transformers-cache'
const OWN_CACHE = 'colloquy-models'
/** Prefix of our keys; this host cannot exist. */
const OWN = 'https://colloquy.invalid/'
const HASH_HEADER = 'x-colloquy-hash'
/** Bytes of a download that are stored at a time; a closed tab loses at most this much. */
const PART_BYTES = 8 << 20

interface PartMeta {
  readonly etag: string | null
  readonly sizes: readonly number[]
}

/**
 * Opens the store.
 * @param names names of the caches, for tests
 * @throws ColloquyError `storage` where the browser has no Cache API (a page over plain http from another
 * machine) or refuses it
 */
export async function openCacheStore(names = { files: FILES_CACHE, own: OWN_CACHE }): Promise<ModelStore> {
  if (!('caches' in globalThis))
    throw new ColloquyError({
      code: 'storage',
      what: 'cache of models',
      found: 'no Cache API here',
      wanted: 'a secure context',
      todo: 'Open the page over https or from localhost',
    })
  try {
    return new CacheStore(await caches.open(names.files), await caches.open(names.own))
  } catch (cause) {
    throw new ColloquyError(
      {
        code: 'storage',
        what: 'cache of models',
        found: 'a browser that lets this page keep nothing',
        wanted: 'a cache that can be opened',
        todo: 'Allow this site to keep data, and reload the page; or choose a folder of this computer',
      },
      { cause },
    )
  }
}

class CacheStore implements ModelStore {
  constructor(
    private readonly whole: Cache,
    private readonly own: Cache,
  ) {}

  async find(url: string): Promise<StoredFile | null> {
    const response = await this.whole.match(url, { ignoreVary: true })
    if (!response) return null
    return { url, size: await sizeOf(response), hash: await this.hashOf(url, response) }
  }

  private async hashOf(url: string, response: Response): Promise<FileHash | null> {
    const marked =
      response.headers.get(HASH_HEADER) ?? (await (await this.own.match(ownKey('checked', url)))?.text())
    return (marked as FileHash | undefined) ?? null
  }

  async read(url: string): Promise<Uint8Array | null> {
    const response = await this.whole.match(url, { ignoreVary: true })
    return response ? new Uint8Array(await response.arrayBuffer()) : null
  }

  async *stream(url: string): AsyncGenerator<Uint8Array> {
    const response = await this.whole.match(url, { ignoreVary: true })
    if (response) yield* chunksOf(response)
  }

  async markChecked(url: string, hash: FileHash): Promise<void> {
    await this.put(this.own, ownKey('checked', url), new Response(hash))
  }

  async part(url: string) {
    const meta = await this.meta(url)
    return meta && { size: meta.sizes.reduce((sum, size) => sum + size, 0), etag: meta.etag }
  }

  private async meta(url: string): Promise<PartMeta | null> {
    const response = await this.own.match(ownKey('part', url))
    return response ? ((await response.json()) as PartMeta) : null
  }

  async *streamPart(url: string): AsyncGenerator<Uint8Array> {
    const meta = await this.meta(url)
    for (let n = 0; n < (meta?.sizes.length ?? 0); n++) {
      const response = await this.own.match(ownKey('part', url, n))
      if (!response) throw this.damaged(url)
      yield* chunksOf(response)
    }
  }

  async openPart(url: string, etag: string | null): Promise<PartWriter> {
    const sizes = [...((await this.meta(url))?.sizes ?? [])]
    const kept = await this.meta(url)
    let waiting: Uint8Array<ArrayBuffer>[] = []
    let bytes = 0
    const keep = async () => {
      // Writes the part before the list, so that the list never names a missing part.
      if (bytes > 0) {
        await this.put(this.own, ownKey('part', url, sizes.length), new Response(new Blob(waiting)))
        sizes.push(bytes)
      }
      waiting = []
      bytes = 0
      const meta: PartMeta = { etag: kept?.etag ?? etag, sizes }
      await this.put(this.own, ownKey('part', url), new Response(JSON.stringify(meta)))
    }
    return {
      write: async (chunk) => {
        waiting.push(new Uint8Array(chunk))
        bytes += chunk.length
        if (bytes >= PART_BYTES) await keep()
      },
      close: keep,
    }
  }

  async dropPart(url: string): Promise<void> {
    const count = (await this.meta(url))?.sizes.length ?? 0
    await this.own.delete(ownKey('part', url))
    // Deletes one more: a closed tab may not have listed its last part.
    for (let n = 0; n <= count; n++) await this.own.delete(ownKey('part', url, n))
  }

  async finish({ url, size, hash }: StoredFile): Promise<void> {
    const chunks = this.streamPart(url)
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
    })
    const headers = new Headers({ 'content-length': String(size), 'content-type': typeOf(url) })
    if (hash !== null) headers.set(HASH_HEADER, hash)
    await this.put(this.whole, url, new Response(body, { headers }))
    await this.own.delete(ownKey('checked', url))
    await this.dropPart(url)
  }

  async remove(url: string): Promise<void> {
    await this.whole.delete(url, { ignoreVary: true })
    await this.own.delete(ownKey('checked', url))
    await this.dropPart(url)
  }

  async files(): Promise<StoredFile[]> {
    const found = await Promise.all((await this.whole.keys()).map(({ url }) => this.find(url)))
    return found.filter((file) => file !== null)
  }

  async parts(): Promise<{ url: string; size: number }[]> {
    const found: { url: string; size: number }[] = []
    for (const request of await this.own.keys()) {
      const url = urlOf('part', request.url)
      const part = url === null ? null : await this.part(url)
      if (url !== null && part) found.push({ url, size: part.size })
    }
    return found
  }

  async listing(base: string): Promise<Listing | null> {
    const response = await this.own.match(ownKey('listing', base))
    const listing = response && listingSchema.safeParse(await response.json().catch(() => null))
    return listing?.success ? listing.data : null
  }

  async listings(): Promise<Listing[]> {
    const bases = (await this.own.keys()).map(({ url }) => urlOf('listing', url))
    const found = await Promise.all(bases.map((base) => (base === null ? null : this.listing(base))))
    return found.filter((listing) => listing !== null)
  }

  async saveListing(listing: Listing): Promise<void> {
    await this.put(this.own, ownKey('listing', listing.base), new Response(JSON.stringify(listing)))
  }

  async removeListing(base: string): Promise<void> {
    await this.own.delete(ownKey('listing', base))
  }

  async room(): Promise<number | null> {
    const { quota, usage } = (await navigator.storage?.estimate?.()) ?? {}
    return quota === undefined ? null : quota - (usage ?? 0)
  }

  exclusive<T>(url: string, work: () => Promise<T>): Promise<T> {
    if (!navigator.locks) return work()
    // The type is a promise of a promise; the lock is held until `work` settles.
    return navigator.locks.request(`colloquy-download ${url}`, work) as Promise<T>
  }

  private async put(cache: Cache, key: string, response: Response): Promise<void> {
    try {
      await cache.put(key, response)
    } catch (cause) {
      const room = await this.room().catch(() => null)
      throw new ColloquyError(
        {
          code: 'storage',
          what: 'cache of models',
          found: `a browser that stores no more (${String(cause)}${room === null ? '' : `; room for ${bytesText(room)}`})`,
          wanted: 'room for the model, and for a second copy of its largest file while it is assembled',
          todo: 'Delete other models or free disk space, then try again: the download continues where it stopped',
        },
        { cause },
      )
    }
  }

  private damaged(url: string): ColloquyError {
    return new ColloquyError({
      code: 'model-file',
      what: url,
      found: 'a part that the browser has deleted',
      wanted: 'all parts downloaded so far',
      todo: 'Download it again',
    })
  }
}

function ownKey(kind: 'part' | 'checked' | 'listing', url: string, n?: number): string {
  return `${OWN}${kind}${n === undefined ? '' : `/${n}`}?url=${encodeURIComponent(url)}`
}

/** Returns the URL in a key of this kind; null for other keys. */
function urlOf(kind: 'part' | 'listing', key: string): string | null {
  const url = new URL(key)
  return key.startsWith(OWN) && url.pathname === `/${kind}` ? url.searchParams.get('url') : null
}

async function sizeOf(response: Response): Promise<number> {
  const stated = response.headers.get('content-length')
  // A compressed answer states its compressed length.
  const plain = response.headers.get('content-encoding') === null
  return stated !== null && plain && /^\d+$/.test(stated) ? Number(stated) : (await response.blob()).size
}

async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader()
  while (reader) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}

function typeOf(url: string): string {
  return url.endsWith('.json') ? 'application/json' : 'application/octet-stream'
}
