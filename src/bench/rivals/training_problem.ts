/**
 * One training step, described so that any library can take it: a frozen decoder in dense f32, its LoRA, token batches with the
 * coefficient of each scored token's logprob, and the optimizer. Plain data, so that it can be sent to a worker.
 */

import { transposed } from '../../matrix/matrix'
import { rotaryTables } from '../../model/graphs/rotary'
import { type Linear, linearShape, type ModelConfig, perLinear } from '../../model/import/config'
import type { ModelFolder } from '../../model/import/folder'
import type { UpdateRequest } from '../../model/peer'
import type { LoraOptions } from '../../model/train/lora'
import { dequantize } from '../../model/weights/quantize'
import type { LayerWeights } from '../../model/weights/weight_source'
import { type AdvantagedSequence, type TrainingBatch, trainingBatches } from './training_batches'

/** The frozen weights of a layer, f32. */
export interface DenseLayer extends Omit<LayerWeights, 'linears'> {
  /** (in, out) each: y = x W. */
  readonly linears: Readonly<Record<Linear, Float32Array>>
}

export type TrainingOptimizer = Pick<
  UpdateRequest,
  'learningRate' | 'maxGradNorm' | 'adamBeta1' | 'adamBeta2' | 'adamEpsilon' | 'weightDecay'
>

/** Where LoRA training starts: one flat array a layer, as `loraLayout` says. */
export interface TrainedLora extends LoraOptions {
  readonly parameters: readonly Float32Array[]
}

export interface TrainingProblem {
  readonly config: ModelConfig
  readonly layers: readonly DenseLayer[]
  /** (V, H). */
  readonly embedding: Float32Array
  /** (H). */
  readonly finalNorm: Float32Array
  /** (V, H): the embedding itself where tied. */
  readonly head: Float32Array
  /** (P, D/2): cosine and sine of position times frequency. */
  readonly rotary: { readonly cos: Float32Array; readonly sin: Float32Array }
  readonly lora: TrainedLora
  readonly optimizer: TrainingOptimizer
  readonly batches: readonly TrainingBatch[]
  /** Completion tokens of all sequences: what tokens per second are counted in. */
  readonly tokens: number
}

export interface ProblemOptions {
  readonly lora: TrainedLora
  readonly optimizer: TrainingOptimizer
  /**
   * Tokens of a batch, padding included; one row always fits. Peers compute fewer but larger batches faster, so a step is one
   * batch where memory allows; logits of scored tokens times vocabulary are whole in memory.
   */
  readonly tokensPerPass?: number
}

const TOKENS_PER_PASS = 8192

/**
 * GRPO on rollouts of the policy that is trained: the importance ratio is 1, so that the gradient is that of
 * -mean(advantage · logprob) over the completion tokens (`lossType` dapo).
 */
export function trainingProblem(
  { config, weights }: Pick<ModelFolder, 'config' | 'weights'>,
  sequences: readonly AdvantagedSequence[],
  { lora, optimizer, tokensPerPass = TOKENS_PER_PASS }: ProblemOptions,
): TrainingProblem {
  const embedding = dequantize(weights.embedding).data
  return {
    config,
    layers: weights.layers.map((layer) => denseLayer(config, layer)),
    embedding,
    finalNorm: weights.finalNorm,
    head: weights.head === weights.embedding ? embedding : dequantize(weights.head).data,
    rotary: rotaryTables(config),
    lora,
    optimizer,
    batches: trainingBatches(sequences, tokensPerPass),
    tokens: sequences.reduce((sum, { ids }) => sum + ids.length, 0),
  }
}

function denseLayer(config: ModelConfig, layer: LayerWeights): DenseLayer {
  const linears = perLinear((which) => {
    const shape = linearShape(config, which)
    return transposed(dequantize(layer.linears[which]).data, shape.out, shape.in)
  })
  return { ...layer, linears }
}
