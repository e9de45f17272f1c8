import { describe, expect, it } from 'vitest'
import { fastest } from '../../src/gpu/autotune'
import { type GpuHead, headLaunch } from '../../src/gpu/gpu_head'
import { DEFAULT_VARIANT, everyKernel, HEAD_VARIANTS, variantsWithin } from '../../src/gpu/head_variants'

/** Makes a clock on which candidate i takes `milliseconds[i]` per run, and records the runs. */
function clock(milliseconds: readonly number[]) {
  const asked: number[] = []
  const time = async (candidate: number, runs: number) => {
    asked.push(candidate)
    return milliseconds[candidate] * runs
  }
  return { asked, time, candidates: milliseconds.map((_, i) => i) }
}

describe('choosing a variant', () => {
  it('takes the fastest', async () => {
    const { candidates, time } = clock([4, 3, 1, 2])
    expect(await fastest(candidates, time)).toBe(2)
  })

  it('keeps the first where the gain may be chance', async () => {
    const { candidates, time } = clock([1, 0.96, 1.5])
    expect(await fastest(candidates, time)).toBe(0)
  })

  it('skips candidates once its time is used up', async () => {
    const { candidates, time, asked } = clock([20, 15, 1])
    expect(await fastest(candidates, time)).toBe(1)
    expect(asked).not.toContain(2)
  })

  it('times several runs together where one is short', async () => {
    const runs: number[] = []
    await fastest([0], async (_, count) => {
      runs.push(count)
      return 0.5 * count
    })
    expect(runs).toEqual([1, 1, 8, 8])
  })
})

describe('variants', () => {
  it('are those that fit the device, always with the default', () => {
    const least = { maxComputeInvocationsPerWorkgroup: 128, maxComputeWorkgroupStorageSize: 16384 }
    expect(variantsWithin('sample', least).map(({ lanes }) => lanes)).not.toContain(256)
    // 16 rows and 64 lanes keep 4 x 4 x 64 factors of 16 bytes: 16 KiB.
    expect(variantsWithin('token_logprobs_grad', least)).toEqual(
      HEAD_VARIANTS.filter(({ lanes }) => lanes <= 128),
    )
    const tiny = { ...least, maxComputeWorkgroupStorageSize: 5 * 1024 }
    expect(variantsWithin('sample', tiny)).toContainEqual(DEFAULT_VARIANT)
  })

  it('split the vocabulary until there are enough workgroups, but not into more gradients than fit', () => {
    const head: GpuHead = {
      format: 'q4',
      vocabulary: 100_000,
      width: 1024,
      reader: '',
      bindings: {},
      variants: everyKernel({ rows: 8, lanes: 64, workgroups: 2048 }),
      release: () => {},
    }
    // 391 passes of 256 items; 64 rows are 8 tiles, so 256 shares make 2048 workgroups.
    expect(headLaunch(head, 'sample', 64)).toMatchObject({ tiles: 8, splits: 256 })
    expect(headLaunch(head, 'sample', 8)).toMatchObject({ tiles: 1, splits: 391 })
    expect(headLaunch(head, 'sample', 100_000)).toMatchObject({ tiles: 12_500, splits: 1 })
    // 64 rows of 1024 f32 are 256 KiB; 64 MiB hold 256 of them, and 128 of twice as many rows.
    expect(headLaunch(head, 'token_logprobs_grad', 128)).toMatchObject({ tiles: 16, splits: 128 })
    expect(headLaunch(head, 'token_logprobs_grad', 20_000)).toMatchObject({ tiles: 2500, splits: 1 })
  })
})
