/** Incremental hashes, which WebCrypto lacks. */
import { sha1 } from '@noble/hashes/legacy.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/**
 * `sha256:<hex>` of the file, or `git:<hex>`: git's SHA-1 of the file, which the hub states for small files.
 */
export type FileHash = `sha256:${string}` | `git:${string}`

export interface Hasher {
  update(bytes: Uint8Array): unknown
  /** Ends the hash and returns it as lower-case hex. */
  hex(): string
}

export type MakeHasher = (algorithm: 'sha256' | 'sha1') => Hasher

/** Hashes in JavaScript, for browsers: about 60 MB/s on a contended core. */
export const portableHasher: MakeHasher = (algorithm) => {
  const hash = algorithm === 'sha256' ? sha256.create() : sha1.create()
  return {
    update: (bytes) => hash.update(bytes),
    hex: () => bytesToHex(hash.digest()),
  }
}

/** Checks a file of `size` bytes against a hash; without a hash, every file passes. */
export class FileCheck {
  private readonly hasher: Hasher | null

  constructor(
    private readonly wanted: FileHash | null,
    size: number,
    make: MakeHasher,
  ) {
    this.hasher = wanted === null ? null : make(wanted.startsWith('git:') ? 'sha1' : 'sha256')
    if (wanted?.startsWith('git:')) this.hasher?.update(new TextEncoder().encode(`blob ${size}\0`))
  }

  update(bytes: Uint8Array): void {
    this.hasher?.update(bytes)
  }

  /** Returns null where the file has the wanted hash, else the hash it has. */
  wrong(): string | null {
    if (this.hasher === null || this.wanted === null) return null
    const found = `${this.wanted.slice(0, this.wanted.indexOf(':'))}:${this.hasher.hex()}`
    return found === this.wanted ? null : found
  }
}

/**
 * Reads the hash in a header or listing: 64 hex digits are SHA-256, 40 are git's SHA-1. Returns null for
 * anything else.
 */
export function statedHash(text: string | null | undefined): FileHash | null {
  const hex = text?.replace(/^W\//, '').replaceAll('"', '').toLowerCase() ?? ''
  if (/^[0-9a-f]{64}$/.test(hex)) return `sha256:${hex}`
  return /^[0-9a-f]{40}$/.test(hex) ? `git:${hex}` : null
}
