/**
 * A policy: frozen base weights with a trainable LoRA adapter. It samples, scores and learns with the same
 * layers and parameters, so the policy that samples is the policy that is trained.
 */
import type { Tensor } from 'onnxruntime-web/wasm'
import { ColloquyError, PROMPT } from '../errors'
import { type LossSums, lossNormalizer, lossStatistics, NO_SUMS, TOKEN_KIND } from '../grpo/grpo_loss'
import type { LossOptions } from '../grpo/types'
import { scoped } from '../scope'
import type { DecodeBackend, DecodedRow, DecodeOptions, DecodeRow } from './decode/decode'
import { decodeBatch, decodeBatches } from './decode/decode'
import type { DecodeCost } from './decode/decode_cost'
import type { Head, HeadBatch } from './ort_head'
import type { TrainSequence, UpdateReport, UpdateRequest, WatchedSequence } from './peer'
import { dispose } from './runtime'
import type { Adapter } from './train/adapter'
import { type BatchLimits, batchSequences, type SequenceBatch } from './train/batch'
import { lossOf } from './train/watched_sequences'
import type { Transformer } from './transformer'

export interface PolicyParts {
  readonly transformer: Transformer
  readonly decoder: DecodeBackend
  readonly head: Head
  readonly adapter: Adapter
  /** Limits that cut and pack training passes. */
  readonly batchLimits: BatchLimits
  /** Maximum positions of the model. */
  readonly maxPositions: number
  readonly decodeCost: DecodeCost
}

/** Logprobs of watched sequences in the loss, read on request. */
type SeenLogprobs = Map<TrainSequence, () => Promise<Float32Array>>

export class Policy {
  constructor(private readonly parts: PolicyParts) {}

  /**
   * Completes every row; `onTokens` gets the new ids of a row as they are sampled.
   * @throws ColloquyError `limit` where a prompt leaves no room for an answer
   */
  async generate(
    rows: readonly DecodeRow[],
    options: Omit<DecodeOptions, 'maxPositions' | 'cost'>,
    onTokens?: (row: number, ids: readonly number[]) => void,
  ): Promise<DecodedRow[]> {
    const { decoder, maxPositions, decodeCost: cost } = this.parts
    const limited = { ...options, maxPositions, cost }
    for (const { promptIds } of rows)
      if (promptIds.length >= maxPositions) throw promptTooLong(promptIds.length, maxPositions)
    const order = rows
      .map((_, i) => i)
      .sort((a, b) => rows[a].promptIds.length - rows[b].promptIds.length || a - b)
    const results: DecodedRow[] = rows.map(() => ({ ids: [], logprobs: [], truncated: true }))
    for (const members of decodeBatches(order, rows, limited))
      await decodeBatch(decoder, rows, members, limited, results, onTokens)
    return results
  }

  /**
   * Makes one optimizer step on the GRPO loss of these sequences. A loss or gradient that is not finite
   * changes nothing. Without a KL term a rollout of advantage 0 (its group's rewards are all equal) has no
   * gradient: it counts in the normalisation and the statistics, and costs no pass. Watched sequences are
   * scored once more afterwards.
   */
  update(request: UpdateRequest): Promise<UpdateReport> {
    return scoped(async (scope) => {
      const { adapter, head, transformer } = this.parts
      const { sequences, masked = 0, loss: options } = request
      const isIdle = ({ advantage, oldLogprobs }: TrainSequence) =>
        options.beta === 0 && advantage === 0 && oldLogprobs !== null
      const idle = sequences.filter(isIdle)
      const active = sequences.filter((sequence) => !isIdle(sequence))
      const batches = this.batch(active)
      const watched = (request.watched ?? []).map((index) => sequences[index])
      const headBatches = batches.map((batch) => headBatch(batch, active, watched))
      const normalizer = lossNormalizer([...headBatches, idleBatch(idle, masked)])
      const gradients = scope.hold<Tensor[]>([...adapter.zeros], (held) =>
        dispose(...held.filter((gradient) => !adapter.zeros.includes(gradient))),
      )
      // A failed update waits for reads under way: until then they hold their buffers.
      const sums = scope.hold<Promise<LossSums>[]>([], async (reads) => {
        await Promise.allSettled(reads)
      })
      const seen: SeenLogprobs = new Map()
      for (const [i, batch] of batches.entries()) {
        const reference =
          options.beta === 0 ? null : await this.score(batch, adapter.zeros, options.temperature)
        await scoped(async (pass) => {
          const { parameters, zeros } = adapter
          const { hidden, trace } = await transformer.forward(pass, batch, batch.scoredRows, parameters)
          const scored = await head.loss(hidden, { ...headBatches[i], reference }, options, normalizer)
          pass.hold(scored.dhidden, dispose)
          sums.push(scored.sums)
          headBatches[i].watched.forEach((s, n) => {
            seen.set(active[batch.sequences[s]], async () => (await scored.watched)[n])
          })
          await transformer.backward(pass, trace, batch, scored.dhidden, parameters, gradients, zeros)
        })
      }
      const statistics = lossStatistics([idleSums(idle, options), ...(await Promise.all(sums))])
      const { tokens } = normalizer
      const report = async (gradNorm: number, skipped: boolean): Promise<UpdateReport> => ({
        ...statistics,
        gradNorm,
        tokens,
        skipped,
        watched: await this.watched(watched, seen, options),
      })
      if (batches.length === 0) return report(0, false)
      if (!Number.isFinite(statistics.loss)) {
        scope.free(gradients)
        return report(Number.NaN, true)
      }
      const { gradNorm, applied } = await adapter.update(scope.handOn(gradients), {
        learningRate: request.learningRate,
        maxGradNorm: request.maxGradNorm,
        beta1: request.adamBeta1,
        beta2: request.adamBeta2,
        epsilon: request.adamEpsilon,
        weightDecay: request.weightDecay,
      })
      return report(gradNorm, !applied)
    })
  }

  /** @param seen logprobs of the sequences that went through the loss */
  private async watched(
    sequences: readonly TrainSequence[],
    seen: SeenLogprobs,
    options: LossOptions,
  ): Promise<WatchedSequence[]> {
    const after = await this.logprobs(sequences, options.temperature)
    return Promise.all(
      sequences.map(async (sequence, i) => {
        const logprobs = await seen.get(sequence)?.()
        return { loss: logprobs ? lossOf(sequence, logprobs, options) : null, logprobs: after[i] }
      }),
    )
  }

  /**
   * Returns logprobs of the completion ids of each sequence, under the policy or under its base (`useAdapter`
   * false).
   */
  async logprobs(
    sequences: readonly Pick<TrainSequence, 'promptIds' | 'ids'>[],
    temperature: number,
    useAdapter = true,
  ): Promise<Float32Array[]> {
    const { adapter } = this.parts
    const results = sequences.map(({ ids }) => new Float32Array(ids.length))
    for (const batch of this.batch(sequences)) {
      const lora = useAdapter ? adapter.parameters : adapter.zeros
      const values = await this.score(batch, lora, temperature)
      for (let t = 0; t < values.length; t++) {
        const sequence = batch.scoredSequences[t]
        results[sequence][batch.scoredOffsets[t] - sequences[sequence].promptIds.length] = values[t]
      }
    }
    return results
  }

  private score(batch: SequenceBatch, lora: readonly Tensor[], temperature: number): Promise<Float32Array> {
    const { head, transformer } = this.parts
    return scoped(async (scope) => {
      const hidden = scope.hold(await transformer.hidden(batch, batch.scoredRows, lora), dispose)
      return head.logprobs(hidden, batch.scoredIds, temperature)
    })
  }

  private batch(sequences: readonly Pick<TrainSequence, 'promptIds' | 'ids'>[]): SequenceBatch[] {
    return batchSequences(
      sequences.map(({ promptIds, ids }) => ({
        ids: [...promptIds, ...ids],
        scored: [...promptIds.map(() => false), ...ids.map(() => true)],
      })),
      this.parts.batchLimits,
    )
  }
}

function promptTooLong(tokens: number, maxPositions: number): ColloquyError {
  return new ColloquyError({
    code: 'limit',
    what: PROMPT,
    found: `${tokens} tokens`,
    wanted: `fewer than the model's ${maxPositions} positions`,
    todo: 'Ask for less (fewer peers, fewer difficultyReferences, shorter questions), or choose a model with a longer context',
  })
}

/** Returns what sequences without a pass add to the normalisation. Masked ones have no trained tokens. */
function idleBatch(sequences: readonly TrainSequence[], masked: number) {
  const tokens = sequences.reduce((sum, { ids }) => sum + ids.length, 0)
  return {
    kind: new Uint32Array(tokens).fill(TOKEN_KIND.onPolicy),
    advantage: new Float32Array(sequences.length + masked),
  }
}

/**
 * Returns what sequences without a pass add to the statistics. The mean -logprob of sampled tokens estimates
 * their entropy.
 */
function idleSums(sequences: readonly TrainSequence[], options: LossOptions): LossSums {
  const surprises = sequences.flatMap(({ oldLogprobs }) => oldLogprobs ?? [])
  const tokens = surprises.length
  return {
    ...NO_SUMS,
    tokens,
    entropy: surprises.reduce((sum, logprob) => sum - logprob, 0),
    ratios: options.importanceSamplingLevel === 'sequence' ? sequences.length : tokens,
  }
}

/** Returns the scored tokens of a batch as the loss reads them. */
function headBatch(
  batch: SequenceBatch,
  sequences: readonly TrainSequence[],
  watched: readonly TrainSequence[],
): HeadBatch {
  const tokens = batch.scoredIds.length
  const offsets = new Uint32Array(batch.sequences.length + 1)
  const kind = new Uint32Array(tokens)
  const old = new Float32Array(tokens)
  const places = new Map(batch.sequences.map((sequence, i) => [sequence, i]))
  for (let t = 0; t < tokens; t++) {
    const index = batch.scoredSequences[t]
    const { oldLogprobs, promptIds } = sequences[index]
    kind[t] = oldLogprobs ? TOKEN_KIND.onPolicy : TOKEN_KIND.replayed
    if (oldLogprobs) old[t] = oldLogprobs[batch.scoredOffsets[t] - promptIds.length]
    offsets[(places.get(index) ?? 0) + 1] = t + 1
  }
  return {
    ids: batch.scoredIds,
    offsets,
    kind,
    old,
    reference: null,
    advantage: Float32Array.from(batch.sequences, (sequence) => sequences[sequence].advantage),
    watched: [...places].flatMap(([sequence, place]) => (watched.includes(sequences[sequence]) ? place : [])),
  }
}
