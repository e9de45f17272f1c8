/** Sequences of different lengths, sorted and cut into right-padded batches of bounded size. */

export interface ScoredSequence {
  readonly ids: readonly number[]
  /** Whether the logprob of ids[i], given those before it, is wanted; scored[0] must be false. */
  readonly scored: readonly boolean[]
}

export interface SequenceBatch {
  readonly rows: number
  /** S: the longest sequence of the batch. */
  readonly length: number
  /** Which sequence each row is. */
  readonly sequences: readonly number[]
  /** (rows, S), padded with token 0. */
  readonly ids: Int32Array
  /** (T): for each scored token, the flat position whose hidden state predicts it … */
  readonly scoredRows: Int32Array
  /** … its id … */
  readonly scoredIds: Int32Array
  /** … and where it is: which sequence, which place in it. */
  readonly scoredSequences: Int32Array
  readonly scoredOffsets: Int32Array
  /** (rows, S): the scored token that a position predicts, or T where none. */
  readonly origin: Int32Array
}

/**
 * Cuts into batches of at most `tokensPerPass` tokens, padding included (one sequence always fits).
 * Longest first, so the peak is met at once; sequences without a scored token are left out.
 */
export function batchSequences(sequences: readonly ScoredSequence[], tokensPerPass: number): SequenceBatch[] {
  const order = sequences
    .map((_, i) => i)
    .filter((i) => sequences[i].scored.some(Boolean))
    .sort((a, b) => sequences[b].ids.length - sequences[a].ids.length || a - b)
  const batches: SequenceBatch[] = []
  for (let start = 0; start < order.length; ) {
    const length = sequences[order[start]].ids.length
    const rows = Math.max(1, Math.floor(tokensPerPass / length))
    batches.push(padBatch(sequences, order.slice(start, start + rows), length))
    start += rows
  }
  return batches
}

function padBatch(
  sequences: readonly ScoredSequence[],
  members: readonly number[],
  length: number,
): SequenceBatch {
  const ids = new Int32Array(members.length * length)
  const rows: number[] = []
  const scoredIds: number[] = []
  const scoredSequences: number[] = []
  const offsets: number[] = []
  const origin = new Int32Array(members.length * length).fill(-1)
  members.forEach((member, row) => {
    const sequence = sequences[member]
    ids.set(sequence.ids, row * length)
    sequence.scored.forEach((wanted, i) => {
      if (!wanted) return
      if (i === 0) throw new RangeError('the first token has nothing before it and cannot be scored')
      origin[row * length + i - 1] = rows.length
      rows.push(row * length + i - 1)
      scoredIds.push(sequence.ids[i])
      scoredSequences.push(member)
      offsets.push(i)
    })
  })
  for (let i = 0; i < origin.length; i++) if (origin[i] < 0) origin[i] = rows.length
  return {
    rows: members.length,
    length,
    sequences: members,
    ids,
    scoredRows: Int32Array.from(rows),
    scoredIds: Int32Array.from(scoredIds),
    scoredSequences: Int32Array.from(scoredSequences),
    scoredOffsets: Int32Array.from(offsets),
    origin,
  }
}
