import { describe, expect, it } from 'vitest'
import { tuneHead } from '../../src/gpu/autotune'
import type { Gpu } from '../../src/gpu/device'
import { uploadHead } from '../../src/gpu/gpu_head'
import { DEFAULT_VARIANT, HEAD_VARIANTS, variantsWithin } from '../../src/gpu/head_variants'
import { valuesOf } from '../../src/matrix/matrix_values'
import { describeHeadKernels, gpu, heads, OFF_EVERY_TILE, randomHead } from './head_on_gpu'

// One row. V is below, at, and no multiple of the tile of 256. H is odd, no multiple of 4 or 32, and above
// the 256 columns of a pass.
const SHAPES = [
  { format: 'f32', tokens: 1, vocabulary: 1, width: 1 },
  { format: 'f32', tokens: 5, vocabulary: 7, width: 5 },
  { format: 'f32', tokens: 4, vocabulary: 256, width: 8 },
  { format: 'f32', tokens: 6, vocabulary: 517, width: 260 },
  { format: 'q8', tokens: 7, vocabulary: 259, width: 64 },
  { format: 'q8', tokens: 1, vocabulary: 3, width: 33 },
  { format: 'q4', tokens: 7, vocabulary: 259, width: 64 },
  { format: 'q4', tokens: 2, vocabulary: 6, width: 40 },
] as const
describeHeadKernels([
  ...SHAPES.map((shape) => ({ ...shape, variant: DEFAULT_VARIANT })),
  ...HEAD_VARIANTS.map((variant) => ({ ...OFF_EVERY_TILE, variant })),
])

describe('tuneHead', () => {
  // The getters of a real adapter's info fail on other objects.
  const playedBy = (isFallbackAdapter: boolean): Gpu => {
    const { subgroupMinSize, subgroupMaxSize } = gpu.info
    const brand = { __brand: 'GPUAdapterInfo', vendor: 'acme', architecture: 'one' } as const
    const names = { ...brand, device: '', description: '' }
    return { ...gpu, info: { ...names, subgroupMinSize, subgroupMaxSize, isFallbackAdapter } }
  }
  const onGpu = () => playedBy(false)
  const upload = () => {
    const { format, vocabulary, width } = OFF_EVERY_TILE
    const head = uploadHead(gpu, 'test head', valuesOf(randomHead(format, vocabulary, width)))
    heads.push(head)
    return head
  }
  function memory() {
    const kept = new Map<string, string>()
    const store = {
      made: 0,
      kept,
      async once(key: string, make: () => Promise<string>) {
        const choice = kept.get(key) ?? (await make())
        if (!kept.has(key)) store.made++
        kept.set(key, choice)
        return choice
      },
    }
    return store
  }

  it('measures once per adapter and shape, then uses the stored choice', async () => {
    const head = upload()
    const store = memory()
    const live = gpu.buffers.live
    const tuned = await tuneHead(onGpu(), head, store)
    expect(gpu.buffers.live).toBe(live)
    for (const kernel of ['token_logprobs', 'token_logprobs_grad', 'sample'] as const)
      expect(variantsWithin(kernel, gpu.limits)).toContainEqual(tuned.variants[kernel])
    expect(await tuneHead(onGpu(), head, store)).toEqual(tuned)
    expect(store.made).toBe(1)
    const [[key, choice]] = store.kept
    expect(key).toContain('|q4|1101|40')
    store.kept.set(key, choice.split('\n').fill('8 rows, 128 lanes, 2048 workgroups', 0, 1).join('\n'))
    const taken = await tuneHead(onGpu(), head, store)
    expect(taken.variants.token_logprobs).toEqual({ rows: 8, lanes: 128, workgroups: 2048 })
    expect(taken.variants.sample).toEqual(tuned.variants.sample)
  })

  it('keeps the default without a store, with a broken store, and on a software GPU', async () => {
    const head = upload()
    const refuses = { once: () => Promise.reject(new Error('no room')) }
    const nonsense = { once: () => Promise.resolve('a\nb') }
    const unasked = { once: () => expect.fail('it was asked') }
    expect(await tuneHead(onGpu(), head, null)).toBe(head)
    expect(await tuneHead(onGpu(), head, refuses)).toBe(head)
    expect(await tuneHead(onGpu(), head, nonsense)).toEqual(head)
    expect(await tuneHead(playedBy(true), head, unasked)).toBe(head)
  })
})
