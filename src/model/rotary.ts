import type { ModelConfig } from './config'

/** cos and sin (P, D/2) of position · theta^(-2i/D), for rotary embedding in the half-split convention. */
export function rotaryTables(config: ModelConfig): { cos: Float32Array; sin: Float32Array } {
  const half = config.headDim / 2
  const cos = new Float32Array(config.maxPositions * half)
  const sin = new Float32Array(config.maxPositions * half)
  for (let i = 0; i < half; i++) {
    const frequency = config.ropeTheta ** ((-2 * i) / config.headDim)
    for (let position = 0; position < config.maxPositions; position++) {
      cos[position * half + i] = Math.cos(position * frequency)
      sin[position * half + i] = Math.sin(position * frequency)
    }
  }
  return { cos, sin }
}
