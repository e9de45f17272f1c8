import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/**
 * A run's digest: a chain of SHA-256 values over the configuration, the fingerprints of the models and, step by step, the tokens
 * sampled, the rewards and the updated parameters. Equal digests mean that everything up to that step was equal, bit by bit.
 */

/** What the first link starts from; the number changes when what is hashed changes. */
export const DIGEST_START = 'colloquy-2'
/** The start of chains before they were told by name. They say nothing of the models' files. */
export const FIRST_DIGEST_START = 'colloquy-1'

/**
 * The next link of the chain, as 64 hex digits. Each part is hashed with its length before it, so that moving
 * a boundary between parts changes the digest. In JavaScript: `crypto.subtle` is missing from a page that came over plain http from
 * another machine, as in a classroom.
 */
export async function extendDigest(previous: string, parts: readonly Uint8Array[]): Promise<string> {
  const hash = sha256.create()
  for (const part of [textBytes(previous), ...parts]) {
    const length = new DataView(new ArrayBuffer(8))
    length.setBigUint64(0, BigInt(part.byteLength), true)
    hash.update(new Uint8Array(length.buffer)).update(part)
  }
  return bytesToHex(hash.digest())
}

/** UTF-8. */
export function textBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** Token ids and other u32 values, little-endian. */
export function u32Bytes(values: ArrayLike<number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  for (let i = 0; i < values.length; i++) view.setUint32(i * 4, values[i], true)
  return new Uint8Array(view.buffer)
}

/** The bits of f32 values as they lie in memory (little-endian on every platform with WebGPU or wasm threads). */
export function f32Bytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

/** JSON with object keys in sorted order: equal for equal values, however they were put together. */
export function jsonBytes(value: unknown): Uint8Array {
  return textBytes(JSON.stringify(sortKeys(value)))
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, child]) => [key, sortKeys(child)]),
  )
}
