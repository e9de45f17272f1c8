import { describe, expect, it } from 'vitest'
import { LATER_ON_HUB } from '../fixtures/hub_logits'
import { BOUNDS, largestGap } from './engine_gap'
import { expectImported } from './imported_fixture'

describe.each(LATER_ON_HUB)('%s as %s writes it: the engine agrees with transformers.js', (model, family) => {
  it.each(['f32', 'q4'] as const)('%s', { timeout: 60_000 }, async (dtype) => {
    expect(await largestGap({ model, family, dtype })).toBeLessThanOrEqual(BOUNDS[dtype])
  })

  it.each(['f32', 'q4'] as const)('%s, read bit for bit', { timeout: 60_000 }, async (dtype) => {
    await expectImported({ model, family, dtype })
  })
})
