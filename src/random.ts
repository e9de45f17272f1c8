/**
 * The only source of randomness: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2,
 * 3", SC 2011). It is a counter-based generator in u32 arithmetic, the same here and in WGSL
 * (`shaders/philox.wgsl`). A value depends only on its key and counter, never on earlier draws. So results do
 * not depend on the order in which workers finish, and resuming needs no generator state.
 */

/** A 64-bit key as two u32. */
export type Key = readonly [number, number]

const M0 = 0xd2511f53
const M1 = 0xcd9e8d57
const W0 = 0x9e3779b9
const W1 = 0xbb67ae85

/** Returns the high 32 bits of the 64-bit product of two u32, in int32 steps so engines avoid floats. */
function mulhi(a: number, b: number): number {
  const al = a & 0xffff
  const ah = a >>> 16
  const bl = b & 0xffff
  const bh = b >>> 16
  const mid = (Math.imul(ah, bl) + (Math.imul(al, bl) >>> 16)) | 0
  const mid2 = (Math.imul(al, bh) + (mid & 0xffff)) | 0
  return (Math.imul(ah, bh) + (mid >>> 16) + (mid2 >>> 16)) | 0
}

/** Runs ten rounds of Philox 4x32: counter (4 u32), key (2 u32) -> 4 u32, written to `out`. */
export function philox(c0: number, c1: number, c2: number, c3: number, key: Key, out: Uint32Array): void {
  let k0 = key[0] | 0
  let k1 = key[1] | 0
  let x0 = c0 | 0
  let x1 = c1 | 0
  let x2 = c2 | 0
  let x3 = c3 | 0
  for (let round = 0; round < 10; round++) {
    const h0 = mulhi(M0, x0)
    const l0 = Math.imul(M0, x0)
    const h1 = mulhi(M1, x2)
    const l1 = Math.imul(M1, x2)
    x0 = h1 ^ x1 ^ k0
    x1 = l1
    x2 = h0 ^ x3 ^ k1
    x3 = l0
    k0 = (k0 + W0) | 0
    k1 = (k1 + W1) | 0
  }
  out[0] = x0
  out[1] = x1
  out[2] = x2
  out[3] = x3
}

/** Returns the key of a run from its seed (an integer in [0, 2^53)). */
export function seedKey(seed: number): Key {
  return deriveKey([0x636f6c6c, 0x6f717579], seed % 0x100000000, Math.floor(seed / 0x100000000))
}

/** Derives a child key from a list of integers: `deriveKey(run, step, peer, question, stage, rollout)`. */
export function deriveKey(key: Key, ...parts: readonly number[]): Key {
  const out = new Uint32Array(4)
  let derived = key
  for (let i = 0; i < parts.length; i++) {
    philox(parts[i] >>> 0, i, parts.length, 0x6b657973, derived, out)
    derived = [out[0], out[1]]
  }
  return derived
}

/**
 * Maps bits to a float in (0, 1), never 0 or 1. It uses 23 bits, not 24: n + 0.5 with n < 2^23 fits an f32.
 * So a GPU gets the same value, and the largest value does not round up to 1 (whose Gumbel noise is
 * infinite).
 */
export function uniformFromBits(bits: number): number {
  return ((bits >>> 9) + 0.5) * 2 ** -23
}

/** Draws values in order from one key, for questions and shuffles, where a sequence is natural. */
export class Stream {
  private readonly block = new Uint32Array(4)
  private drawn = 0
  constructor(private readonly key: Key) {}

  /** Returns the next 32 bits. */
  bits(): number {
    const lane = this.drawn & 3
    if (lane === 0) philox(this.drawn >>> 2, 0, 0, 0x73747265, this.key, this.block)
    this.drawn++
    return this.block[lane]
  }
  /** Draws uniformly from (0, 1). */
  uniform(): number {
    return uniformFromBits(this.bits())
  }
  /** Draws a uniform integer from [low, high], both included. */
  int(low: number, high: number): number {
    return low + Math.floor((this.bits() / 2 ** 32) * (high - low + 1))
  }
  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)]
  }
  /** Returns a new array with the items in random order (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const result = [...items]
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.int(0, i)
      const held = result[i]
      result[i] = result[j]
      result[j] = held
    }
    return result
  }
}
