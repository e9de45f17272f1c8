import { expect, test } from 'vitest'
import { QWEN25_05B } from '../../src/bench/native/sizes'
import { presetConfig } from '../../src/config/presets'
import { requireRunRoom, shortageOf } from '../../src/ilr/memory/memory_room'
import { runMemory } from '../../src/ilr/memory/run_memory'
import { heardTokens, requireCompletionRoom, requireListeners } from '../../src/ilr/memory/run_tokens'
import type { ModelOutline } from '../../src/model/import/outline'
import { ADA_CONFIG } from '../reference/ada_config'

const GIB = 2 ** 30
/** The outline of an embedded peer: 320 positions, no chat template. */
const ADA: ModelOutline = {
  config: ADA_CONFIG,
  dtypes: [{ dtype: 'q4', bytes: 187_372, largest: 187_372 }],
  promptStyle: 'plain',
  choosesThinking: false,
}
const QWEN: ModelOutline = {
  config: QWEN25_05B.config,
  dtypes: [
    { dtype: 'fp32', bytes: 1_976_000_000, largest: 1_976_000_000 },
    { dtype: 'q4', bytes: 786_000_000, largest: 786_000_000 },
  ],
  promptStyle: 'instructed',
  choosesThinking: false,
}
const large = (layers: number): ModelOutline => ({
  ...QWEN,
  config: { ...QWEN.config, layers },
  dtypes: [
    { dtype: 'fp32', bytes: 4 * (layers * 14_909_440 + 136_134_656), largest: 2e9 },
    { dtype: 'q4', bytes: 0.625 * layers * 14_909_440 + 4 * 136_134_656, largest: 2e9 },
  ],
})
const MODEL = 'hub:owner/qwen'
const machine = (memory: number | null) => ({ memory, f16: false })
const twins = (changes: Parameters<typeof presetConfig>[1] = {}) =>
  presetConfig('duet', {
    peers: [
      { id: 'a', source: MODEL },
      { id: 'b', source: MODEL },
    ],
    ...changes,
  })

test('two peers with separate weights take twice the memory; with shared weights only their adapters add to it', () => {
  const [apart, shared] = [false, true].map((sharedBase) =>
    runMemory(twins({ sharedBase }), { a: QWEN, b: QWEN }, false),
  )
  expect(apart.groups.map(({ ids }) => ids)).toEqual([['a'], ['b']])
  expect(apart.device).toBe(2 * apart.groups[0].plan.device)
  expect(shared.groups.map(({ ids }) => ids)).toEqual([['a', 'b']])
  expect(shared.device).toBe(apart.groups[0].plan.device)
  expect(shared.javascript).toBeGreaterThan(apart.groups[0].plan.javascript)
  expect(shared.javascript).toBeLessThan(apart.javascript)
})

test('more rows, a higher rank and thoughts take more', () => {
  const of = (changes: Parameters<typeof twins>[0]) => {
    const config = twins({ evalSize: 1, abilityQuestions: 1, ...changes })
    const { device, javascript } = runMemory(config, { a: QWEN, b: QWEN }, false)
    return device + javascript
  }
  const few = of({ questionsPerStep: 1, numGenerations: 2 })
  expect(of({ questionsPerStep: 1, numGenerations: 2, maxCompletionLength: 900 })).toBeGreaterThan(few)
  expect(of({ questionsPerStep: 1, numGenerations: 2, maxCompletionLength: 100 })).toBeLessThan(few)
  expect(of({ questionsPerStep: 1, numGenerations: 8 })).toBeGreaterThan(few)
  expect(of({ questionsPerStep: 1, numGenerations: 2, loraRank: 64 })).toBeGreaterThan(few)
  const peers = twins().peers.map((peer) => ({ ...peer, thinking: true as const }))
  expect(of({ questionsPerStep: 1, numGenerations: 2, peers })).toBeGreaterThan(few)
})

test('a second adapter for discussions adds to the first, one that is never trained less', () => {
  // A high rank, so that adapters outweigh the activations of a phase without them.
  const bytes = (changes: Parameters<typeof twins>[0]) => {
    const { javascript } = runMemory(twins({ loraRank: 256, ...changes }), { a: QWEN, b: QWEN }, false)
    return javascript
  }
  const shared = bytes({})
  const separate = bytes({ discussionAdapter: 'separate' }) - shared
  // f32 values of A and B of rank 256: parameters, two moments and zeros, for two peers.
  const { hiddenSize: h, intermediateSize: m, kvHeads, headDim, layers } = QWEN.config
  const values = layers * 256 * (2 * (h + h) + 2 * (h + kvHeads * headDim) + 3 * (h + m))
  expect(separate).toBe(2 * 4 * 4 * values)
  expect(bytes({ discussionAdapter: 'base' }) - shared).toBe(separate / 4)
  const solo = { method: 'solo', evalMethods: [] as [] } as const
  expect(bytes({ ...solo, discussionAdapter: 'separate' })).toBe(bytes(solo))
})

test('a run that fits gives no message; the embedded preset takes less than 300 MB per peer', () => {
  const config = presetConfig('duet')
  const { groups } = runMemory(config, { ada: ADA, bo: ADA }, false)
  for (const { plan } of groups) expect(plan.device + plan.javascript).toBeLessThan(300e6)
  expect(shortageOf(config, { ada: ADA, bo: ADA }, machine(8 * GIB))).toBeNull()
})

test('a run too large for wasm is refused, with only the changes that make it fit', () => {
  const outlines = { a: large(100), b: large(100) }
  const peers = twins().peers.map((peer) => ({ ...peer, dtype: 'fp32' as const }))
  const shortage = shortageOf(twins({ peers }), outlines, machine(null))
  expect(shortage?.what).toMatch(/^a needs about [\d.]+ GB of wasm memory, but the limit is 4\.29 GB$/)
  expect(shortage?.certain).toBe(true)
  expect(shortage?.lower).toEqual([
    'Choose dtype q4',
    'Choose WebGPU, if the graphics card has enough memory',
  ])
  expect(() => requireRunRoom(twins({ peers }), outlines)).toThrow(
    /memory of this run: found a needs .*Choose dtype q4; or choose WebGPU.*; or choose a smaller model\.$/,
  )
  // The advice suffices.
  expect(shortageOf(twins(), outlines, machine(null))).toBeNull()
})

test('a slight excess is solved by a smaller batch, or by sharing on a small machine', () => {
  const tight = { a: QWEN, b: QWEN }
  const huge = { a: large(400), b: large(400) }
  expect(shortageOf(twins(), huge, machine(null))?.lower).toEqual([
    'Choose WebGPU, if the graphics card has enough memory',
  ])
  const small = runMemory(twins(), tight, false)
  const almost = small.device + small.javascript - 1e8
  const shortage = shortageOf(twins(), tight, machine(almost))
  expect(shortage?.certain).toBe(false)
  expect(shortage?.what).toMatch(/together, but this device gives a page [\d.]+ [MG]B at most$/)
  expect(shortage?.lower.join('\n')).toMatch(/Lower .*evalSize to \d+/)
  expect(shortage?.lower.join('\n')).toContain('sharedBase')
})

test('an embedded peer beside an instructed one is refused, because it cannot read its ideas', () => {
  const mixed = presetConfig('duet', {
    peers: [
      { id: 'ada', source: 'models/ada' },
      { id: 'qwen', source: MODEL },
    ],
  })
  const outlines = { ada: ADA, qwen: QWEN }
  expect(heardTokens(mixed, outlines, 'ada')).toBeGreaterThan(320)
  expect(() => requireListeners(mixed, outlines)).toThrow(
    /^peer ada beside qwen: found a model that reads 320 tokens, .* Give ada a larger model, too/,
  )
  // Alone, the peer need not read ideas.
  expect(() => requireListeners({ ...mixed, method: 'solo', evalMethods: [] }, outlines)).not.toThrow()
  // In a debate with itself, it reads only its own.
  const apart = { ...mixed, method: 'self-debate' as const, evalMethods: [] }
  expect(() => requireListeners(apart, outlines)).not.toThrow()
  expect(heardTokens(apart, outlines, 'ada')).toBe(
    heardTokens(presetConfig('duet'), { ada: ADA, bo: ADA }, 'ada'),
  )
  expect(() => requireListeners(presetConfig('duet'), { ada: ADA, bo: ADA })).not.toThrow()
  const trio = Object.fromEntries(['ada', 'bo', 'cy'].map((id) => [id, ADA]))
  expect(() => requireListeners(presetConfig('trio'), trio)).not.toThrow()
  const base = { ...ADA, config: { ...ADA.config, maxPositions: 2048 } }
  expect(() => requireListeners(mixed, { ...outlines, ada: base })).not.toThrow()
})

test('answers that may exceed the model’s positions with what they answer are refused, with a length that fits', () => {
  const outlines = { a: QWEN, b: QWEN }
  const discussing = (maxCompletionLength: number | undefined, thinking?: true) =>
    twins({ maxCompletionLength, peers: twins().peers.map((peer) => ({ ...peer, thinking })) })
  const alone = (maxCompletionLength: number) =>
    twins({ method: 'solo', evalMethods: [], maxCompletionLength })
  for (const config of [discussing(undefined), discussing(512), alone(3000), presetConfig('gsm8k')])
    expect(() => requireCompletionRoom(config, outlines)).not.toThrow()
  const fitting = (config: Parameters<typeof requireCompletionRoom>[0]) => {
    try {
      requireCompletionRoom(config, outlines)
    } catch (error) {
      return Number(/model reads 4096, .*Lower maxCompletionLength to (\d+)\.$/.exec(String(error))?.[1])
    }
    return null
  }
  // Two ideas, an analysis and the joint answer: four texts of this length and the prompt's own words.
  const length = fitting(discussing(2000))
  expect(length).toBeGreaterThan(800)
  expect(length).toBeLessThan(1024)
  expect(fitting(discussing(length ?? 0))).toBeNull()
  expect(fitting(discussing((length ?? 0) + 1))).toBe(length)
  expect(fitting(alone(4096))).toBeGreaterThan(3500)
  // Nobody reads thoughts.
  expect(fitting(discussing(1500, true))).toBeNull()
  // Peers without an outline are loaded before anything is known of them.
  expect(() => requireCompletionRoom(discussing(2000), {})).not.toThrow()
})
