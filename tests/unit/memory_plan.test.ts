import { describe, expect, test } from 'vitest'
import { QWEN25_05B, SMOLLM2_135M } from '../../src/bench/native/sizes'
import { ColloquyError } from '../../src/errors'
import { type ModelConfig, perLinear } from '../../src/model/config'
import type { GraphPlan } from '../../src/model/graphs'
import type { MatrixFormat } from '../../src/model/layer'
import { memoryPlan, requireRoom } from '../../src/model/memory_plan'

const MIB = 2 ** 20

function planOf(
  config: ModelConfig,
  linears: MatrixFormat,
  embedding: MatrixFormat,
  head = embedding,
): GraphPlan {
  return {
    config,
    linears: perLinear(() => linears),
    embedding,
    head,
    lora: { rank: 16, alpha: 32 },
    queryBlocks: 4,
    weightSums: 'at once',
    gradientCheckpointing: false,
    activations: 'f32',
  }
}

const SMOLLM2 = SMOLLM2_135M.config
// Its file has a head of its own.
const QWEN = { ...QWEN25_05B.config, tiedEmbeddings: false }
const USE = { rows: 8, tokens: 72, adapters: 1 }

describe('an estimate of wasm memory is within a fifth of what was measured in Chromium (docs/model-import.md)', () => {
  test.each([
    ['SmolLM2-135M, dense', planOf(SMOLLM2, 'f32', 'f32'), 1360],
    ['Qwen2.5-0.5B, 4 bits, embedding in f32', planOf(QWEN, 'q4', 'f32', 'q4'), 2089],
  ] as const)('%s', (_, plan, measured) => {
    const found = memoryPlan(plan, 'wasm', USE).device / MIB
    expect(Math.abs(found / measured - 1)).toBeLessThan(0.2)
  })
})

test('parts are named, the largest first', () => {
  const { parts } = memoryPlan(planOf(SMOLLM2, 'f32', 'f32'), 'wasm', USE)
  expect(parts.map(({ name }) => name).slice(0, 2)).toEqual(['weights', 'weights with LoRA'])
  expect(parts[0].bytes).toBeCloseTo(4 * 134_479_872, -6)
  expect(parts.every(({ bytes }, i) => i === 0 || bytes <= parts[i - 1].bytes)).toBe(true)
})

test('rows are counted only as far as they are decoded together', () => {
  const plan = planOf(QWEN, 'q4', 'q4')
  const at = (rows: number) => memoryPlan(plan, 'wasm', { ...USE, rows }).device
  expect(at(8)).toBeLessThan(at(16))
  expect(at(128)).toBe(at(100))
})

test('what does not fit into wasm is refused with what takes most', () => {
  const large = { ...QWEN, layers: 160 }
  const check = () =>
    requireRoom(memoryPlan(planOf(large, 'q8', 'f32'), 'wasm', USE), 'wasm', 'hub:some/model')
  expect(check).toThrow(ColloquyError)
  expect(check).toThrow(/hub:some\/model on wasm.*weights.*at most 4\.0 GiB/s)
  expect(() => requireRoom(memoryPlan(planOf(QWEN, 'q4', 'q4'), 'wasm', USE), 'wasm', 'x')).not.toThrow()
})
