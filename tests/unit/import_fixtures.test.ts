import { describe, expect, test } from 'vitest'
import { LINEARS } from '../../src/model/config'
import type { Dtype } from '../../src/model/dtypes'
import { loadModelFolder } from '../../src/model/folder'
import { dequantize } from '../../src/model/quantize'
import {
  buildFixture,
  DTYPES,
  FAMILIES,
  type FixtureOptions,
  fixtureWeights,
  MODELS,
  modelPath,
} from '../fixtures/index'
import { referenceOf } from '../fixtures/reference'

const NAMED: Readonly<Record<FixtureOptions['dtype'], Dtype>> = {
  f32: 'fp32',
  fp16: 'fp16',
  q4: 'q4',
  q4f16: 'q4f16',
  q8: 'q8',
}

async function load(options: FixtureOptions) {
  const files = await buildFixture(options)
  const read = async (path: string) => {
    const bytes = files.get(path)
    if (bytes === undefined) throw new Error(`${path} is not in the fixture`)
    // Nothing is read twice.
    files.delete(path)
    return bytes
  }
  return loadModelFolder(read, options.model, { dtype: NAMED[options.dtype] })
}

/** `toEqual` of large arrays takes minutes to say what differs. */
function expectSame(
  name: string,
  found: ArrayLike<number> | undefined,
  wanted: ArrayLike<number> | undefined,
) {
  let first = -1
  for (let i = 0; found && wanted && first < 0 && i < wanted.length; i++)
    if (found[i] !== wanted[i]) first = i
  expect({ name, length: found?.length, first }).toEqual({ name, length: wanted?.length, first: -1 })
}

/** Every weight has the value that the file stands for, to the bit. */
async function expectImported(options: FixtureOptions) {
  const { config, weights } = await load(options)
  const reference = referenceOf(options)
  const { shape, qkvBias, qkNorm } = fixtureWeights(options).model
  const scaling = shape.rope_scaling
  expect(config).toMatchObject({
    hiddenSize: shape.hidden_size,
    headDim: shape.head_dim,
    layers: shape.num_hidden_layers,
    maxPositions: 4096,
    ropeTheta: shape.rope_theta,
    qkvBias,
    qkNorm,
  })
  expect(config.ropeScaling?.factor).toBe(scaling?.factor)
  expectSame('embedding', dequantize(weights.embedding).data, reference.embedding)
  expectSame('head', dequantize(weights.head).data, reference.head)
  expectSame('final norm', weights.finalNorm, reference.finalNorm)
  expect(weights.layers.length).toBe(reference.layers.length)
  for (const [i, layer] of weights.layers.entries()) {
    const wanted = reference.layers[i]
    for (const which of LINEARS) {
      expectSame(`${i}.${which}`, dequantize(layer.linears[which]).data, wanted.linears[which].weight)
      if (which === 'q' || which === 'k' || which === 'v')
        expectSame(`${i}.${which}.bias`, layer.biases?.[which], wanted.linears[which].bias)
    }
    for (const norm of ['attentionNorm', 'mlpNorm', 'qNorm', 'kNorm'] as const)
      expectSame(`${i}.${norm}`, layer[norm], wanted[norm])
  }
  return { config, weights }
}

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

test('the files of the fixtures are those that transformers.js names', () => {
  expect(DTYPES.map(modelPath)).toEqual([
    'onnx/model.onnx',
    'onnx/model_fp16.onnx',
    'onnx/model_q4.onnx',
    'onnx/model_q4f16.onnx',
    'onnx/model_quantized.onnx',
  ])
})
