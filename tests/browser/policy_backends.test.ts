import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LossOptions } from '../../src/grpo/types'
import { type BaseOptions, loadBase } from '../../src/model/base'
import type { Engine, EngineOptions } from '../../src/model/engine'
import type { ModelFolder } from '../../src/model/folder'
import type { TrainSequence } from '../../src/model/peer'
import { modelInArrays } from '../../src/model/weight_source'
import { deriveKey, seedKey } from '../../src/random'
import { randomWeights, smallConfig } from '../reference/small_model'

const options: Omit<BaseOptions, 'backend'> & EngineOptions = {
  id: 'small',
  source: 'a random model',
  loraRank: 3,
  loraAlpha: 6,
  seed: 11,
  threads: 1,
}

const loss: LossOptions = {
  lossType: 'dapo',
  importanceSamplingLevel: 'token',
  epsilon: 0.2,
  epsilonHigh: 0.2,
  beta: 0.05,
  temperature: 0.8,
  maxCompletionLength: 8,
}

/** Ragged prompts, three rollouts each. */
const rows = Array.from({ length: 12 }, (_, i) => ({
  promptIds: Array.from({ length: 2 + (i % 4) * 3 }, (_, j) => (i * 5 + j * 7) % 19),
  key: deriveKey(seedKey(5), i),
}))

describe.each([
  { family: 'llama' as const, bits: 4 as const },
  { family: 'qwen2' as const, bits: 32 as const },
  { family: 'qwen3' as const, bits: 8 as const },
])('a $family policy, $bits bits', ({ family, bits }) => {
  const config = smallConfig(family, { hiddenSize: 32, intermediateSize: 64 })
  const folder: ModelFolder = {
    config,
    weights: randomWeights(config, 3, bits),
    tokenizerJson: {},
    tokenizerConfig: {},
    stopIds: [4],
  }
  let wasm: Engine
  let webgpu: Engine

  beforeAll(async () => {
    wasm = await (await loadBase(modelInArrays(folder), { ...options, backend: 'wasm' })).engine(options)
    webgpu = await (await loadBase(modelInArrays(folder), { ...options, backend: 'webgpu' })).engine(options)
    // B starts at zero, which would hide half of the LoRA path.
    const state = await wasm.state()
    for (const layer of state.parameters)
      layer.forEach((value, i) => {
        if (value === 0) layer[i] = 0.1 * Math.sin(i)
      })
    await wasm.restore(state)
    await webgpu.restore(state)
    // Compiling two builds of ONNX Runtime takes its time on a busy machine.
  }, 120_000)
  afterAll(async () => {
    await wasm.close()
    await webgpu.close()
  })

  const decode = { maxNewTokens: 11, stops: [4] }

  it('decodes greedily to the same tokens on both backends', async () => {
    const a = await wasm.policy.generate(rows, { ...decode, temperature: 0 })
    const b = await webgpu.policy.generate(rows, { ...decode, temperature: 0 })
    expect(b.map(({ ids }) => ids)).toEqual(a.map(({ ids }) => ids))
  })

  it('samples with logprobs that scoring the same tokens in one pass gives', async () => {
    for (const engine of [wasm, webgpu]) {
      const rollouts = await engine.policy.generate(rows, { ...decode, temperature: 0.8 })
      const sequences = rollouts.map(({ ids }, i) => ({ promptIds: rows[i].promptIds, ids }))
      const scored = await engine.policy.logprobs(sequences, 0.8)
      rollouts.forEach(({ logprobs, ids, truncated }, i) => {
        logprobs.forEach((value, t) => {
          expect(Math.abs(value - scored[i][t])).toBeLessThan(2e-5)
        })
        expect(truncated).toBe(ids.at(-1) !== 4)
        expect(ids.slice(0, -1)).not.toContain(4)
      })
    }
  })

  it('draws the same tokens from the same keys on both backends', async () => {
    const a = await wasm.policy.generate(rows, { ...decode, temperature: 1 })
    const b = await webgpu.policy.generate(rows, { ...decode, temperature: 1 })
    expect(b.map(({ ids }) => ids)).toEqual(a.map(({ ids }) => ids))
  })

  it('gives the same update on both backends for the same tokens', async () => {
    const rollouts = await wasm.policy.generate(rows, { ...decode, temperature: 0.8 })
    const sequences: TrainSequence[] = rollouts.map(({ ids, logprobs }, i) => ({
      promptIds: rows[i].promptIds,
      ids,
      oldLogprobs: i % 3 === 2 ? null : logprobs.map((value) => value + 0.1 * Math.sin(i)),
      advantage: i % 3 === 2 ? 0.7 : Math.cos(i),
    }))
    const request = {
      sequences,
      loss,
      learningRate: 1e-2,
      maxGradNorm: 0.5,
      adamBeta1: 0.9,
      adamBeta2: 0.95,
      adamEpsilon: 1e-8,
      weightDecay: 0.01,
    }
    const a = await wasm.policy.update(request)
    const b = await webgpu.policy.update(request)
    expect(a.skipped).toBe(false)
    for (const name of ['loss', 'kl', 'entropy', 'gradNorm', 'clipLow', 'clipHigh'] as const)
      expect(Math.abs(a[name] - b[name])).toBeLessThan(1e-4 * Math.max(1, Math.abs(a[name])))
    const [sa, sb] = [await wasm.state(), await webgpu.state()]
    // Moments are linear in the gradient: their difference is that of the gradients.
    sa.firstMoments.forEach((moments, layer) => {
      const scale = Math.max(...moments.map(Math.abs))
      moments.forEach((value, i) => {
        expect(Math.abs(value - sb.firstMoments[layer][i])).toBeLessThan(1e-4 * scale)
      })
    })
  })

  it('skips an update whose gradient is not finite and leaves the adapter as it was', async () => {
    const sequences = [{ promptIds: [1, 2], ids: [3, 4], oldLogprobs: null, advantage: Number.NaN }]
    for (const engine of [wasm, webgpu]) {
      const before = await engine.state()
      const report = await engine.policy.update({
        sequences,
        loss,
        learningRate: 1e-2,
        maxGradNorm: 1,
        adamBeta1: 0.9,
        adamBeta2: 0.95,
        adamEpsilon: 1e-8,
        weightDecay: 0,
      })
      expect(report.skipped).toBe(true)
      expect(await engine.state()).toEqual(before)
    }
  })
})
