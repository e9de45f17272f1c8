import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/** Bytes hashed at a time: WebCrypto copies its input, so a large file is hashed in pieces. */
const PIECE_BYTES = 16 << 20

/**
 * SHA-256 over the files read from a model folder: their paths, sizes and contents. Equal fingerprints mean
 * equal bytes, wherever the files came from.
 */
export class FolderFingerprint {
  private readonly files = new Map<string, { readonly size: number; readonly pieces: readonly string[] }>()

  /** Adds a file. A file that is read again counts once. */
  async add(path: string, bytes: Uint8Array): Promise<void> {
    const pieces: string[] = []
    for (let start = 0; start < bytes.length; start += PIECE_BYTES)
      pieces.push(bytesToHex(await hashed(bytes.subarray(start, start + PIECE_BYTES))))
    this.files.set(path, { size: bytes.length, pieces })
  }

  /** Bytes of all files so far. */
  get bytes(): number {
    return [...this.files.values()].reduce((sum, { size }) => sum + size, 0)
  }

  /** Returns the hash of all files so far as 64 hex digits, independent of their order. */
  hex(): string {
    const lines = [...this.files].map(([path, { size, pieces }]) => `${[path, size, ...pieces].join(' ')}\n`)
    return bytesToHex(sha256(new TextEncoder().encode(lines.sort().join(''))))
  }
}

/** Hashes with WebCrypto, which a page loaded over plain http from another machine lacks. */
async function hashed(bytes: Uint8Array): Promise<Uint8Array> {
  if (globalThis.crypto?.subtle === undefined) return sha256(bytes)
  // The cast is safe: no file is read into memory that workers share.
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
}
