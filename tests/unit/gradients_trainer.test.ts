import { expect, test, vi } from 'vitest'
import { LINEARS, perLinear } from '../../src/model/import/config'
import { type Document, Trainer } from '../../src/model/train/trainer'
import { differencesOfF64, relativeError } from '../reference/central_differences'
import { type ReferenceModel, referenceLogits, referenceLogprobs } from '../reference/decoder'
import { randomWeights, referenceModel, smallConfig } from '../reference/small_model'

vi.setConfig({ testTimeout: 60_000 })

const CONFIG = smallConfig('llama', {
  vocabSize: 11,
  hiddenSize: 8,
  intermediateSize: 12,
  heads: 2,
  kvHeads: 1,
})

const DOCUMENTS: readonly Document[] = [
  { ids: [1, 4, 4, 9, 0], weights: [5, 0, 1, 2, 1] },
  { ids: [3, 10, 2], weights: [1, 1, 0.5] },
  { ids: [7, 7], weights: [0, 0] },
]

/** The weighted mean of -log p; the first token of a document has no prediction. */
function loss(model: ReferenceModel): number {
  let sum = 0
  let total = 0
  for (const { ids, weights } of DOCUMENTS) {
    const logits = referenceLogits(model, ids)
    for (let i = 1; i < ids.length; i++) {
      sum -= weights[i] * referenceLogprobs(logits[i - 1])[ids[i]]
      total += weights[i]
    }
  }
  return sum / total
}

/** Returns all parameters by name, in the reference's layout: matrices (out, in). */
function parameters(model: ReferenceModel): [name: string, data: ArrayLike<number>][] {
  const { embedding, finalNorm, layers } = model
  return [
    ['embedding', embedding],
    ['final norm', finalNorm],
    ...layers.flatMap(({ linears, attentionNorm = [], mlpNorm = [] }, i): [string, ArrayLike<number>][] => [
      [`${i} attention norm`, attentionNorm],
      [`${i} mlp norm`, mlpNorm],
      ...LINEARS.map((which): [string, ArrayLike<number>] => [`${i} ${which}`, linears[which].weight]),
    ]),
  ]
}

/** Returns the model with f64 parameters, which can be moved slightly; the head stays the embedding. */
function inDoubles(model: ReferenceModel): ReferenceModel {
  const embedding = Float64Array.from(model.embedding)
  return {
    ...model,
    embedding,
    head: embedding,
    finalNorm: Float64Array.from(model.finalNorm),
    layers: model.layers.map(({ linears, attentionNorm = [], mlpNorm = [] }) => ({
      attentionNorm: Float64Array.from(attentionNorm),
      mlpNorm: Float64Array.from(mlpNorm),
      linears: perLinear((which) => ({
        ...linears[which],
        weight: Float64Array.from(linears[which].weight),
      })),
    })),
  }
}

test('full-parameter training follows the gradient of the loss by every parameter', async () => {
  const before = randomWeights(CONFIG, 12)
  const trainer = await Trainer.create(CONFIG, 1)
  trainer.load(before)
  // With an epsilon this large AdamW's first step is the gradient itself: lr g / (|g| + epsilon).
  const report = await trainer.step(DOCUMENTS, {
    learningRate: 1e6,
    epsilon: 1e6,
    beta1: 0.9,
    beta2: 0.95,
    weightDecay: 0,
    maxGradNorm: 1e9,
  })
  const after = new Map(parameters(referenceModel(CONFIG, trainer.weights())))
  await trainer.close()

  const model = inDoubles(referenceModel(CONFIG, before))
  expect(report.loss).toBeCloseTo(loss(model), 5)
  let squares = 0
  for (const [name, data] of parameters(model)) {
    const values = data as Float64Array
    const moved = Float64Array.from(after.get(name) ?? [], (value, i) => values[i] - value)
    const wanted = differencesOfF64(values, () => loss(model))
    expect({ name, error: relativeError(moved, wanted) }).toEqual({
      name,
      error: expect.toSatisfy((error: number) => error < 1e-3),
    })
    squares += wanted.reduce((sum, value) => sum + value * value, 0)
  }
  expect(report.gradNorm).toBeCloseTo(Math.sqrt(squares), 4)
})
