/** Reads rotary embedding from a hub `config.json`. */

import type { ModelConfig } from './config'
import { type Fields, malformedConfig, objectField, positiveNumber, unsupportedConfig } from './import_fields'

/**
 * Reads `rope_theta` and `rope_scaling` or, as newer exporters write them, `rope_parameters`; of parameters
 * for kinds of layers those of `full_attention`.
 * @throws ColloquyError 'model-architecture' for a scaling that this engine lacks, 'model-file' for an
 * invalid one
 */
export function readRope(fields: Fields, what: string): Pick<ModelConfig, 'ropeTheta' | 'ropeScaling'> {
  const all = objectField(fields, 'rope_parameters')
  const parameters = all && (objectField(all, 'full_attention') ?? all)
  const rope_theta = parameters?.rope_theta ?? fields.rope_theta
  const ropeTheta = positiveNumber({ rope_theta }, 'rope_theta', what, 10000)
  const stated = { rope_parameters: parameters, rope_scaling: objectField(fields, 'rope_scaling') }
  for (const [field, scaling] of Object.entries(stated)) {
    const ropeScaling = scaling && readScaling(scaling, `${what}, ${field}`)
    if (ropeScaling) return { ropeTheta, ropeScaling }
  }
  return { ropeTheta }
}

function readScaling(scaling: Fields, what: string): ModelConfig['ropeScaling'] {
  const kind = scaling.rope_type ?? scaling.type ?? 'default'
  const perLayer = Object.values(scaling).some((value) => typeof value === 'object' && value !== null)
  // Linear scaling by 1 is the default.
  const plain = kind === 'default' || (kind === 'linear' && scaling.factor === 1)
  const partial = (scaling.partial_rotary_factor ?? 1) !== 1
  if (perLayer || partial || !(plain || kind === 'llama3'))
    throw unsupportedConfig(what, JSON.stringify(scaling), 'null or one of the rope types default, llama3')
  if (plain) return undefined
  const number = (field: string) => positiveNumber(scaling, field, what)
  const result = {
    factor: number('factor'),
    lowFreqFactor: number('low_freq_factor'),
    highFreqFactor: number('high_freq_factor'),
    originalMaxPositions: number('original_max_position_embeddings'),
  }
  if (result.highFreqFactor <= result.lowFreqFactor)
    throw malformedConfig(
      `${what}, high_freq_factor`,
      `${result.highFreqFactor}`,
      `more than low_freq_factor, ${result.lowFreqFactor}`,
    )
  return result
}
