import { _SHA256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/** State of an unfinished hash as plain data, so another worker can continue it. */
export interface HashState {
  readonly words: readonly number[]
  /** Bytes that do not fill a block yet. */
  readonly rest: Uint8Array
  /** Bytes hashed so far. */
  readonly length: number
}

/**
 * SHA-256 over parts. Each part's length is hashed before it, so moving a boundary between parts changes the
 * result. It runs in JavaScript because a page loaded over plain http from another machine (as in a
 * classroom) has no `crypto.subtle`.
 */
export class PartHash extends _SHA256 {
  static carryOn({ words, rest, length }: HashState): PartHash {
    const hash = new PartHash()
    const [a, b, c, d, e, f, g, h] = words
    hash.set(a, b, c, d, e, f, g, h)
    hash.buffer.set(rest)
    hash.pos = rest.length
    hash.length = length
    return hash
  }

  add(part: Uint8Array): this {
    const length = new DataView(new ArrayBuffer(8))
    length.setBigUint64(0, BigInt(part.byteLength), true)
    return this.update(new Uint8Array(length.buffer)).update(part)
  }

  /** Returns the current state. */
  state(): HashState {
    return { words: this.get(), rest: this.buffer.slice(0, this.pos), length: this.length }
  }

  /** Finishes the hash and returns 64 hex digits. */
  hex(): string {
    return bytesToHex(this.digest())
  }
}

/**
 * Returns the bytes of f32 values in memory order (little-endian on every platform with WebGPU or wasm
 * threads).
 */
export function f32Bytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
