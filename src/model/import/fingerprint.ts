import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/** WebCrypto copies what it hashes, so a large file goes in pieces. */
const PIECE_BYTES = 16 << 20

/**
 * SHA-256 over the files of a model folder that were read: their paths, sizes and contents. Two readings with one fingerprint had
 * the same bytes, wherever they came from.
 */
export class FolderFingerprint {
  private readonly files = new Map<string, { readonly size: number; readonly pieces: readonly string[] }>()

  /** A file that is read again counts once. */
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

  /** Of all files so far, in whatever order they were read: 64 hex digits. */
  hex(): string {
    const lines = [...this.files].map(([path, { size, pieces }]) => `${[path, size, ...pieces].join(' ')}\n`)
    return bytesToHex(sha256(new TextEncoder().encode(lines.sort().join(''))))
  }
}

/** A page that came over plain http from another machine has no WebCrypto. */
async function hashed(bytes: Uint8Array): Promise<Uint8Array> {
  if (globalThis.crypto?.subtle === undefined) return sha256(bytes)
  // No file is read into memory that workers share.
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
}
