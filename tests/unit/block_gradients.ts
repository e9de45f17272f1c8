import type { Tensor } from 'onnxruntime-web/wasm'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { LossOptions } from '../../src/grpo/types'
import { type Matrix, transposed } from '../../src/matrix/matrix'
import { valuesOf } from '../../src/matrix/matrix_values'
import { LoopDecoder } from '../../src/model/decode/loop_decoder'
import { QUERY_BLOCKS } from '../../src/model/graphs/attention'
import { blockGraphs, treeMaskGraph } from '../../src/model/graphs/block_graphs'
import { formatOf, NORM_INPUTS } from '../../src/model/graphs/layer'
import { rotaryTables } from '../../src/model/graphs/rotary'
import { kindOf, LAYER_NORMS, LINEARS, type ModelConfig, perLinear } from '../../src/model/import/config'
import { OrtHead } from '../../src/model/ort_head'
import type { TrainSequence, UpdateRequest } from '../../src/model/peer'
import { Policy } from '../../src/model/policy'
import { Runtime } from '../../src/model/runtime'
import { CpuAdapter } from '../../src/model/train/adapter'
import { loraLayout } from '../../src/model/train/lora'
import { layoutOf, Transformer } from '../../src/model/transformer'
import { ArrayTables } from '../../src/model/weights/array_tables'
import { ModelTensors } from '../../src/model/weights/model_tensors'
import { type LayerWeights, modelInArrays } from '../../src/model/weights/weight_source'
import type { FloatType } from '../../src/onnx/proto'
import { Stream, seedKey } from '../../src/random'
import { differencesOfF64, relativeError } from '../reference/central_differences'
import { type ReferenceModel, referenceLayer, referenceLogits, referenceLogprobs } from '../reference/decoder'
import {
  randomVector,
  randomWeights,
  referenceLora,
  referenceModel,
  smallConfig,
} from '../reference/small_model'

// Thousands of reference evaluations take seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let runtime: Runtime

/**
 * Compares the gradients of a block and of a small model with finite differences of the reference decoder.
 */
export function describeGradients(variants: readonly Variant[]): void {
  openRuntime()
  for (const variant of variants) describeBlock(variant)
  for (const variant of variants) describeModel(variant)
}

function openRuntime(): void {
  beforeAll(async () => {
    runtime = await Runtime.create({ backend: 'wasm', threads: 1 })
  })
  afterAll(() => runtime.close())
}

const LORA = { rank: 2, alpha: 3 }

/** Makes rows of one sequence each: every token sees all earlier ones. */
function causalRows(rows: number, length: number) {
  const positions = Float32Array.from({ length: rows * length }, (_, i) => i % length)
  return { positions, ends: new Float32Array(rows * length).fill(length), rows, length }
}

/** Rope scaling that keeps one of a head's four pairs, slows one somewhat, and two by a factor of 8. */
const SCALED = { factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 100 }

type Variant = readonly [name: string, config: ModelConfig, bits: 4 | 8 | 32]

/** Variants for everyday use. */
export const VARIANTS: readonly Variant[] = [
  ['llama, grouped queries, f32', smallConfig('llama'), 32],
  ['qwen3, q and k norms, wide heads, 4 bits', smallConfig('qwen3', { headDim: 6 }), 4],
]
export const MORE_VARIANTS: readonly Variant[] = [
  ['qwen2, biases, one key head, 8 bits', smallConfig('qwen2', { kvHeads: 1 }), 8],
  ['llama, a key head per query head, 4 bits', smallConfig('llama', { kvHeads: 4 }), 4],
  ['llama, scaled frequencies, f32', smallConfig('llama', { headDim: 8, ropeScaling: SCALED }), 32],
]

/** The later families. */
export const FAMILY_VARIANTS: readonly Variant[] = [
  ['gemma3, four norms, a window, f32', smallConfig('gemma3_text'), 32],
  ['smollm3, a layer without rotary embedding, 4 bits', smallConfig('smollm3'), 4],
  ['granite 4, factors, f32', smallConfig('granitemoehybrid'), 32],
  ['olmo2, norms after, one norm of all heads, f32', smallConfig('olmo2', { tiedEmbeddings: false }), 32],
]

/** Compares flat LoRA gradients tensor by tensor, so that a small one cannot hide behind a large one. */
function expectSameGradients(
  config: ModelConfig,
  found: Float32Array,
  wanted: Float64Array,
  bound = 1e-3,
): void {
  const { tensors } = loraLayout(config, LORA.rank)
  expect(tensors.map(({ name }) => name)).toEqual(LINEARS.flatMap((which) => [`${which}.a`, `${which}.b`]))
  for (const { name, offset, shape } of tensors) {
    const end = offset + shape[0] * shape[1]
    const error = relativeError(found.subarray(offset, end), wanted.subarray(offset, end))
    expect({ name, error }).toEqual({ name, error: expect.toSatisfy((value: number) => value < bound) })
  }
}

function describeBlock([name, config, bits]: Variant): void {
  describe(`one block: ${name}`, () => {
    const weights = randomWeights(config, 21, bits)
    const layer = weights.layers[0]
    const { hiddenSize, headDim, maxPositions } = config
    // Two rows of 4 and 3 tokens; the last place of the second is padding, where no gradient arrives.
    const lengths = [4, 3]
    const batch = 2
    const length = 4
    const stream = new Stream(seedKey(4))
    const { size } = loraLayout(config, LORA.rank)
    const x = randomVector(batch * length * hiddenSize, stream)
    const dy = randomVector(batch * length * hiddenSize, stream)
    dy.fill(0, (length + 3) * hiddenSize)
    const lora = randomVector(size, stream, 0.4)
    const before = randomVector(size, stream)

    /** Thousands of evaluations of the reference, the same for every way to compute a pass. */
    let wanted: { dx: Float64Array; lora: Float64Array }
    beforeAll(() => {
      const x64 = Float64Array.from(x)
      const lora64 = Float64Array.from(lora)
      const reference = referenceModel(config, weights, [referenceLora(config, LORA, lora64)])
      const loss = () => {
        let sum = 0
        for (let row = 0; row < batch; row++) {
          const start = (s: number) => (row * length + s) * hiddenSize
          const rows = Array.from({ length: lengths[row] }, (_, s) => [
            ...x64.subarray(start(s), start(s) + hiddenSize),
          ])
          referenceLayer(reference, reference.layers[0], rows).forEach((y, s) => {
            y.forEach((value, i) => {
              sum += value * dy[start(s) + i]
            })
          })
        }
        return sum
      }
      wanted = { dx: differencesOfF64(x64, loss), lora: differencesOfF64(lora64, loss) }
    })

    function matrixFeeds(name: string, matrix: Matrix): Record<string, Tensor> {
      if (matrix.kind === 'f32')
        return {
          [name]: runtime.floats(transposed(matrix.data, matrix.out, matrix.in), [matrix.in, matrix.out]),
        }
      const { packed, scales, out, in: width } = matrix
      return {
        [`${name}.packed`]: runtime.bytes(packed, [out, Math.ceil(width / 32), 4 * matrix.bits]),
        [`${name}.scales`]: runtime.floats(scales, [scales.length]),
      }
    }

    function layerFeeds({ linears, biases, qNorm, kNorm, ...norms }: LayerWeights) {
      const named = LAYER_NORMS.map((norm) => [NORM_INPUTS[norm], norms[norm]] as const)
      const vectors = { ...Object.fromEntries(named), q_norm: qNorm, k_norm: kNorm }
      const all = { ...vectors, 'q.bias': biases?.q, 'k.bias': biases?.k, 'v.bias': biases?.v }
      const feeds: Record<string, Tensor> = {}
      for (const [name, data] of Object.entries(all))
        if (data) feeds[name] = runtime.floats(data, [data.length])
      for (const which of LINEARS) Object.assign(feeds, matrixFeeds(which, linears[which]))
      return feeds
    }

    test.each([
      { queryBlocks: 1, weightSums: 'by row' as const, gradientCheckpointing: false },
      { queryBlocks: QUERY_BLOCKS, weightSums: 'at once' as const, gradientCheckpointing: false },
      { queryBlocks: QUERY_BLOCKS, weightSums: 'at once' as const, gradientCheckpointing: true },
    ])(
      'gradients of x and of LoRA on all seven linears, $queryBlocks blocks of queries, weights’ gradients $weightSums, gradient checkpointing $gradientCheckpointing',
      async (passes) => {
        const stored = (matrix: Matrix) => formatOf(valuesOf(matrix))
        const block = blockGraphs({
          config,
          linears: perLinear((which) => stored(layer.linears[which])),
          embedding: stored(weights.embedding),
          head: stored(weights.head),
          lora: LORA,
          ...passes,
          tokensPerPass: batch * length,
          activations: 'f32',
        })
        expect(block.kept.length > 0).toBe(!passes.gradientCheckpointing)
        const kind = kindOf(config, 0)
        const window = kind === 'local' ? config.attention?.local?.window : undefined
        const mask = await runtime.session(treeMaskGraph(passes.queryBlocks, 'f32', window))
        const { cos, sin } = rotaryTables(config, maxPositions, kind)
        const flat = [batch, length, hiddenSize]
        const feeds = {
          ...layerFeeds(layer),
          x: runtime.floats(x, flat),
          cos: runtime.floats(cos, [maxPositions, headDim / 2]),
          sin: runtime.floats(sin, [maxPositions, headDim / 2]),
          ...(await layoutOf(runtime, mask, causalRows(batch, length), window !== undefined)),
          lora: runtime.floats(lora, [size]),
        }
        const kept = await runtime.run(await runtime.session(block.forward), feeds)
        const found = await runtime.run(await runtime.session(block.backward), {
          ...feeds,
          ...kept,
          dy: runtime.floats(dy, flat),
          gradient_in: runtime.floats(before, [size]),
        })

        expect(relativeError(await runtime.read(found.dx), wanted.dx)).toBeLessThan(1e-3)
        const added = (await runtime.read(found.gradient)).map((value, i) => value - before[i])
        expectSameGradients(config, added, wanted.lora)
      },
    )
  })
}

const UPDATE: Omit<UpdateRequest, 'sequences' | 'loss'> = {
  learningRate: 1e-3,
  maxGradNorm: 1e9,
  adamBeta1: 0.5,
  adamBeta2: 0.95,
  adamEpsilon: 1e-8,
  weightDecay: 0,
}

const LOSS: LossOptions = {
  lossType: 'dapo',
  importanceSamplingLevel: 'token',
  epsilon: 0.2,
  epsilonHigh: 0.28,
  beta: 0.1,
  temperature: 0.8,
  maxCompletionLength: 8,
}

/** Returns the logprobs of a sequence's completion. */
function completionLogprobs(
  model: ReferenceModel,
  { promptIds, ids }: Pick<TrainSequence, 'promptIds' | 'ids'>,
  temperature: number,
): number[] {
  const logits = referenceLogits(model, [...promptIds, ...ids])
  return ids.map((id, i) => {
    const row = logits[promptIds.length + i - 1]
    return referenceLogprobs(row.map((value) => value / temperature))[id]
  })
}

/**
 * Computes the loss of src/grpo/grpo_loss.ts with the token-level ratio, averaged over all tokens; a replayed
 * token counts as -A log p.
 */
function grpoLossOf(
  model: ReferenceModel,
  references: readonly (readonly number[])[],
  sequences: readonly TrainSequence[],
): number {
  let sum = 0
  let tokens = 0
  for (const [i, sequence] of sequences.entries()) {
    const { advantage: a, oldLogprobs } = sequence
    completionLogprobs(model, sequence, LOSS.temperature).forEach((logp, t) => {
      tokens++
      const gap = references[i][t] - logp
      sum += LOSS.beta * (Math.exp(gap) - gap - 1)
      if (oldLogprobs === null) {
        sum -= a * logp
        return
      }
      const ratio = Math.exp(logp - oldLogprobs[t])
      const clipped = Math.min(Math.max(ratio, 1 - LOSS.epsilon), 1 + LOSS.epsilonHigh)
      sum -= Math.min(ratio * a, clipped * a)
    })
  }
  return sum / tokens
}

/** Precisions of the layers, and their maximum distance from the f64 reference. */
const PRECISIONS: readonly (readonly [FloatType, { logprobs: number; gradients: number }])[] = [
  ['f32', { logprobs: 1e-4, gradients: 1e-3 }],
  ['f16', { logprobs: 1e-2, gradients: 2e-2 }],
]

function describeModel([name, config, bits]: Variant): void {
  describe(`a model of two layers: ${name}`, () => {
    const weights = randomWeights(config, 33, bits)
    const stream = new Stream(seedKey(8))
    const { size } = loraLayout(config, LORA.rank)
    const lora = [randomVector(size, stream, 0.4), randomVector(size, stream, 0.4)]
    const lora64 = lora.map((flat) => Float64Array.from(flat))
    const base = referenceModel(config, weights)
    const model = referenceModel(
      config,
      weights,
      lora64.map((flat) => referenceLora(config, LORA, flat)),
    )
    const drawn = (count: number) => Array.from({ length: count }, () => stream.int(0, config.vocabSize - 1))
    const sampled = [4, 1, 3].map((count, i) => ({ promptIds: drawn(3 - i), ids: drawn(count) }))

    // Ratios of 1.05, 0.95 (inside the clip range) and e^0.5, e^-0.5 (far outside of it, so no corner is
    // near).
    const offsets = [-0.05, 0.05, -0.5, 0.5]
    const sequences: TrainSequence[] = sampled.map((sequence, i) => ({
      ...sequence,
      advantage: [1.3, 0.7, -0.9][i],
      oldLogprobs:
        i === 1 ? null : completionLogprobs(model, sequence, 0.8).map((logp, t) => logp + offsets[t % 4]),
    }))

    /**
     * Gradient of the loss by the LoRA of each layer: thousands of evaluations, the same for both precisions.
     */
    let wanted: Float64Array[]
    beforeAll(() => {
      const references = sampled.map((sequence) => completionLogprobs(base, sequence, LOSS.temperature))
      wanted = lora64.map((flat) => differencesOfF64(flat, () => grpoLossOf(model, references, sequences)))
    })

    async function policyOf(activations: FloatType): Promise<{ policy: Policy; adapter: CpuAdapter }> {
      const tables = new ArrayTables(runtime)
      const model = modelInArrays({ config, weights })
      const tensors = await ModelTensors.load(runtime, model, LORA, tables, activations)
      const adapter = new CpuAdapter(
        runtime,
        lora.map((flat) => flat.slice()),
      )
      const transformer = await Transformer.create(runtime, tensors)
      const head = await OrtHead.create(runtime, config, weights.head)
      const decoding = await LoopDecoder.compile(runtime, tensors.plan)
      const decoder = new LoopDecoder(runtime, tensors, transformer, decoding, adapter.parameters)
      // With ten tokens per pass the sequences need several passes, whose gradients must add up.
      const batchLimits = { tokensPerPass: 10, pairsPerToken: 100, maxRowTokens: 10 }
      return {
        adapter,
        policy: new Policy({
          transformer,
          decoder,
          head,
          adapter,
          batchLimits,
          maxPositions: 32,
          decodeCost: { perToken: 4, perRow: 0 },
        }),
      }
    }

    test.each(PRECISIONS)(
      'logprobs in %s, with the adapter and without',
      async (activations, { logprobs }) => {
        const { policy } = await policyOf(activations)
        for (const [reference, on] of [
          [model, true],
          [base, false],
        ] as const) {
          const found = await policy.logprobs(sampled, 0.8, on)
          sampled.forEach((sequence, i) => {
            const wanted = completionLogprobs(reference, sequence, 0.8)
            expect(Math.max(...wanted.map((value, t) => Math.abs(value - found[i][t])))).toBeLessThan(
              logprobs,
            )
          })
        }
      },
    )

    test.each(PRECISIONS)(
      'the gradient of the GRPO loss by LoRA of both layers in %s',
      async (activations, bounds) => {
        const { policy, adapter } = await policyOf(activations)
        const report = await policy.update({ ...UPDATE, sequences, loss: LOSS })
        expect(report.skipped).toBe(false)
        expect(report.tokens).toBe(8)
        // After the first update AdamW's first moment is (1 - beta1) times the gradient.
        const { firstMoments } = await adapter.state()
        const found = firstMoments.map((moments) => moments.map((value) => value / (1 - UPDATE.adamBeta1)))

        wanted.forEach((gradient, layer) => {
          expectSameGradients(config, found[layer], gradient, bounds.gradients)
        })
        const norm = Math.hypot(...wanted.flatMap((gradient) => [...gradient]))
        expect(Math.abs(report.gradNorm / norm - 1)).toBeLessThan(bounds.gradients)
      },
    )

    test('a gradient in f16 that lies below the range of f16', async () => {
      const sequences = sampled.map((sequence, i) => ({
        ...sequence,
        advantage: [1.3e-7, 0.7e-7, -0.9e-7][i],
        oldLogprobs: null,
      }))
      const gradients: Float32Array[][] = []
      for (const [activations] of PRECISIONS) {
        const { policy, adapter } = await policyOf(activations)
        await policy.update({ ...UPDATE, sequences, loss: { ...LOSS, beta: 0 } })
        gradients.push([...(await adapter.state()).firstMoments])
      }
      const [f32, f16] = gradients
      f32.forEach((wanted, layer) => {
        expectSameGradients(config, f16[layer], Float64Array.from(wanted), 2e-2)
      })
    })
  })
}
