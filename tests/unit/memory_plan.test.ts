import { describe, expect, test } from 'vitest'
import { QWEN25_05B, SMOLLM2_135M } from '../../src/bench/native/sizes'
import { ColloquyError } from '../../src/errors'
import type { GraphPlan } from '../../src/model/graphs/graphs'
import type { MatrixFormat } from '../../src/model/graphs/layer'
import { type ModelConfig, perLinear } from '../../src/model/import/config'
import { passPlan } from '../../src/model/memory/activations'
import type { MemoryUse } from '../../src/model/memory/memory_needs'
import { memoryPlan, requireRoom } from '../../src/model/memory/memory_plan'
import { ADA_CONFIG } from '../reference/ada_config'

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
    ...passPlan(config, 'wasm', 'f32'),
  }
}

const SMOLLM2 = SMOLLM2_135M.config
// Its file has a separate head.
const QWEN = { ...QWEN25_05B.config, tiedEmbeddings: false }
const ROWS = { rows: 8, tokens: 72, prompts: 1, promptTokens: 40, trainedTokens: 40 + 8 * 32 }
const USE = { ...ROWS, adapters: 1, largestFile: 199_700_000 }

describe('an estimate of wasm memory is within a fifth of the measurement in Chromium (docs/model-import.md)', () => {
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

test('only rows that are decoded together count', () => {
  const plan = planOf(QWEN, 'q4', 'q4')
  const at = (rows: number) => memoryPlan(plan, 'wasm', { ...USE, rows }).device
  expect(at(8)).toBeLessThan(at(16))
  expect(at(128)).toBe(at(100))
})

test('a model too large for wasm is refused with its largest part', () => {
  const large = { ...QWEN, layers: 160 }
  const check = () =>
    requireRoom(memoryPlan(planOf(large, 'q8', 'f32'), 'wasm', USE), 'wasm', 'hub:some/model')
  expect(check).toThrow(ColloquyError)
  expect(check).toThrow(/hub:some\/model on wasm.*weights.*at most 4\.0 GiB/s)
  expect(() => requireRoom(memoryPlan(planOf(QWEN, 'q4', 'q4'), 'wasm', USE), 'wasm', 'x')).not.toThrow()
})

describe('hand-worked figures', () => {
  // One layer of width 32 on a vocabulary of 64: q, k, v, o of 32 x 32, three of 32 x 64; a table of 64 x 32.
  const TINY: ModelConfig = {
    ...SMOLLM2,
    vocabSize: 64,
    hiddenSize: 32,
    intermediateSize: 64,
    layers: 1,
    heads: 2,
    kvHeads: 2,
    headDim: 16,
    maxPositions: 100,
    tiedEmbeddings: true,
  }
  const linears = 4 * 32 * 32 + 3 * 32 * 64
  const table = 64 * 32
  // A (in, 16) and B (16, out) of each.
  const lora = 16 * (4 * (32 + 32) + 3 * (32 + 64))
  const use = {
    rows: 2,
    tokens: 10,
    prompts: 2,
    promptTokens: 6,
    trainedTokens: 10,
    adapters: 3,
    largestFile: 123_456,
  }
  const of = (parts: readonly { name: string; bytes: number }[]) =>
    Object.fromEntries(parts.map(({ name, bytes }) => [name, bytes]))

  test('on WebGPU: weights in blocks, adapters with their moments, keys and values, a pass over two rows', () => {
    const plan = memoryPlan(planOf(TINY, 'q4', 'f32'), 'webgpu', use)
    const parts = of(plan.parts)
    expect(parts.weights).toBe(linears * 0.625 + 4 * table)
    // Pairs that are joined: q, k and v read the same, gate and up as well.
    const joined = 3 * 16 * (32 + 96) + 16 * (32 + 32) + 2 * 16 * (32 + 128) + 16 * (64 + 32)
    // Three adapters of parameters, two moments, zeros and joined pairs, and one gradient.
    expect(parts.adapters).toBe(4 * (3 * (4 * lora + joined) + lora))
    // Keys and values of 32: captured for eight rows of 64 and for the smaller shape before, and two of two
    // rows of ten, for each peer.
    expect(parts['KV cache']).toBe(3 * 2 * 32 * 4 * (2 * 8 * 64 + 2 * 2 * 10))
    // Twenty tokens: each layer's input and, as all is kept, its products.
    const products = 2 * 4 * 16 + 32 + 3 * 64 + 2 * 10 * (5 / 8)
    // Gradients of two layers' inputs, 20 x 32 values each, in buffers of 2 KiB, 4 KiB and so on.
    expect(parts.activations).toBe(4 * 20 * (products + 2 * 32) + 2 * 4096)
    // Arrays of 20 x 32, 20 x 64 and 20 x 2 x 10 x 5/8 values, and for the prompts of 12 x 32, 12 x 64 and
    // 12 x 2 x 6 x 5/8 values.
    const forward = 12 * 4096 + 6 * 8192 + 3 * 2048
    const backward = 19 * 4096 + 7 * 8192 + 3 * 2048
    const prompts = 12 * 2048 + 6 * 4096 + 3 * 512
    expect(parts['recorded passes']).toBe(forward + backward + prompts)
    expect(plan.device).toBe(Object.values(parts).reduce((sum, bytes) => sum + bytes))
    expect(of(plan.javascriptParts)['a weight file while it is read']).toBe(123_456)
  })

  test('on WebGPU: another adapter for discussions with its captured steps, or zeros alone', () => {
    const parts = (discussion?: 'separate' | 'base') =>
      of(memoryPlan(planOf(TINY, 'q4', 'f32'), 'webgpu', { ...use, discussion }).parts)
    const [shared, separate, base] = [parts(), parts('separate'), parts('base')]
    const joined = 3 * 16 * (32 + 96) + 16 * (32 + 32) + 2 * 16 * (32 + 128) + 16 * (64 + 32)
    expect(separate.adapters - shared.adapters).toBe(4 * 3 * (4 * lora + joined))
    expect(base.adapters - shared.adapters).toBe(4 * 3 * (lora + joined))
    const captured = 3 * 2 * 32 * 4 * 2 * 8 * 64
    for (const { 'KV cache': cache } of [separate, base]) expect(cache - shared['KV cache']).toBe(captured)
    expect(separate.activations).toBe(shared.activations)
  })

  test('on WebGPU in f16: the layers’ reads and activations take half, the head and the adapters do not', () => {
    const f16 = { ...planOf(TINY, 'f32', 'f32'), activations: 'f16' as const }
    const [half, whole] = [f16, planOf(TINY, 'f32', 'f32')].map((plan) =>
      of(memoryPlan(plan, 'webgpu', use).parts),
    )
    expect(half.weights).toBe(2 * linears + 4 * table)
    expect(whole.weights).toBe(4 * linears + 4 * table)
    expect(half['KV cache']).toBe(whole['KV cache'] / 2)
    expect(half.adapters).toBeGreaterThan(0.7 * whole.adapters)
    expect(half.activations).toBeLessThan(whole.activations)
    // With weights in blocks, only the scales are f16.
    const blocks = { ...planOf(TINY, 'q4', 'f32'), activations: 'f16' as const }
    expect(of(memoryPlan(blocks, 'webgpu', use).parts).weights).toBe(linears * (0.5 + 2 / 32) + 4 * table)
  })

  test('on wasm: a larger batch counts twice in the heap and in JavaScript', () => {
    const small = memoryPlan(planOf(TINY, 'f32', 'f32'), 'wasm', use)
    const large = memoryPlan(planOf(TINY, 'f32', 'f32'), 'wasm', {
      ...use,
      rows: 100,
      tokens: 100,
      prompts: 1,
    })
    const cache = 100 * 100 * 2 * 32 * 4
    expect(of(large.parts)['KV cache']).toBe(3 * cache)
    expect(of(large.parts)['weights with LoRA']).toBe(4 * linears)
    expect(large.device).toBeGreaterThan(small.device)
  })

  test('activations count as layer inputs only with gradient checkpointing', () => {
    const kept = { ...planOf(TINY, 'f32', 'f32'), gradientCheckpointing: false }
    const again = { ...kept, gradientCheckpointing: true }
    const bytes = (plan: GraphPlan) => of(memoryPlan(plan, 'webgpu', use).parts).activations
    expect(bytes(kept) - bytes(again)).toBe(4 * 20 * (2 * 4 * 16 + 32 + 3 * 64 + 2 * 10 * (5 / 8)))
  })

  test('a pass is as large as its rows, with their common prompt once, up to the maximum', () => {
    const activations = (changes: Partial<MemoryUse>) =>
      of(memoryPlan(planOf(TINY, 'f32', 'f32'), 'webgpu', { ...use, ...changes }).parts).activations
    const shared = { rows: 8, prompts: 1, trainedTokens: 6 + 8 * 4 }
    expect(activations(shared)).toBeLessThan(activations({ rows: 8, prompts: 8 }))
    const most = activations({ rows: 1000, prompts: 1000 })
    expect(activations({ rows: 2000, prompts: 2000 })).toBe(most)
  })
})

test('JavaScript holds the weights and, while they are read, their file; on WebGPU only the file', () => {
  const { javascript, javascriptParts } = memoryPlan(planOf(SMOLLM2, 'f32', 'f32'), 'wasm', USE)
  expect(javascriptParts[0].name).toBe('weights')
  expect(javascript).toBeGreaterThan(4 * 134_479_872 + USE.largestFile)
  const gpu = memoryPlan(planOf(SMOLLM2, 'q4', 'f32'), 'webgpu', USE).javascript
  expect(gpu / USE.largestFile).toBeGreaterThan(1)
  expect(gpu / USE.largestFile).toBeLessThan(1.3)
})

test('a batch of many prompts is within a fifth of its heap: duet’s test in node, 100 rows of 209 tokens', () => {
  const rows = { rows: 100, tokens: 209, prompts: 100, promptTokens: 177, trainedTokens: 209 }
  const use = { ...rows, adapters: 2, largestFile: 187_372 }
  const { device, parts } = memoryPlan(planOf(ADA_CONFIG, 'f32', 'f32'), 'wasm', use)
  expect(parts[0].name).toBe('activations')
  expect(Math.abs(device / MIB / 143 - 1)).toBeLessThan(0.2)
})
