/**
 * Full-parameter training of small dense models on wasm, which makes the embedded peers (`npm run pretrain`).
 * It uses the same layer, autodiff and runtime as the policy's LoRA training.
 */

import type { InferenceSession } from 'onnxruntime-web/wasm'
import { cos, log } from '../../exact_math'
import { type AdamWOptions, adamw, gradNorm } from '../../grpo/adamw'
import { type DenseMatrix, transposed } from '../../matrix/matrix'
import { deriveKey, Stream, seedKey } from '../../random'
import { scoped } from '../../scope'
import { type Blocks, compileBlocks } from '../blocks'
import { QUERY_BLOCKS, wholeBlocks } from '../graphs/attention'
import { denseBlockGraphs, treeMaskGraph, weightsLayout } from '../graphs/block_graphs'
import * as graphs from '../graphs/graphs'
import { trainedHeadGraph } from '../graphs/head_graphs'
import { rotaryTables } from '../graphs/rotary'
import { LINEARS, type ModelConfig, perLinear } from '../import/config'
import { dispose, disposeAll, type Feeds, Runtime } from '../runtime'
import { Transformer, type TransformerSessions } from '../transformer'
import { type ModelWeights, normOf } from '../weights/weight_source'
import { batchSequences, type SequenceBatch } from './batch'
import type { PackedTensor } from './lora'

/** A training text. weights[i] is the loss weight of predicting ids[i]; weights[0] is not used. */
export interface Document {
  readonly ids: readonly number[]
  readonly weights: readonly number[]
}

interface Parameter {
  readonly name: string
  readonly value: Float32Array
  readonly gradient: Float32Array
  readonly firstMoment: Float32Array
  readonly secondMoment: Float32Array
}

/** Everything that later steps depend on. Arrays are in the order of the parameters. */
export interface TrainerState {
  readonly updates: number
  readonly values: readonly Float32Array[]
  readonly firstMoments: readonly Float32Array[]
  readonly secondMoments: readonly Float32Array[]
}

/** Tokens per pass, including padding: large enough to fill the matmuls, small enough for the cache. */
const TOKENS_PER_PASS = 4096

export class Trainer {
  private updates = 0
  private readonly tables: Feeds

  private constructor(
    private readonly config: ModelConfig,
    private readonly runtime: Runtime,
    private readonly sessions: TransformerSessions & { readonly head: InferenceSession },
    private readonly blocks: Blocks,
    private readonly kept: readonly string[],
    private readonly layers: readonly Parameter[],
    private readonly embedding: Parameter,
    private readonly finalNorm: Parameter,
    private readonly layout: readonly PackedTensor[],
  ) {
    const positions = wholeBlocks(config.maxPositions)
    const { cos, sin } = rotaryTables(config, positions)
    const half = config.headDim / 2
    this.tables = {
      cos: runtime.floats(cos, [positions, half]),
      sin: runtime.floats(sin, [positions, half]),
    }
  }

  /**
   * Creates a model with seeded random weights: normal with deviation 0.02·sqrt(256/H) for matrices, divided
   * by sqrt(2 L) for those that write to the residual stream (GPT-2), and ones for norms.
   * @throws RangeError for another family than Llama and for an untied head, which the embedded peers lack
   */
  static async create(config: ModelConfig, seed: number): Promise<Trainer> {
    if (config.modelType !== 'llama' || !config.tiedEmbeddings)
      throw new RangeError('the trainer makes tied Llama models')
    const runtime = await Runtime.create({ backend: 'wasm', threads: 1 })
    const plan: graphs.GraphPlan = {
      config,
      linears: perLinear(() => 'f32'),
      embedding: 'f32',
      head: 'f32',
      lora: null,
      queryBlocks: QUERY_BLOCKS,
      weightSums: 'at once',
      tokensPerPass: TOKENS_PER_PASS,
      gradientCheckpointing: false,
      activations: 'f32',
    }
    const block = denseBlockGraphs(config)
    const sessions = {
      mask: await runtime.session(treeMaskGraph(QUERY_BLOCKS, 'f32')),
      localMask: null,
      embed: await runtime.session(graphs.embedGraph(plan)),
      norm: await runtime.session(graphs.finalNormGraph(config)),
      normBackward: await runtime.session(graphs.finalNormBackwardGraph(config, 'f32')),
      head: await runtime.session(trainedHeadGraph(config)),
    }
    const layout = weightsLayout(config)
    const key = seedKey(seed)
    const deviation = 0.02 * Math.sqrt(256 / config.hiddenSize)
    const layers = Array.from({ length: config.layers }, (_, l) => {
      const flat = new Float32Array(layout.size)
      layout.tensors.forEach(({ name, offset, shape }, i) => {
        const part = flat.subarray(offset, offset + shape.reduce((a, b) => a * b, 1))
        const residual = name === 'o' || name === 'down' ? 1 / Math.sqrt(2 * config.layers) : 1
        if (name.endsWith('norm')) part.fill(1)
        else fillNormal(part, deviation * residual, new Stream(deriveKey(key, l, i)))
      })
      return parameter(`layer ${l}`, flat)
    })
    const embedding = new Float32Array(config.vocabSize * config.hiddenSize)
    fillNormal(embedding, deviation, new Stream(deriveKey(key, config.layers, 0)))
    return new Trainer(
      config,
      runtime,
      sessions,
      await compileBlocks(runtime, block),
      block.kept,
      layers,
      parameter('embedding', embedding),
      parameter('final norm', new Float32Array(config.hiddenSize).fill(1)),
      layout.tensors,
    )
  }

  /** Makes one AdamW step on the weighted mean of -logprob over the documents. */
  async step(
    documents: readonly Document[],
    options: Omit<AdamWOptions, 'update'>,
  ): Promise<{ loss: number; gradNorm: number }> {
    const { parameters } = this
    for (const { gradient } of parameters) gradient.fill(0)
    const total = documents.reduce((sum, { weights }) => sum + weights.slice(1).reduce((a, b) => a + b, 0), 0)
    let loss = 0
    const batches = batchSequences(
      documents.map(({ ids, weights }) => ({ ids, scored: weights.map((w, i) => i > 0 && w !== 0) })),
      { tokensPerPass: TOKENS_PER_PASS, pairsPerToken: 0, maxRowTokens: this.config.maxPositions },
    )
    for (const batch of batches) loss += await this.accumulate(batch, documents, total)
    const gradients = parameters.map(({ gradient }) => gradient)
    const norm = gradNorm(gradients)
    const state = {
      parameters: parameters.map(({ value }) => value),
      firstMoments: parameters.map(({ firstMoment }) => firstMoment),
      secondMoments: parameters.map(({ secondMoment }) => secondMoment),
    }
    if (adamw(state, gradients, norm, { ...options, update: this.updates + 1 })) this.updates++
    return { loss, gradNorm: norm }
  }

  /** Adds a pass's gradients. @returns its share of the loss */
  private accumulate(batch: SequenceBatch, documents: readonly Document[], total: number): Promise<number> {
    return scoped(async (scope) => {
      const { runtime, sessions, config, tables } = this
      const upload = (values: Float32Array, shape: readonly number[]) =>
        scope.hold(runtime.floats(values, shape), dispose)
      const embedding = upload(this.embedding.value, [config.vocabSize, config.hiddenSize])
      const finalNorm = { final_norm: upload(this.finalNorm.value, [config.hiddenSize]) }
      const parameters = this.layers.map(({ value }) => upload(value, [value.length]))
      const gradients = scope.hold(
        this.layers.map(({ gradient }) => runtime.floats(gradient, [gradient.length])),
        (held) => dispose(...held),
      )
      const layers = parameters.map(() => ({}))
      const frozen = {
        embedding: { embedding },
        finalNorm,
        tables: { full: tables },
        layers,
        plan: { config },
      }
      const transformer = new Transformer(runtime, frozen, sessions, this.blocks, this.kept, 'weights')
      const { hidden, trace } = await transformer.forward(scope, batch, batch.scoredRows, parameters)

      const count = batch.scoredRows.length
      const coefficients = Float32Array.from(
        batch.scoredSequences,
        (document, t) => -documents[document].weights[batch.scoredOffsets[t]] / total,
      )
      const head = await runtime.run(sessions.head, {
        hidden,
        head: embedding,
        ids: runtime.hostInts(Array.from(batch.scoredIds), [count, 1]),
        coefficients: upload(coefficients, [count, 1]),
      })
      scope.hold(head, disposeAll)
      const { norm, embedded } = await transformer.backward(
        scope,
        trace,
        batch,
        head.dhidden,
        parameters,
        gradients,
        [],
      )
      accumulate(this.embedding.gradient, await runtime.read(head.dhead))
      this.embeddingGradient(batch.ids, await runtime.read(embedded))
      accumulate(this.finalNorm.gradient, await runtime.read(norm))
      for (const [l, { gradient }] of this.layers.entries()) gradient.set(await runtime.read(gradients[l]))
      const logprobs = await runtime.read(head.logprobs)
      return coefficients.reduce((sum, coefficient, t) => sum + coefficient * logprobs[t], 0)
    })
  }

  /** Adds the gradient of each position's embedding to its token's row. */
  private embeddingGradient(ids: Int32Array, dx: Float32Array): void {
    const width = this.config.hiddenSize
    const { gradient } = this.embedding
    for (let i = 0; i < ids.length; i++) {
      const row = ids[i] * width
      for (let j = 0; j < width; j++) gradient[row + j] += dx[i * width + j]
    }
  }

  private get parameters(): readonly Parameter[] {
    return [...this.layers, this.embedding, this.finalNorm]
  }

  /** Returns a copy of the state. */
  state(): TrainerState {
    const copies = (part: (parameter: Parameter) => Float32Array) =>
      this.parameters.map((one) => part(one).slice())
    return {
      updates: this.updates,
      values: copies(({ value }) => value),
      firstMoments: copies(({ firstMoment }) => firstMoment),
      secondMoments: copies(({ secondMoment }) => secondMoment),
    }
  }

  /** Continues from a state of a trainer of the same configuration. */
  restore({ updates, values, firstMoments, secondMoments }: TrainerState): void {
    for (const [i, { value, firstMoment, secondMoment }] of this.parameters.entries()) {
      value.set(values[i])
      firstMoment.set(firstMoments[i])
      secondMoment.set(secondMoments[i])
    }
    this.updates = updates
  }

  /** Returns a copy of the current weights. */
  weights(): ModelWeights {
    const { config } = this
    const embedding: DenseMatrix = {
      kind: 'f32',
      out: config.vocabSize,
      in: config.hiddenSize,
      data: this.embedding.value.slice(),
    }
    return {
      embedding,
      head: embedding,
      finalNorm: this.finalNorm.value.slice(),
      layers: this.layers.map(({ value }) => {
        const part = (name: string) => slicePart(value, this.layout, name)
        return {
          attentionNorm: part('attention_norm').data.slice(),
          mlpNorm: part('mlp_norm').data.slice(),
          linears: perLinear((which): DenseMatrix => {
            const { data, shape } = part(which)
            return { kind: 'f32', in: shape[0], out: shape[1], data: transposed(data, shape[0], shape[1]) }
          }),
        }
      }),
    }
  }

  /** Replaces the weights by dense ones, e.g. quantized and dequantized ones. Moments stay. */
  load(weights: ModelWeights): void {
    if (weights.embedding.kind !== 'f32') throw new RangeError('the trainer takes dense weights')
    this.embedding.value.set(weights.embedding.data)
    this.finalNorm.value.set(weights.finalNorm)
    weights.layers.forEach((layer, l) => {
      const part = (name: string) => slicePart(this.layers[l].value, this.layout, name).data
      part('attention_norm').set(normOf(layer, 'attentionNorm'))
      part('mlp_norm').set(normOf(layer, 'mlpNorm'))
      for (const which of LINEARS) {
        const matrix = layer.linears[which]
        if (matrix.kind !== 'f32') throw new RangeError('the trainer takes dense weights')
        part(which).set(transposed(matrix.data, matrix.out, matrix.in))
      }
    })
  }

  async close(): Promise<void> {
    await this.runtime.close()
  }
}

function parameter(name: string, value: Float32Array): Parameter {
  const zeros = () => new Float32Array(value.length)
  return { name, value, gradient: zeros(), firstMoment: zeros(), secondMoment: zeros() }
}

function accumulate(into: Float32Array, from: Float32Array): void {
  for (let i = 0; i < into.length; i++) into[i] += from[i]
}

/** Draws normal deviates by Box-Muller. */
function fillNormal(into: Float32Array, deviation: number, stream: Stream): void {
  for (let i = 0; i < into.length; i++)
    into[i] = deviation * Math.sqrt(-2 * log(stream.uniform())) * cos(2 * Math.PI * stream.uniform())
}

function slicePart(flat: Float32Array, layout: readonly PackedTensor[], name: string) {
  const found = layout.find((tensor) => tensor.name === name)
  if (!found) throw new RangeError(`${name} is not in the layout`)
  const size = found.shape.reduce((a, b) => a * b, 1)
  return { data: flat.subarray(found.offset, found.offset + size), shape: found.shape }
}
