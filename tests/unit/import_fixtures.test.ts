import { describe, expect, test } from 'vitest'
import { DTYPES, FAMILIES, modelPath } from '../fixtures/index'
import { expectImported } from './imported_fixture'

/** The other models, and what exporters vary, are in the slow tier. */
describe.each(FAMILIES)('smollm2-135m of the family %s', (family) => {
  test.each(DTYPES)('in %s', async (dtype) => {
    const { config, weights } = await expectImported({ model: 'smollm2-135m', family, dtype })
    expect(config.tiedEmbeddings).toBe(weights.head === weights.embedding)
  })
})

test.each(['qwen2.5-0.5b', 'qwen3-0.6b'] as const)('%s with q, k and v in one', async (model) => {
  await expectImported({ model, family: 'builder', dtype: 'q4', packed: true })
})

test('the files of the fixtures are those that transformers.js names', () => {
  expect(DTYPES.map(modelPath)).toEqual([
    'onnx/model.onnx',
    'onnx/model_fp16.onnx',
    'onnx/model_q4.onnx',
    'onnx/model_q4f16.onnx',
    'onnx/model_quantized.onnx',
  ])
})
