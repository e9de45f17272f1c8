import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  DIGEST_START,
  extendDigest,
  jsonBytes,
  linkAfter,
  textBytes,
  u32Bytes,
} from '../../src/ilr/digest_chain'
import { f32Bytes, PartHash } from '../../src/part_hash'

/** The same chain written with node's own hash. */
function reference(previous: string, parts: Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const part of [Buffer.from(previous), ...parts]) {
    const length = Buffer.alloc(8)
    length.writeUInt32LE(part.byteLength)
    hash.update(length).update(part)
  }
  return hash.digest('hex')
}

test('a link is SHA-256 over the previous link and the parts, each after its length', async () => {
  const parts = [
    jsonBytes({ b: 1, a: [2] }),
    u32Bytes([1, 2 ** 32 - 1]),
    f32Bytes(new Float32Array([1.5, -0])),
  ]
  const first = await extendDigest(DIGEST_START, parts)
  expect(first).toBe(reference(DIGEST_START, parts))
  expect(await extendDigest(first, [])).toBe(reference(first, []))
})

test('moving a boundary, the order of parts or one bit changes it', async () => {
  const of = (...parts: string[]) => extendDigest(DIGEST_START, parts.map(textBytes))
  const all = await Promise.all([of('ab', 'c'), of('a', 'bc'), of('c', 'ab'), of('ab', 'C'), of('abc')])
  expect(new Set(all).size).toBe(5)
})

test('key order does not matter, array order and the sign of zero do', async () => {
  expect(jsonBytes({ x: { b: 1, a: 2 }, c: 3 })).toEqual(jsonBytes({ c: 3, x: { a: 2, b: 1 } }))
  expect(jsonBytes([1, 2])).not.toEqual(jsonBytes([2, 1]))
  expect(f32Bytes(new Float32Array([0]))).not.toEqual(f32Bytes(new Float32Array([-0])))
})

test('a view into a larger buffer covers only its own bytes', () => {
  const whole = new Float32Array([1, 2, 3, 4])
  expect(f32Bytes(whole.subarray(1, 3))).toEqual(f32Bytes(new Float32Array([2, 3])))
})

test('a link computed in parts, wherever it is split, is the same', async () => {
  // Lengths below, at and above SHA-256's block of 64 bytes.
  const parts = [0, 1, 40, 56, 64, 200].map((length) => new Uint8Array(length).fill(length))
  const whole = await extendDigest(DIGEST_START, parts)
  expect(whole).toBe(reference(DIGEST_START, parts))
  for (let cut = 0; cut <= parts.length; cut++) {
    const sent = structuredClone(linkAfter(DIGEST_START, parts.slice(0, cut)).state())
    const rest = PartHash.carryOn(sent)
    for (const part of parts.slice(cut)) rest.add(part)
    expect(rest.hex()).toBe(whole)
  }
})
