import { describe, expect, it } from 'vitest'
import { Base } from '../../src/model/base'
import type { BaseOptions } from '../../src/model/base_parts'
import type { TrainSequence } from '../../src/model/peer'
import { batchSequences, type ScoredSequence, type SequenceBatch } from '../../src/model/train/batch'
import { packSequences } from '../../src/model/train/packing'
import { createParts } from '../../src/model/wasm_base'
import { modelInArrays } from '../../src/model/weights/weight_source'
import { Stream, seedKey } from '../../src/random'
import { randomWeights, smallConfig } from '../reference/small_model'

/** Makes a prompt and its completion, all of which is scored. */
function rollout(prompt: readonly number[], completion: readonly number[]): ScoredSequence {
  const ids = [...prompt, ...completion]
  return { ids, scored: ids.map((_, i) => i >= prompt.length) }
}

function random(stream: Stream, length: number): number[] {
  return Array.from({ length }, () => 1 + Math.floor(stream.uniform() * 4))
}

/**
 * Makes the sequences that a step of Idea3 trains: ideas on shared prompts (some of them equal), analyses,
 * and answers whose prompts continue them.
 */
function discussion(seed: number): ScoredSequence[] {
  const stream = new Stream(seedKey(seed))
  return Array.from({ length: 3 }, () => random(stream, 5)).flatMap((question) =>
    Array.from({ length: 4 }, (_, k) => {
      const idea = k === 3 ? [1, 1, 1] : random(stream, 3)
      const discussed = [...question.slice(0, 4), 9, ...idea]
      const analysis = random(stream, 2 + k)
      return [
        rollout(question, idea),
        rollout(question, [1, 1, 1]),
        rollout(discussed, [...analysis, 4]),
        rollout([...discussed, ...analysis, 7], random(stream, 3)),
      ]
    }).flat(),
  )
}

const limits = (pairsPerToken: number) => ({ pairsPerToken, maxRowTokens: 1000 })

/** Returns the ids that position i of row r sees, in order. */
function seen({ ids, ends, length }: SequenceBatch, r: number, i: number): number[] {
  const row = Array.from({ length }, (_, j) => r * length + j)
  return row.filter((at, j) => j <= i && i < ends[at]).map((at) => ids[at])
}

describe('a packed batch', () => {
  it.each([0, 5, 50, 1e6])(
    'lets each token see its own sequence and nothing else, %d pairs a token',
    (pairsPerToken) => {
      const sequences = discussion(3)
      const scored = new Map<string, number>()
      for (const batch of batchSequences(sequences, { tokensPerPass: 64, pairsPerToken, maxRowTokens: 60 })) {
        if (batch.rows > 1) expect(batch.rows * batch.length).toBeLessThanOrEqual(64)
        expect(new Set(batch.scoredRows).size).toBe(batch.scoredRows.length)
        batch.scoredRows.forEach((position, t) => {
          const { ids } = sequences[batch.scoredSequences[t]]
          const before = ids.slice(0, batch.scoredOffsets[t])
          expect(seen(batch, Math.floor(position / batch.length), position % batch.length)).toEqual(before)
          expect(batch.positions[position]).toBe(before.length - 1)
          expect(batch.scoredIds[t]).toBe(ids[before.length])
          expect(batch.origin[position]).toBe(t)
          scored.set(`${batch.scoredSequences[t]}:${before.length}`, t)
        })
        expect(batch.origin.filter((origin) => origin < batch.scoredRows.length).length).toBe(
          batch.scoredRows.length,
        )
        // The scored tokens of a sequence are consecutive, in the order of the list.
        expect([...new Set(batch.scoredSequences)]).toEqual(batch.sequences)
      }
      const wanted = sequences.flatMap((s, i) => s.scored.flatMap((is, j) => (is ? [`${i}:${j}`] : [])))
      expect([...scored.keys()].sort()).toEqual(wanted.sort())
    },
  )

  it('computes a shared prompt once, except the token that predicts each first answer token', () => {
    const prompt = [5, 6, 7, 8]
    const sequences = [[1], [2, 3], [2, 3]].map((ids) => ({ ids: [...prompt, ...ids], firstScored: 4 }))
    const [row, ...others] = packSequences(sequences, limits(1000))
    expect(others).toEqual([])
    expect(row.ids).toEqual([5, 6, 7, 8, 1, 8, 2, 3, 8, 2, 3])
    expect(row.positions).toEqual([0, 1, 2, 3, 4, 3, 4, 5, 3, 4, 5])
    expect(row.ends).toEqual([11, 11, 11, 5, 5, 8, 8, 8, 11, 11, 11])
  })

  it('computes an analysis once where the answer’s prompt continues it', () => {
    const analysis = { ids: [5, 6, 1, 2, 0], firstScored: 2 }
    const answer = { ids: [5, 6, 1, 2, 9, 3], firstScored: 5 }
    const [row, ...others] = packSequences([analysis, answer], limits(1000))
    expect(others).toEqual([])
    expect(row.ids).toEqual([5, 6, 1, 2, 0, 9, 3])
  })

  it('shares nothing where pairs cost more than they save, or where sharing is off', () => {
    const long = Array.from({ length: 4 }, (_, i) => ({
      ids: [1, 2, ...new Array(50).fill(3 + i)],
      firstScored: 3,
    }))
    expect(packSequences(long, limits(100))).toHaveLength(4)
    expect(packSequences(long, limits(1e5))).toHaveLength(1)
    expect(packSequences(long, limits(0))).toHaveLength(4)
    expect(packSequences(long, { pairsPerToken: 1e5, maxRowTokens: 110 })).toHaveLength(2)
  })

  it('omits unscored tokens and refuses to score a first token', () => {
    const few = { tokensPerPass: 10, pairsPerToken: 0, maxRowTokens: 10 }
    expect(batchSequences([{ ids: [1, 2], scored: [false, false] }], few)).toEqual([])
    expect(() => batchSequences([{ ids: [1, 2], scored: [true, false] }], few)).toThrow(/nothing before it/)
  })
})

describe.each(['llama', 'qwen3'] as const)('an update of a %s policy', (family) => {
  const config = smallConfig(family)
  const folder = {
    config,
    weights: randomWeights(config, 9),
    tokenizerJson: {},
    tokenizerConfig: {},
    stopIds: [4],
  }
  const options: BaseOptions = {
    source: 'a random model',
    backend: 'wasm',
    loraRank: 2,
    loraAlpha: 4,
    threads: 1,
  }

  async function gradients(pairsPerToken: number, sequences: readonly TrainSequence[]) {
    const parts = await createParts(modelInArrays(folder), options)
    const base = new Base(config, options.loraRank, {
      ...parts,
      batchLimits: { tokensPerPass: 128, pairsPerToken, maxRowTokens: 32 },
    })
    const engine = await base.engine({ id: 'small', seed: 1 })
    const state = await engine.state()
    for (const layer of state.parameters)
      layer.forEach((value, i) => {
        if (value === 0) layer[i] = 0.2 * Math.cos(i)
      })
    await engine.restore(state)
    const logprobs = await engine.policy.logprobs(sequences, 1)
    const report = await engine.policy.update({
      sequences,
      loss: {
        lossType: 'grpo',
        importanceSamplingLevel: 'sequence',
        epsilon: 10,
        epsilonHigh: 10,
        beta: 0.1,
        temperature: 1,
        maxCompletionLength: 6,
      },
      learningRate: 1e-2,
      maxGradNorm: 1e9,
      // The first moment is then the gradient itself.
      adamBeta1: 0,
      adamBeta2: 0.95,
      adamEpsilon: 1e-8,
      weightDecay: 0,
    })
    const { firstMoments } = await engine.state()
    await engine.close()
    return { report, logprobs, gradient: firstMoments.flatMap((moments) => [...moments]) }
  }

  it('has the same gradient packed and unpacked', async () => {
    const sequences = discussion(8).map(({ ids, scored }, i): TrainSequence => {
      const split = scored.indexOf(true)
      const own = ids.slice(split)
      return {
        promptIds: ids.slice(0, split),
        ids: own,
        oldLogprobs: i % 5 === 0 ? null : own.map((_, t) => -2 - Math.sin(i + t)),
        advantage: Math.cos(i),
      }
    })
    const [apart, packed] = [await gradients(0, sequences), await gradients(1e6, sequences)]
    const largest = Math.max(...apart.gradient.map(Math.abs))
    expect(largest).toBeGreaterThan(0)
    packed.gradient.forEach((value, i) => {
      expect(Math.abs(value - apart.gradient[i]) / largest).toBeLessThan(1e-5)
    })
    packed.logprobs.forEach((values, i) => {
      values.forEach((value, t) => {
        expect(value).toBeCloseTo(apart.logprobs[i][t], 5)
      })
    })
    expect(packed.report.loss).toBeCloseTo(apart.report.loss, 5)
    expect(packed.report.kl).toBeCloseTo(apart.report.kl, 5)
  })
})
