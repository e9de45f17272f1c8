import { expect, it } from 'vitest'
import { ON_HUB } from '../fixtures/hub_logits'
import { BOUNDS, largestGap } from './engine_gap'

/** The slow tier has every model in every dtype. */
it.each(['q4', 'q4f16'] as const)('the engine agrees with transformers.js in %s', async (dtype) => {
  const [model, family] = ON_HUB[0]
  expect(await largestGap({ model, family, dtype })).toBeLessThanOrEqual(BOUNDS[dtype])
})
