import type { TrainSequence } from '../../model/peer'

export type AdvantagedSequence = Pick<TrainSequence, 'promptIds' | 'ids' | 'advantage'>

/** Rows of token ids, right-padded with 0. T scored tokens, which are those of the completions. */
export interface TrainingBatch {
  readonly rows: number
  /** S: the longest row, and padding up to a multiple of four. */
  readonly length: number
  /** (rows, S). */
  readonly ids: Int32Array
  /** (T): the flat positions whose hidden states predict the scored tokens, all different … */
  readonly scoredRows: Int32Array
  /** … and the ids of those tokens. */
  readonly scoredIds: Int32Array
  /** (T): loss = -sum of coefficient times logprob, over all batches. The mean over tokens is in it. */
  readonly coefficients: Float32Array
  /** (rows, S): the scored token that a position predicts, or T where none. */
  readonly origin: Int32Array
}

/** jax-js vectorizes attention only where four divides the length; it takes three times as long otherwise. */
const LENGTH_MULTIPLE = 4

/**
 * Longest rows first. A sequence of advantage 0 counts in the mean and costs no pass, as in `Policy.update`.
 * @throws RangeError where a sequence has no prompt: its first token would have nothing before it
 */
export function trainingBatches(
  sequences: readonly AdvantagedSequence[],
  tokensPerPass: number,
): TrainingBatch[] {
  const tokens = sequences.reduce((sum, { ids }) => sum + ids.length, 0)
  const active = sequences
    .filter(({ advantage }) => advantage !== 0)
    .sort((a, b) => lengthOf(b) - lengthOf(a))
  const batches: TrainingBatch[] = []
  for (let start = 0; start < active.length; ) {
    const length = Math.ceil(lengthOf(active[start]) / LENGTH_MULTIPLE) * LENGTH_MULTIPLE
    const count = Math.max(1, Math.floor(tokensPerPass / length))
    batches.push(padded(active.slice(start, start + count), length, tokens))
    start += count
  }
  return batches
}

function lengthOf({ promptIds, ids }: AdvantagedSequence): number {
  return promptIds.length + ids.length
}

function padded(sequences: readonly AdvantagedSequence[], length: number, tokens: number): TrainingBatch {
  const ids = new Int32Array(sequences.length * length)
  const scoredRows: number[] = []
  const scoredIds: number[] = []
  const coefficients: number[] = []
  sequences.forEach(({ promptIds, ids: completion, advantage }, row) => {
    if (promptIds.length === 0) throw new RangeError('a completion without a prompt cannot be scored')
    ids.set([...promptIds, ...completion], row * length)
    completion.forEach((id, i) => {
      scoredRows.push(row * length + promptIds.length + i - 1)
      scoredIds.push(id)
      coefficients.push(advantage / tokens)
    })
  })
  const origin = new Int32Array(ids.length).fill(scoredRows.length)
  scoredRows.forEach((position, t) => {
    origin[position] = t
  })
  return {
    rows: sequences.length,
    length,
    ids,
    scoredRows: Int32Array.from(scoredRows),
    scoredIds: Int32Array.from(scoredIds),
    coefficients: Float32Array.from(coefficients),
    origin,
  }
}
