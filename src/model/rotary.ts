import type { ModelConfig } from './config'

/**
 * cos and sin (P, D/2) of position · theta^(-2i/D), for rotary embedding in the half-split convention.
 * @param positions P; more than the model has where rows are padded beyond them
 */
export function rotaryTables(
  config: ModelConfig,
  positions = config.maxPositions,
): { cos: Float32Array; sin: Float32Array } {
  const half = config.headDim / 2
  const cos = new Float32Array(positions * half)
  const sin = new Float32Array(positions * half)
  for (let i = 0; i < half; i++) {
    const frequency = config.ropeTheta ** ((-2 * i) / config.headDim)
    for (let position = 0; position < positions; position++) {
      cos[position * half + i] = Math.cos(position * frequency)
      sin[position * half + i] = Math.sin(position * frequency)
    }
  }
  return { cos, sin }
}
