import { expect, test } from 'vitest'
import { rotaryTables } from '../../src/model/graphs/rotary'
import { referenceFrequency } from '../reference/decoder'
import { smallConfig } from '../reference/small_model'

const LLAMA_3_2 = { factor: 32, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 8192 }

test.each([
  ['as they are', undefined, [32, 0, 0]],
  ['as Llama 3.2 scales them', LLAMA_3_2, [15, 3, 14]],
])('frequencies of 64 channels, %s', (_, ropeScaling, counts) => {
  const config = smallConfig('llama', { headDim: 64, ropeTheta: 500000, ropeScaling, maxPositions: 300 })
  const { cos, sin } = rotaryTables(config)
  expect(cos.length).toBe(300 * 32)
  const seen = [0, 0, 0]
  for (let pair = 0; pair < 32; pair++) {
    const frequency = referenceFrequency(config, 64, pair)
    const quotient = frequency * 500000 ** (pair / 32)
    seen[quotient > 0.999999 ? 0 : quotient > 1 / 31.99 ? 1 : 2]++
    for (const position of [0, 1, 299]) {
      expect(Math.abs(cos[position * 32 + pair] - Math.cos(position * frequency))).toBeLessThan(1e-7)
      expect(Math.abs(sin[position * 32 + pair] - Math.sin(position * frequency))).toBeLessThan(1e-7)
    }
  }
  // Numbers of pairs that keep their speed, slow down somewhat, and turn 32 times slower.
  expect(seen).toEqual(counts)
})
