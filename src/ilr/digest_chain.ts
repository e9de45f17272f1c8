import { PartHash } from '../part_hash'

/**
 * A run's digest is a chain of SHA-256 values. It covers the configuration, the fingerprints of the models
 * and, step by step, the sampled tokens, the rewards and the updated parameters. Equal digests mean that
 * everything up to that step was equal bit by bit.
 */

/**
 * Start value of the first link. Change the number when the hashed content changes, or what a run of the same
 * configuration computes.
 */
export const DIGEST_START = 'colloquy-3'
/** Start value of chains from before states named theirs. Those chains do not cover the models' files. */
export const FIRST_DIGEST_START = 'colloquy-1'

/** Returns the next link of the chain as 64 hex digits. */
export async function extendDigest(previous: string, parts: readonly Uint8Array[]): Promise<string> {
  return linkAfter(previous, parts).hex()
}

/** Begins the next link with these parts. Callers may add more. */
export function linkAfter(previous: string, parts: readonly Uint8Array[]): PartHash {
  const hash = new PartHash()
  for (const part of [textBytes(previous), ...parts]) hash.add(part)
  return hash
}

/** Encodes a text as UTF-8. */
export function textBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** Encodes token ids and other u32 values, little-endian. */
export function u32Bytes(values: ArrayLike<number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  for (let i = 0; i < values.length; i++) view.setUint32(i * 4, values[i], true)
  return new Uint8Array(view.buffer)
}

/** Encodes JSON with sorted object keys: equal values give equal bytes, whatever their insertion order. */
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
