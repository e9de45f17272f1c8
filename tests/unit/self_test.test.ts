import { describe, expect, it } from 'vitest'
import { ColloquyError } from '../../src/errors'
import { isSoftware } from '../../src/gpu/device'
import { exercise } from '../../src/model/self_test/exercise'
import { EXPECTED } from '../../src/model/self_test/expected'
import {
  firstCorrect,
  noticeOf,
  problemIn,
  problemOf,
  rememberedProblem,
} from '../../src/model/self_test/verdict'
import { expectClose } from '../data/closeness'

it('expects what the processor computes', async () => {
  const found = await exercise('wasm')
  expect(found.tokens).toEqual(EXPECTED.tokens)
  for (const part of ['logprobs', 'scores', 'gradient', 'trained'] as const)
    expectClose(found[part], EXPECTED[part], 1e-5)
  // The least probable greedy token: rounding must not change which one is the largest.
  expect(Math.min(...found.logprobs)).toBeGreaterThan(Math.log(0.55))
})

describe('problemOf', () => {
  const scaled = (factor: number) => ({
    ...EXPECTED,
    gradient: EXPECTED.gradient.map((value) => factor * value),
  })

  it('accepts rounding of each arithmetic, and no more', () => {
    expect(problemOf(EXPECTED, EXPECTED, 'f32')).toBeNull()
    expect(problemOf(scaled(1.015), EXPECTED, 'f16')).toBeNull()
    expect(problemOf(scaled(1.015), EXPECTED, 'f32')).toBe('its gradient is up to 2 % off')
    expect(problemOf(scaled(-1), EXPECTED, 'f16')).toBe('its gradient is up to 200 % off')
  })

  it('finds one wrong number of any part', () => {
    for (const part of Object.keys(EXPECTED) as (keyof typeof EXPECTED)[]) {
      const values = EXPECTED[part].map((value, i) => (i === 3 ? value + 40 : value))
      expect(problemOf({ ...EXPECTED, [part]: values }, EXPECTED, 'f16'), part).toMatch(/% off$/)
    }
  })

  it('finds f16 that overflows, and missing results', () => {
    // The largest f16 is 65504: a sum above it is infinite, and the norm of that no number.
    const overflowing = EXPECTED.scores.map((value, i) => (i === 0 ? Number.POSITIVE_INFINITY : value))
    expect(problemOf({ ...EXPECTED, scores: overflowing }, EXPECTED, 'f16')).toBe(
      'its logprobs are not finite',
    )
    const norm = EXPECTED.gradient.map(() => Number.NaN)
    expect(problemOf({ ...EXPECTED, gradient: norm }, EXPECTED, 'f16')).toBe('its gradient is not finite')
    expect(problemOf({ ...EXPECTED, tokens: [] }, EXPECTED, 'f32')).toMatch(/are 0 instead of 8$/)
  })
})

describe('problemIn', () => {
  it('names the limit that a device lacks', async () => {
    const small = new ColloquyError({
      code: 'limit',
      what: 'lm_head: device limit maxStorageBufferBindingSize',
      found: '1024',
      wanted: 'at least 12288',
      todo: 'Use another adapter',
    })
    const run = (error: Error) => problemIn(Promise.reject(error), EXPECTED, 'f32')
    expect(await run(small)).toBe('it stops with “lm_head: device limit maxStorageBufferBindingSize: 1024”')
    expect(await run(new Error('Too many storage buffers in shader.\nCurrent: 9'))).toBe(
      'it stops with “Error: Too many storage buffers in shader.”',
    )
    expect(await problemIn(Promise.resolve(EXPECTED), EXPECTED, 'f32')).toBeNull()
  })
})

describe('rememberedProblem', () => {
  const kept = new Map<string, string>()
  const store = {
    async once(key: string, make: () => Promise<string>) {
      const value = kept.get(key) ?? (await make())
      kept.set(key, value)
      return value
    },
  }
  let runs = 0
  const giving = (problem: string | null) => async () => {
    runs++
    return problem
  }

  it('keeps a success, tries again after a failure, and works without the store', async () => {
    expect(await rememberedProblem(store, 'a', giving('wrong'))).toBe('wrong')
    expect(await rememberedProblem(store, 'a', giving(null))).toBeNull()
    expect(runs).toBe(2)
    expect(await rememberedProblem(store, 'a', giving('not asked'))).toBeNull()
    expect(runs).toBe(2)
    const full = { once: () => Promise.reject(new Error('no room')) }
    expect(await rememberedProblem(full, 'a', giving('wrong'))).toBe('wrong')
    expect(runs).toBe(3)
  })
})

describe('firstCorrect', () => {
  const tryingWith = (wrong: readonly string[], tried: string[] = []) =>
    firstCorrect('f16', async (arithmetic) => {
      tried.push(arithmetic)
      return wrong.includes(arithmetic) ? `${arithmetic} is wrong` : null
    })

  it('takes f32 where f16 is wrong, and the processor where both are', async () => {
    const tried: string[] = []
    expect(await tryingWith([], tried)).toEqual({ use: 'f16', problem: null })
    expect(tried).toEqual(['f16'])
    expect(await tryingWith(['f16'])).toEqual({ use: 'f32', problem: 'f16 is wrong' })
    expect(await tryingWith(['f16', 'f32'])).toEqual({ use: 'wasm', problem: 'f32 is wrong' })
    const onlyF32 = firstCorrect('f32', async () => 'wrong')
    expect(await onlyF32).toEqual({ use: 'wasm', problem: 'wrong' })
  })

  it('says what is wrong, what the run does and what to report', () => {
    const adapter = 'nvidia ada, Chrome/156.0, ONNX Runtime 1.31.0'
    expect(noticeOf({ use: 'f16', problem: null }, adapter)).toBeNull()
    expect(noticeOf({ use: 'f32', problem: 'its gradient is not finite' }, adapter)).toBe(
      'The graphics card computes wrongly with 16-bit numbers (its gradient is not finite), so this run uses ' +
        '32-bit numbers. Please report it with these words: nvidia ada, Chrome/156.0, ONNX Runtime 1.31.0.',
    )
    expect(noticeOf({ use: 'wasm', problem: 'it stops' }, adapter)).toMatch(
      /^The graphics card computes wrongly \(it stops\), so the processor computes this run\. /,
    )
  })
})

describe('isSoftware', () => {
  const info = (changes: Partial<GPUAdapterInfo>): GPUAdapterInfo => ({
    __brand: 'GPUAdapterInfo',
    ...{ vendor: 'nvidia', architecture: 'ada', device: '', description: '' },
    ...{ subgroupMinSize: 32, subgroupMaxSize: 32, isFallbackAdapter: false },
    ...changes,
  })

  it('knows fallback adapters and the names of software drivers', () => {
    expect(isSoftware(info({}))).toBe(false)
    expect(isSoftware(info({ isFallbackAdapter: true }))).toBe(true)
    expect(isSoftware(info({ vendor: 'google', architecture: 'swiftshader' }))).toBe(true)
    expect(isSoftware(info({ description: 'llvmpipe (LLVM 19.1.7, 256 bits)' }))).toBe(true)
    expect(isSoftware(info({ description: 'Microsoft Basic Render Driver' }))).toBe(true)
  })
})
