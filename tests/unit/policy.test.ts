import { describe, expect, it } from 'vitest'
import type { LossOptions } from '../../src/grpo/types'
import { type Engine, loadBase } from '../../src/model/base'
import { exportOnnx } from '../../src/model/graphs/export'
import type { ModelFolder } from '../../src/model/import/folder'
import { WeightStream } from '../../src/model/import/import_parts'
import { planWeights } from '../../src/model/import/import_plan'
import { CollectedWeights } from '../../src/model/weights/collected_weights'
import { modelInArrays } from '../../src/model/weights/weight_source'
import { decodeModel } from '../../src/onnx/proto'
import { deriveKey, seedKey } from '../../src/random'
import { expectClose } from '../data/closeness'
import { referenceLogits, referenceLogprobs } from '../reference/decoder'
import { randomWeights, referenceLora, referenceModel, smallConfig } from '../reference/small_model'

const options = {
  id: 'small',
  source: 'a random model',
  backend: 'wasm' as const,
  loraRank: 2,
  loraAlpha: 4,
  seed: 1,
  threads: 1,
}

function folderOf(family: 'llama' | 'qwen2' | 'qwen3', tiedEmbeddings = true): ModelFolder {
  const config = smallConfig(family, { tiedEmbeddings })
  return { config, weights: randomWeights(config, 9), tokenizerJson: {}, tokenizerConfig: {}, stopIds: [4] }
}

async function engineOf(folder: ModelFolder): Promise<Engine> {
  return (await loadBase(modelInArrays(folder), options)).engine(options)
}

/** More rows than one decode batch takes, prompts of 1 to 7 tokens, some of them shared. */
const rows = Array.from({ length: 150 }, (_, i) => ({
  promptIds: Array.from({ length: 1 + (i % 7) }, (_, j) => ((i % 14) * 3 + j * 5) % 19),
  key: deriveKey(seedKey(2), i),
}))

describe.each(['llama', 'qwen2', 'qwen3'] as const)('a %s policy on wasm', (family) => {
  it('decodes ragged batches like the reference decoder, one sequence at a time', async () => {
    const folder = folderOf(family, family !== 'qwen2')
    const engine = await engineOf(folder)
    const state = await engine.state()
    for (const layer of state.parameters)
      layer.forEach((value, i) => {
        if (value === 0) layer[i] = 0.2 * Math.cos(i)
      })
    await engine.restore(state)
    const lora = state.parameters.map((flat) => referenceLora(folder.config, { rank: 2, alpha: 4 }, flat))
    const model = referenceModel(folder.config, folder.weights, lora)

    const decoded = await engine.policy.generate(rows, { temperature: 0, maxNewTokens: 11, stops: [4] })
    for (const i of [0, 1, 6, 13, 20, 149]) {
      const ids = [...rows[i].promptIds]
      const logprobs: number[] = []
      do {
        const scores = referenceLogprobs(referenceLogits(model, ids)[ids.length - 1])
        const next = scores.indexOf(Math.max(...scores))
        ids.push(next)
        logprobs.push(scores[next])
      } while (ids[ids.length - 1] !== 4 && logprobs.length < 11)
      expect(decoded[i].ids).toEqual(ids.slice(rows[i].promptIds.length))
      decoded[i].logprobs.forEach((value, t) => {
        expect(value).toBeCloseTo(logprobs[t], 4)
      })
      expect(decoded[i].truncated).toBe(ids[ids.length - 1] !== 4)
    }
    await engine.close()
  })
})

describe('sampling', () => {
  it('depends only on a row’s key, not on other rows', async () => {
    const engine = await engineOf(folderOf('llama'))
    const decode = { temperature: 1, maxNewTokens: 9, stops: [4] }
    const all = await engine.policy.generate(rows, decode)
    const some = await engine.policy.generate([rows[33], rows[2]], decode)
    expect(some.map(({ ids }) => ids)).toEqual([all[33].ids, all[2].ids])
    expect(new Set(all.map(({ ids }) => ids.join())).size).toBeGreaterThan(100)
    await engine.close()
  })

  it('draws tokens with their probability', async () => {
    const folder = folderOf('llama')
    const engine = await engineOf(folder)
    const draws = Array.from({ length: 4000 }, (_, i) => ({
      promptIds: [3, 8, 1],
      key: deriveKey(seedKey(4), i),
    }))
    const sampled = await engine.policy.generate(draws, { temperature: 0.7, maxNewTokens: 1, stops: [] })
    const counts = new Array<number>(19).fill(0)
    for (const { ids } of sampled) counts[ids[0]]++
    const logits = referenceLogits(referenceModel(folder.config, folder.weights), [3, 8, 1])[2]
    referenceLogprobs(logits.map((value) => value / 0.7)).forEach((logprob, id) => {
      const p = Math.exp(logprob)
      expect(Math.abs(counts[id] - 4000 * p)).toBeLessThan(5 * Math.sqrt(4000 * p * (1 - p)) + 1)
    })
    await engine.close()
  })
})

describe('an update', () => {
  it('is the same with and without rollouts of advantage 0', async () => {
    const folder = folderOf('llama')
    const update = async (beta: number) => {
      const engine = await engineOf(folder)
      const some = rows.slice(0, 24)
      const rollouts = await engine.policy.generate(some, { temperature: 1, maxNewTokens: 6, stops: [4] })
      const report = await engine.policy.update({
        sequences: rollouts.map(({ ids, logprobs }, i) => ({
          promptIds: some[i].promptIds,
          ids,
          oldLogprobs: logprobs,
          advantage: i % 3 === 0 ? 0 : Math.sin(i),
        })),
        loss: {
          lossType: 'grpo',
          importanceSamplingLevel: 'token',
          epsilon: 0.2,
          epsilonHigh: 0.2,
          beta,
          temperature: 1,
          maxCompletionLength: 6,
        },
        learningRate: 1e-2,
        maxGradNorm: 1,
        adamBeta1: 0.9,
        adamBeta2: 0.95,
        adamEpsilon: 1e-8,
        weightDecay: 0,
      })
      const state = await engine.state()
      await engine.close()
      return { report, state }
    }
    // A KL weight too small to matter sends every sequence through the model.
    const [skipping, whole] = [await update(0), await update(1e-30)]
    expect(skipping.report.tokens).toBe(whole.report.tokens)
    for (const name of ['loss', 'gradNorm', 'clipRegion'] as const)
      expect(skipping.report[name]).toBeCloseTo(whole.report[name], 5)
    // The entropy is estimated for the skipped third, and exact for the rest.
    expect(Math.abs(skipping.report.entropy - whole.report.entropy)).toBeLessThan(0.5)
    skipping.state.firstMoments.forEach((moments, layer) => {
      moments.forEach((value, i) => {
        expect(value).toBeCloseTo(whole.state.firstMoments[layer][i], 6)
      })
    })
  })
})

describe('masked rollouts', () => {
  const loss = {
    importanceSamplingLevel: 'token',
    epsilon: 0.2,
    epsilonHigh: 0.2,
    beta: 0,
    temperature: 1,
    maxCompletionLength: 10,
  } as const
  const step = {
    learningRate: 1e-3,
    maxGradNorm: 1e9,
    adamBeta1: 0.9,
    adamBeta2: 0.95,
    adamEpsilon: 1e-8,
    weightDecay: 0,
  }
  /**
   * Two tokens of advantage 1 that the policy itself sampled, so that each has loss -1 before it is weighted.
   */
  async function update(lossType: LossOptions['lossType'], masked: number) {
    const engine = await engineOf(folderOf('llama'))
    const promptIds = [3, 8, 1]
    const sampled = await engine.policy.logprobs([{ promptIds, ids: [5, 7] }], 1)
    const [oldLogprobs] = sampled.map((values) => [...values])
    const sequences = [{ promptIds, ids: [5, 7], oldLogprobs, advantage: 1 }]
    const report = await engine.policy.update({ ...step, sequences, masked, loss: { ...loss, lossType } })
    await engine.close()
    return report
  }

  // TRL: grpo is the mean over rows of each row's mean over its unmasked tokens, dr_grpo the sum over rows x
  // longest completion, dapo the sum over unmasked tokens. Of two rows one is masked, the other has two
  // tokens of loss -1.
  it.each([
    ['grpo', -(2 / 2) / 2, -2 / 2 / 1],
    ['dr_grpo', -2 / (2 * 10), -2 / (1 * 10)],
    ['dapo', -2 / 2, -2 / 2],
  ] as const)('count in the averages over sequences: %s', async (lossType, one, none) => {
    const [masked, whole] = [await update(lossType, 1), await update(lossType, 0)]
    expect(masked.loss).toBeCloseTo(one, 5)
    expect(whole.loss).toBeCloseTo(none, 5)
    expect(masked.gradNorm / whole.gradNorm).toBeCloseTo(one / none, 4)
    expect(masked.tokens).toBe(2)
  })
})

describe('watched sequences', () => {
  const loss = {
    lossType: 'dapo',
    importanceSamplingLevel: 'token',
    epsilon: 0.2,
    epsilonHigh: 0.3,
    beta: 0,
    temperature: 0.8,
    maxCompletionLength: 6,
  } as const
  const request = {
    loss,
    learningRate: 3e-2,
    maxGradNorm: 1,
    adamBeta1: 0.9,
    adamBeta2: 0.95,
    adamEpsilon: 1e-8,
    weightDecay: 0,
  }

  it('are reported as the reference decoder has them, before and after the step', async () => {
    const folder = folderOf('qwen3')
    const engine = await engineOf(folder)
    const some = rows.slice(40, 56)
    const rollouts = await engine.policy.generate(some, { temperature: 0.8, maxNewTokens: 6, stops: [4] })
    /** One replayed sequence, one without advantage, and others with another sampling policy. */
    const sequences = rollouts.map(({ ids, logprobs }, i) => ({
      promptIds: some[i].promptIds,
      ids,
      oldLogprobs: i === 2 ? null : logprobs.map((value, t) => value + 0.5 * Math.sin(i + t)),
      advantage: i === 5 ? 0 : Math.cos(i),
    }))
    const expected = async () => {
      const { parameters } = await engine.state()
      const lora = parameters.map((flat) => referenceLora(folder.config, { rank: 2, alpha: 4 }, flat))
      const model = referenceModel(folder.config, folder.weights, lora)
      return sequences.map(({ promptIds, ids }) => {
        const logits = referenceLogits(model, [...promptIds, ...ids])
        return ids.map((id, t) => {
          const scores = logits[promptIds.length + t - 1].map((value) => value / 0.8)
          return referenceLogprobs(scores)[id]
        })
      })
    }
    const watched = [7, 2, 5, 8]
    const before = await expected()
    const report = await engine.policy.update({ ...request, sequences, watched })
    const after = await expected()
    expect(report.watched).toHaveLength(watched.length)
    for (const [n, { loss: seen, logprobs }] of report.watched.entries()) {
      const [index, { ids, oldLogprobs, advantage }] = [watched[n], sequences[watched[n]]]
      expectClose(logprobs, after[index], 1e-4)
      if (index === 5) {
        expect(seen).toBeNull()
        continue
      }
      const old = oldLogprobs ?? before[index]
      const ratios = ids.map((_, t) => Math.exp(before[index][t] - old[t]))
      expectClose(seen?.logprobs ?? [], before[index], 1e-4)
      expectClose(seen?.ratios ?? [], ratios, 1e-4)
      const [low, high] = [advantage < 0 ? 0.8 : 0, advantage > 0 ? 1.3 : Number.POSITIVE_INFINITY]
      expect(seen?.clips).toEqual(ratios.map((one) => (one < low ? 'low' : one > high ? 'high' : null)))
    }
    // The test is meaningful: the step moved them, and some were clipped on either side.
    expect(Math.abs(after[7][0] - before[7][0])).toBeGreaterThan(1e-3)
    const clips = report.watched.flatMap(({ loss: seen }) => seen?.clips ?? [])
    expect(new Set(clips)).toEqual(new Set(['low', 'high', null]))
    await engine.close()
  })

  it('change nothing in the update', async () => {
    const update = async (watched: number[]) => {
      const engine = await engineOf(folderOf('llama'))
      const some = rows.slice(0, 24)
      const rollouts = await engine.policy.generate(some, { temperature: 1, maxNewTokens: 6, stops: [4] })
      const sequences = rollouts.map(({ ids, logprobs }, i) => ({
        promptIds: some[i].promptIds,
        ids,
        oldLogprobs: logprobs,
        advantage: i % 3 === 0 ? 0 : Math.sin(i),
      }))
      const { watched: _, ...report } = await engine.policy.update({ ...request, sequences, watched })
      const state = await engine.state()
      await engine.close()
      return { report, state }
    }
    expect(await update([0, 3, 4, 23])).toEqual(await update([]))
  })
})

describe('a model written by the exporter', () => {
  it.each([4, 8, 32] as const)('is read by the importer unchanged, %d bits', async (bits) => {
    const config = smallConfig('qwen2', { hiddenSize: 32, intermediateSize: 64, tiedEmbeddings: false })
    const weights = randomWeights(config, 5, bits)
    const { graph } = decodeModel(exportOnnx(config, weights), 'the exported model')
    const collected = new CollectedWeights(config)
    const plan = planWeights(graph, config, 'the exported model')
    await new WeightStream(graph, plan, collected, 'the exported model').modelFile()
    expect(collected.finish()).toEqual(weights)
  })
})
