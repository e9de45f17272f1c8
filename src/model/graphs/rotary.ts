import { cos as cosine, exp, log, sin as sine } from '../../exact_math'
import type { LayerKind, ModelConfig } from '../import/config'

/**
 * Computes cos and sin (P, D/2) of position · frequency, for rotary embedding in the half-split convention.
 * @param positions P; more than the model has where rows are padded beyond them
 * @param kind layers that read the tables. Those of `unrotated` ones rotate by 0.
 */
export function rotaryTables(
  config: ModelConfig,
  positions = config.maxPositions,
  kind: LayerKind = 'full',
): { cos: Float32Array; sin: Float32Array } {
  const half = config.headDim / 2
  const cos = new Float32Array(positions * half)
  const sin = new Float32Array(positions * half)
  for (let i = 0; i < half; i++) {
    const frequency = frequencyOf(config, kind, i)
    for (let position = 0; position < positions; position++) {
      cos[position * half + i] = cosine(position * frequency)
      sin[position * half + i] = sine(position * frequency)
    }
  }
  return { cos, sin }
}

function frequencyOf({ attention, ...config }: ModelConfig, kind: LayerKind, i: number): number {
  if (kind === 'unrotated') return 0
  if (kind === 'full') return rotaryFrequency(config, i)
  if (!attention?.local) throw new RangeError('a local layer needs a rotary base')
  return rotaryFrequency({ headDim: config.headDim, ropeTheta: attention.local.ropeTheta }, i)
}

/**
 * Returns the angle per position of pair i of a head: theta^(-2i/D). Llama 3.1 and later scale it
 * (`apply_scaling` of Meta's llama-models, rope_type `llama3` in transformers): long wavelengths, relative to
 * the positions first trained on, are divided by `factor`; short ones stay; between them the blend is linear
 * in turns per original length.
 */
function rotaryFrequency(
  { ropeTheta, ropeScaling, headDim }: Pick<ModelConfig, 'ropeTheta' | 'ropeScaling' | 'headDim'>,
  i: number,
): number {
  const frequency = exp(((-2 * i) / headDim) * log(ropeTheta))
  if (!ropeScaling) return frequency
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositions } = ropeScaling
  const turns = (originalMaxPositions * frequency) / (2 * Math.PI)
  const kept = Math.min(Math.max((turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor), 0), 1)
  return frequency * (kept + (1 - kept) / factor)
}
