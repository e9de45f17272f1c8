/** Compares a policy's text, scores and updates on both backends. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adapterHasF16 } from '../../src/gpu/device'
import type { LossOptions } from '../../src/grpo/types'
import { type Engine, type EngineOptions, loadBase } from '../../src/model/base'
import type { BaseOptions } from '../../src/model/base_parts'
import type { ModelType } from '../../src/model/import/config'
import type { ModelFolder } from '../../src/model/import/folder'
import type { Dtype } from '../../src/model/import/folder_files'
import type { TrainSequence } from '../../src/model/peer'
import type { Backend } from '../../src/model/runtime'
import { modelInArrays } from '../../src/model/weights/weight_source'
import { deriveKey, seedKey } from '../../src/random'
import { expectClose } from '../data/closeness'
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

/** Ragged prompts, two of them with two rollouts. */
const rows = Array.from({ length: 6 }, (_, i) => ({
  promptIds: Array.from({ length: 2 + (i % 4) * 3 }, (_, j) => (i * 5 + j * 7) % 19),
  key: deriveKey(seedKey(5), i),
}))

/**
 * Tests that a random policy of a family computes the same on wasm and on WebGPU.
 * @param all false for only greedy decoding and an update, without sampling, f16 and skipped updates
 */
export function describePolicy(family: ModelType, bits: 4 | 8 | 32, all = true): void {
  describe(`a ${family} policy, ${bits} bits`, () => {
    const config = smallConfig(family, { hiddenSize: 32, intermediateSize: 64 })
    const folder: ModelFolder = {
      config,
      weights: randomWeights(config, 3, bits),
      tokenizerJson: {},
      tokenizerConfig: {},
      stopIds: [4],
    }
    const engine = async (backend: Backend, dtype: Dtype) =>
      (await loadBase(modelInArrays(folder), { ...options, backend, dtype })).engine(options)
    let wasm: Engine
    let webgpu: Engine
    /** An engine with f16 activations; null where the device has none. */
    let halves: Engine | null = null

    beforeAll(async () => {
      wasm = await engine('wasm', 'q4')
      webgpu = await engine('webgpu', 'q4')
      if (await adapterHasF16()) halves = await engine('webgpu', 'q4f16')
      // B starts at zero, which would hide half of the LoRA path.
      const state = await wasm.state()
      for (const layer of state.parameters)
        layer.forEach((value, i) => {
          if (value === 0) layer[i] = 0.1 * Math.sin(i)
        })
      for (const one of [wasm, webgpu, halves]) await one?.restore(state)
      // Compiling two builds of ONNX Runtime is slow on a busy machine.
    }, 120_000)
    afterAll(async () => {
      for (const one of [wasm, webgpu, halves]) await one?.close()
    })

    const decode = { maxNewTokens: 11, stops: [4] }

    it('decodes greedily to the same tokens on both backends', async () => {
      const a = await wasm.policy.generate(rows, { ...decode, temperature: 0 })
      const b = await webgpu.policy.generate(rows, { ...decode, temperature: 0 })
      expect(b.map(({ ids }) => ids)).toEqual(a.map(({ ids }) => ids))
    })

    if (all)
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

    if (all)
      it('draws the same tokens from the same keys on both backends', async () => {
        const a = await wasm.policy.generate(rows, { ...decode, temperature: 1 })
        const b = await webgpu.policy.generate(rows, { ...decode, temperature: 1 })
        expect(b.map(({ ids }) => ids)).toEqual(a.map(({ ids }) => ids))
      })

    if (all)
      it('gives the logprobs of f32 in f16, within its precision', async ({ skip }) => {
        if (!halves) return skip('this device has no shader-f16')
        const rollouts = await halves.policy.generate(rows, { ...decode, temperature: 0.8 })
        const sequences = rollouts.map(({ ids }, i) => ({ promptIds: rows[i].promptIds, ids }))
        const [inF32, inF16] = [
          await webgpu.policy.logprobs(sequences, 0.8),
          await halves.policy.logprobs(sequences, 0.8),
        ]
        rollouts.forEach(({ logprobs }, i) => {
          logprobs.forEach((value, t) => {
            expect(Math.abs(value - inF16[i][t])).toBeLessThan(2e-2)
            expect(Math.abs(value - inF32[i][t])).toBeLessThan(2e-2)
          })
        })
      })

    it('gives the same update on both backends for the same tokens', async ({ annotate }) => {
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
        // One replayed sequence, and one of each sign of the advantage.
        watched: [5, 3, 0],
      }
      const wanted = await wasm.policy.update(request)
      const { firstMoments } = await wasm.state()
      expect(wanted.skipped).toBe(false)
      const sameUpdate = async (one: Engine, bound: number) => {
        const found = await one.policy.update(request)
        for (const name of ['loss', 'kl', 'entropy', 'gradNorm', 'clipLow', 'clipHigh'] as const)
          expect(Math.abs(wanted[name] - found[name])).toBeLessThan(
            bound * Math.max(1, Math.abs(wanted[name])),
          )
        wanted.watched.forEach(({ loss, logprobs }, n) => {
          const { watched } = found
          expectClose(watched[n].logprobs, logprobs, bound)
          expectClose(watched[n].loss?.logprobs ?? [], loss?.logprobs ?? [], bound)
          expectClose(watched[n].loss?.ratios ?? [], loss?.ratios ?? [], bound)
        })
        // Moments are linear in the gradient: their difference is that of the gradients.
        const moments = (await one.state()).firstMoments
        firstMoments.forEach((values, layer) => {
          const scale = Math.max(...values.map(Math.abs))
          values.forEach((value, i) => {
            expect(Math.abs(value - moments[layer][i])).toBeLessThan(bound * scale)
          })
        })
      }
      await sameUpdate(webgpu, 1e-4)
      if (halves) await sameUpdate(halves, 2e-2)
      else await annotate('f16 was not tried: this device has no shader-f16')
    })

    if (all)
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
}
