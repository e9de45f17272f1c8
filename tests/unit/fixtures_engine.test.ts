import { describe, expect, it } from 'vitest'
import { ON_HUB } from '../fixtures/hub_logits'
import { BOUNDS, largestGap } from './engine_gap'

/** The other dtypes of each model are in the slow tier. */
describe.each(ON_HUB)('%s as %s writes it: the engine agrees with transformers.js', (model, family) => {
  it('q4', { timeout: 60_000 }, async () => {
    expect(await largestGap({ model, family, dtype: 'q4' })).toBeLessThanOrEqual(BOUNDS.q4)
  })
})

it.each(['f32', 'fp16', 'q4f16'] as const)('it agrees in %s', { timeout: 60_000 }, async (dtype) => {
  const [model, family] = ON_HUB[0]
  expect(await largestGap({ model, family, dtype })).toBeLessThanOrEqual(BOUNDS[dtype])
})
