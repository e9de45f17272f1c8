/** Where downloaded files are kept. Files go by their URLs, as transformers.js has them in its cache. */

import type { OutlineTexts } from '../model/import/outline'
import type { FileHash } from './hash'

export interface StoredFile {
  readonly url: string
  readonly size: number
  /** What it was checked against; null where nobody has: another page put it there, or no hash was stated. */
  readonly hash: FileHash | null
}

/** What has come of a file whose download is under way or broken. */
export interface StoredPart {
  readonly size: number
  /** The server's name for the version it is of, where it gave one. */
  readonly etag: string | null
}

/** Takes the bytes that follow those kept already. */
export interface PartWriter {
  write(bytes: Uint8Array): Promise<void>
  /** Keeps what was written. To be called however the download ends. */
  close(): Promise<void>
}

/** What reading a model needs of a store. */
export interface ModelReader {
  find(url: string): Promise<StoredFile | null>
  read(url: string): Promise<Uint8Array | null>
  /** The listing kept for a model, by its `baseUrl`. */
  listing(base: string): Promise<Listing | null>
}

/** Rejects with ColloquyError `storage` where there is no room or the store refuses. */
export interface ModelStore extends ModelReader {
  stream(url: string): AsyncIterable<Uint8Array>
  /** Remembers that a file kept was found to have this hash. */
  markChecked(url: string, hash: FileHash): Promise<void>
  part(url: string): Promise<StoredPart | null>
  streamPart(url: string): AsyncIterable<Uint8Array>
  /** Goes on where the part ends. `etag` is kept with a part that begins. */
  openPart(url: string, etag: string | null): Promise<PartWriter>
  dropPart(url: string): Promise<void>
  /** Makes the part the file, in place of an older one. */
  finish(file: StoredFile): Promise<void>
  /** Removes a file and its part. */
  remove(url: string): Promise<void>
  files(): Promise<StoredFile[]>
  parts(): Promise<{ url: string; size: number }[]>
  listings(): Promise<Listing[]>
  saveListing(listing: Listing): Promise<void>
  removeListing(base: string): Promise<void>
  /** Bytes there is room for; null where that is not known. */
  room(): Promise<number | null>
  /** One at a time for each URL, also among tabs or processes. */
  exclusive<T>(url: string, work: () => Promise<T>): Promise<T>
}

export interface ListedFile {
  readonly path: string
  readonly size: number
  readonly hash: FileHash | null
}

export interface Listing {
  /** As `sourceName` writes it. */
  readonly source: string
  readonly base: string
  /** Files that some dtype needs. */
  readonly files: readonly ListedFile[]
  /** The small files that say what the model is. Listings of earlier versions have none. */
  readonly texts?: OutlineTexts
}

/** How the store on disk names things, for whoever reads it: the store itself, and a page it is served to. */

/** Beside a whole file: size and hash. */
export const META = '.colloquy.json'
export const PART = '.colloquy-part'
/** In a model's folder. */
export const LISTING = 'listing.colloquy.json'

/** A URL's place below the store's root, with `/`: scheme, host, and the path as it is in the URL. */
export function storePath(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol.slice(0, -1)}/${host.replace(':', '+')}${pathname}`
}

/** The URL of a place below the root. */
export function storedUrl(path: string): string {
  const [scheme, host, ...rest] = path.split('/')
  return `${scheme}://${host.replace('+', ':')}/${rest.join('/')}`
}
