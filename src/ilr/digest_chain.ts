import { PartHash } from '../part_hash'

/**
 * A run's digest: a chain of SHA-256 values over the configuration, the fingerprints of the models and, step by step, the tokens
 * sampled, the rewards and the updated parameters. Equal digests mean that everything up to that step was equal, bit by bit.
 */

/** What the first link starts from; the number changes when what is hashed changes. */
export const DIGEST_START = 'colloquy-2'
/** The start of chains before they were told by name. They say nothing of the models' files. */
export const FIRST_DIGEST_START = 'colloquy-1'

/** The next link of the chain, as 64 hex digits. */
export async function extendDigest(previous: string, parts: readonly Uint8Array[]): Promise<string> {
  return linkAfter(previous, parts).hex()
}

/** The next link, begun with these parts: others may be added to it. */
export function linkAfter(previous: string, parts: readonly Uint8Array[]): PartHash {
  const hash = new PartHash()
  for (const part of [textBytes(previous), ...parts]) hash.add(part)
  return hash
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
