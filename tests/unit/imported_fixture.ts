import { expect } from 'vitest'
import { LAYER_NORMS, LINEARS } from '../../src/model/import/config'
import { loadModelFolder } from '../../src/model/import/folder'
import type { Dtype } from '../../src/model/import/folder_files'
import { dequantize } from '../../src/model/weights/quantize'
import { buildFixture, type FixtureOptions, fixtureWeights } from '../fixtures/index'
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
    const bytes = files.get(path) ?? null
    // No file is read twice.
    files.delete(path)
    return bytes
  }
  return loadModelFolder(read, options.model, { dtype: NAMED[options.dtype] })
}

/** Compares large arrays; `toEqual` would take minutes to report a difference. */
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

/** Expects every weight to have the file's value, bit for bit. */
export async function expectImported(options: FixtureOptions) {
  const { config, weights } = await load(options)
  const reference = referenceOf(options)
  const { shape } = fixtureWeights(options).model
  const scaling = shape.rope_scaling
  expect(config).toMatchObject({
    hiddenSize: shape.hidden_size,
    headDim: shape.head_dim,
    layers: shape.num_hidden_layers,
    maxPositions: 4096,
    ropeTheta: shape.rope_theta,
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
    for (const norm of [...LAYER_NORMS, 'qNorm', 'kNorm'] as const)
      expectSame(`${i}.${norm}`, layer[norm], wanted[norm])
  }
  return { config, weights }
}
