/** Where downloaded files are kept. Files go by their URLs, as transformers.js has them in its cache. */
import type { FileHash } from './hash'
import type { Listing } from './listed_files'

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
