import type { OutlineTexts } from '../model/import/outline'
import type { FileHash } from './hash'

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
