import { describe, expect, test } from 'vitest'
import { DTYPES, FAMILIES, MODELS } from '../fixtures/index'
import { expectImported } from './imported_fixture'

describe.each(MODELS)('%s', (model) => {
  describe.each(FAMILIES)('of the family %s', (family) => {
    test.each(DTYPES)('in %s', async (dtype) => {
      const { config, weights } = await expectImported({ model, family, dtype })
      expect(config.tiedEmbeddings).toBe(weights.head === weights.embedding)
      const { kind } = weights.layers[0].linears.q
      if (dtype !== 'q8') expect(kind).toBe(dtype.startsWith('q4') ? 'blocks' : 'f32')
    })
  })
})

/** One of each architecture. */
describe.each(['llama-3.2-1b', 'qwen2.5-0.5b', 'qwen3-0.6b'] as const)('%s', (model) => {
  const family = 'builder'

  test.each(['fp16', 'q4', 'q8'] as const)('with q, k and v in one, in %s', async (dtype) => {
    await expectImported({ model, family, dtype, packed: true })
  })

  test.each(['f32', 'q4f16'] as const)('with one matrix for both ends, in %s', async (dtype) => {
    const { weights } = await expectImported({ model, family, dtype, shared: true })
    expect(weights.head).toBe(weights.embedding)
  })

  test.each([true, false])('in q8, a scale for each output: %s', async (perChannel) => {
    await expectImported({ model, family: 'optimum', dtype: 'q8', perChannel })
  })

  test.each([1, 3])('in %i files next to the model', async (chunks) => {
    await expectImported({ model, family, dtype: 'q4', chunks })
  })
})
