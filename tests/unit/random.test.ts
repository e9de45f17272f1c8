import { describe, expect, it } from 'vitest'
import { deriveKey, type Key, philox, Stream, seedKey, uniformFromBits } from '../../src/random'
import { PHILOX_VECTORS } from '../data/philox_vectors'

describe('philox', () => {
  it.each(PHILOX_VECTORS)(
    'gives Random123’s published answer for counter $counter',
    ({ counter, key, answer }) => {
      const out = new Uint32Array(4)
      philox(counter[0], counter[1], counter[2], counter[3], key, out)
      expect([...out]).toEqual(answer)
    },
  )

  it('multiplies like 64-bit integers, at the edges of u32', () => {
    const edges = [0, 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff]
    const out = new Uint32Array(4)
    for (const a of edges)
      for (const b of edges) {
        const key: Key = [b, a]
        philox(a, b, a, b, key, out)
        expect([...out]).toEqual(philoxBigInt([a, b, a, b], key))
      }
  })
})

/** The same ten rounds in arbitrary-precision integers, straight from the paper's figure. */
function philoxBigInt(counter: readonly number[], key: Key): number[] {
  const mask = 0xffffffffn
  let [x0, x1, x2, x3] = counter.map(BigInt)
  let [k0, k1] = key.map(BigInt)
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * x0
    const p1 = 0xcd9e8d57n * x2
    ;[x0, x1, x2, x3] = [(p1 >> 32n) ^ x1 ^ k0, p1 & mask, (p0 >> 32n) ^ x3 ^ k1, p0 & mask]
    k0 = (k0 + 0x9e3779b9n) & mask
    k1 = (k1 + 0xbb67ae85n) & mask
  }
  return [x0, x1, x2, x3].map(Number)
}

describe('uniformFromBits', () => {
  it('is inside (0, 1) and a float of 32 bits at both ends', () => {
    for (const bits of [0, 1 << 9, 0x80000000, 0xfffffe00, 0xffffffff]) {
      const u = uniformFromBits(bits)
      expect(u).toBeGreaterThan(0)
      expect(u).toBeLessThan(1)
      expect(Math.fround(u)).toBe(u)
    }
  })
})

describe('keys and streams', () => {
  it('distinguishes seeds beyond 32 bits, and lists of parts by length and order', () => {
    const run = seedKey(7)
    const keys = [
      seedKey(7),
      seedKey(7 + 2 ** 32),
      deriveKey(run, 1),
      deriveKey(run, 1, 0),
      deriveKey(run, 0, 1),
      deriveKey(run, 1, 1),
    ]
    expect(new Set(keys.map(String)).size).toBe(keys.length)
  })

  it('draws integers evenly over a closed range', () => {
    const stream = new Stream(seedKey(3))
    const counts = new Array<number>(6).fill(0)
    for (let i = 0; i < 6000; i++) counts[stream.int(2, 7) - 2]++
    // Five standard deviations of a binomial(6000, 1/6).
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(145)
  })

  it('shuffles into a permutation and leaves its input alone', () => {
    const items = [1, 2, 3, 4, 5, 6, 7, 8]
    const shuffled = new Stream(seedKey(1)).shuffle(items)
    expect(items).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(shuffled).not.toEqual(items)
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(items)
  })
})
