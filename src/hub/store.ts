/** Interface of the store of downloaded files. Keys are their URLs, as in the cache of transformers.js. */

import type { OutlineTexts } from '../model/import/outline'
import type { FileHash } from './hash'

export interface StoredFile {
  readonly url: string
  readonly size: number
  /**
   * The hash it was checked against; null for an unchecked file: another page put it there, or the host
   * stated no hash.
   */
  readonly hash: FileHash | null
}

/** The received part of a file whose download is running or interrupted. */
export interface StoredPart {
  readonly size: number
  /** ETag of the version it belongs to, where the server gave one. */
  readonly etag: string | null
}

/** Appends bytes to a part. */
export interface PartWriter {
  write(bytes: Uint8Array): Promise<void>
  /** Keeps the written bytes. Call it however the download ends. */
  close(): Promise<void>
}

/** The methods of a store that reading a model needs. */
export interface ModelReader {
  find(url: string): Promise<StoredFile | null>
  read(url: string): Promise<Uint8Array | null>
  /** Returns the stored listing of a model, by its `baseUrl`. */
  listing(base: string): Promise<Listing | null>
}

/**
 * A store of models. Methods reject with ColloquyError `storage` where there is no room or the store refuses.
 */
export interface ModelStore extends ModelReader {
  stream(url: string): AsyncIterable<Uint8Array>
  /** Records that a stored file was checked and has this hash. */
  markChecked(url: string, hash: FileHash): Promise<void>
  part(url: string): Promise<StoredPart | null>
  streamPart(url: string): AsyncIterable<Uint8Array>
  /** Opens a part to append to it. A new part keeps this `etag`. */
  openPart(url: string, etag: string | null): Promise<PartWriter>
  dropPart(url: string): Promise<void>
  /** Turns the part into the file, which replaces an older file. */
  finish(file: StoredFile): Promise<void>
  /** Removes a file and its part. */
  remove(url: string): Promise<void>
  files(): Promise<StoredFile[]>
  parts(): Promise<{ url: string; size: number }[]>
  listings(): Promise<Listing[]>
  saveListing(listing: Listing): Promise<void>
  removeListing(base: string): Promise<void>
  /** Returns the free bytes; null where this is unknown. */
  room(): Promise<number | null>
  /** Runs `work` with a lock on the URL, across tabs and processes. */
  exclusive<T>(url: string, work: () => Promise<T>): Promise<T>
}

export interface ListedFile {
  readonly path: string
  readonly size: number
  readonly hash: FileHash | null
}

export interface Listing {
  /** The source as `sourceName` writes it. */
  readonly source: string
  readonly base: string
  /** The files that some dtype needs. */
  readonly files: readonly ListedFile[]
  /** The small files that describe the model. Listings of earlier versions have none. */
  readonly texts?: OutlineTexts
}

/** Suffix of the file with size and hash, next to a complete file. */
export const META = '.colloquy.json'
/** Suffix of a partial file. */
export const PART = '.colloquy-part'
/** Name of the listing in a model's folder. */
export const LISTING = 'listing.colloquy.json'

/** Returns the path of a URL below the store's root, with `/`: scheme, host, and the URL's path. */
export function storePath(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol.slice(0, -1)}/${host.replace(':', '+')}${pathname}`
}

/** Returns the URL of a path below the root. */
export function storedUrl(path: string): string {
  const [scheme, host, ...rest] = path.split('/')
  return `${scheme}://${host.replace('+', ':')}/${rest.join('/')}`
}
