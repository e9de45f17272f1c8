import { describe, expect, it } from 'vitest'
import { buildFixture, DTYPES, type Dtype, type FixtureOptions } from '../fixtures'
import { hubLogits, ON_HUB } from '../fixtures/hub_logits'
import { referenceOf } from '../fixtures/reference'
import { type ReferenceModel, referenceLogits } from '../reference/decoder'

/** Maximum difference of any token's logits from the reference; logits have a standard deviation of 2. */
const BOUNDS: Readonly<Record<Dtype, number>> = {
  f32: 1e-3,
  q4: 1e-3,
  fp16: 2e-2,
  q4f16: 2e-2,
  // Its activations have 8 bits, unlike the reference's.
  q8: 0.75,
}

const PATIENCE = { timeout: 60_000 }

function gapTo(reference: ReferenceModel, row: { ids: number[]; logits: ArrayLike<number>[] }): number {
  let largest = 0
  referenceLogits(reference, row.ids).forEach((expected, s) => {
    expected.forEach((value, v) => {
      const gap = Math.abs(row.logits[s][v] - value)
      // Negated so that NaN counts.
      if (!(gap <= largest)) largest = gap
    })
  })
  return largest
}

async function expectAgreement(options: FixtureOptions): Promise<void> {
  const { rows, finite } = await hubLogits(await buildFixture(options), options.dtype)
  expect(finite).toBe(true)
  const reference = referenceOf(options)
  const gap = Math.max(...rows.map((row) => gapTo(reference, row)))
  expect(gap).toBeLessThanOrEqual(BOUNDS[options.dtype])
}

describe.each(ON_HUB)('transformers.js loads %s as %s writes it', PATIENCE, (model, family) => {
  it.each(DTYPES)('%s, with the logits of the reference', async (dtype) => {
    await expectAgreement({ model, family, dtype })
  })
})

describe('transformers.js loads the other family, too', PATIENCE, () => {
  it.each(ON_HUB)('%s, which the hub has by %s', async (model, family) => {
    await expectAgreement({ model, family: family === 'builder' ? 'optimum' : 'builder', dtype: 'q4' })
  })
})

describe('transformers.js loads what exporters vary', PATIENCE, () => {
  const builder = { model: 'smollm2-135m', family: 'builder' } as const
  it.each<[string, FixtureOptions]>([
    ['q, k, v in one product', { ...builder, dtype: 'q4', packed: true }],
    ['the same with biases', { ...builder, model: 'qwen2.5-0.5b', dtype: 'f32', packed: true }],
    ['the same with norms of q and k', { ...builder, model: 'qwen3-0.6b', dtype: 'q4', packed: true }],
    [
      'the same with scaled rotary embedding',
      { ...builder, model: 'llama-3.2-1b', dtype: 'f32', packed: true },
    ],
    ['the same in integers', { ...builder, dtype: 'q8', packed: true }],
    ['one embedding in blocks', { ...builder, dtype: 'q4', shared: true }],
    ['the same in f16', { ...builder, dtype: 'q4f16', shared: true }],
    ['one dense embedding', { ...builder, dtype: 'f32', shared: true }],
    [
      'two copies of the table in family A',
      { model: 'smollm2-360m', family: 'optimum', dtype: 'q4', shared: false },
    ],
    ['a scale for each output', { model: 'qwen2.5-0.5b', family: 'optimum', dtype: 'q8', perChannel: true }],
    ['external data in one file', { ...builder, dtype: 'q4', chunks: 1 }],
    ['external data in three files', { model: 'qwen2.5-0.5b', family: 'optimum', dtype: 'q4f16', chunks: 3 }],
  ])('%s', async (_, options) => {
    await expectAgreement(options)
  })
})

describe('what the files compute', PATIENCE, () => {
  it('needs the rotary scaling of Llama 3', async () => {
    const options = { model: 'llama-3.2-1b', family: 'optimum', dtype: 'f32' } as const
    const { rows } = await hubLogits(await buildFixture(options), 'f32')
    const unscaled = { ...referenceOf(options), ropeScaling: undefined }
    expect(gapTo(unscaled, rows[1])).toBeGreaterThan(10 * BOUNDS.f32)
  })

  it('allows for padding on the left in family A', async () => {
    const options = { model: 'qwen2.5-0.5b', family: 'optimum', dtype: 'f32' } as const
    const { rows } = await hubLogits(await buildFixture(options), 'f32', 'left')
    expect(gapTo(referenceOf(options), rows[0])).toBeLessThanOrEqual(BOUNDS.f32)
  })

  it('does not in family B, whose attention takes the first tokens of a row to be the real ones', async () => {
    const options = { model: 'qwen3-0.6b', family: 'builder', dtype: 'f32' } as const
    const { rows } = await hubLogits(await buildFixture(options), 'f32', 'left')
    expect(gapTo(referenceOf(options), rows[0])).toBeGreaterThan(1)
    expect(gapTo(referenceOf(options), rows[1])).toBeLessThanOrEqual(BOUNDS.f32)
  })
})
