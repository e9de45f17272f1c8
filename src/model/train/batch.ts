/**
 * Batches sequences of different lengths, right-padded and of bounded size. Shared tokens are computed once.
 */

import { wholeBlocks } from '../graphs/attention'
import { type PackedRow, type PackingLimits, packSequences } from './packing'

export interface ScoredSequence {
  readonly ids: readonly number[]
  /** True where the logprob of ids[i], given the ids before it, is needed; scored[0] must be false. */
  readonly scored: readonly boolean[]
}

export interface SequenceBatch {
  readonly rows: number
  /** S: the longest row of the batch, padded to whole blocks of attention. */
  readonly length: number
  /** Indices of its sequences. The scored tokens of each are consecutive, in this order. */
  readonly sequences: readonly number[]
  /** (rows, S), padded with token 0. */
  readonly ids: Int32Array
  /** (rows, S): position of each token in its own sequence. */
  readonly positions: Float32Array
  /** (rows, S): token i of a row sees token j where j <= i < ends[j]. */
  readonly ends: Float32Array
  /** (T): for each scored token, the flat position whose hidden state predicts it; all different. */
  readonly scoredRows: Int32Array
  /** (T): id of each scored token. */
  readonly scoredIds: Int32Array
  /** (T): sequence of each scored token, and its index in it. */
  readonly scoredSequences: Int32Array
  readonly scoredOffsets: Int32Array
  /** (rows, S): the scored token that a position predicts, or T for none. */
  readonly origin: Int32Array
}

export interface BatchLimits extends PackingLimits {
  /** Maximum tokens of a batch, including padding. One row always fits. */
  readonly tokensPerPass: number
}

/**
 * Packs sequences into rows and cuts the rows into batches. The longest come first, so the memory peak comes
 * at once. Sequences without a scored token are left out.
 * @throws RangeError where the first token of a sequence is scored
 */
export function batchSequences(
  sequences: readonly ScoredSequence[],
  { tokensPerPass, ...packing }: BatchLimits,
): SequenceBatch[] {
  const wanted = sequences.map((_, i) => i).filter((i) => sequences[i].scored.some(Boolean))
  const packable = wanted.map((i) => {
    const firstScored = sequences[i].scored.indexOf(true)
    if (firstScored === 0) throw new RangeError('the first token has nothing before it and cannot be scored')
    return { ids: sequences[i].ids, firstScored }
  })
  const rows = packSequences(packable, packing).sort((a, b) => b.ids.length - a.ids.length)
  const batches: SequenceBatch[] = []
  for (let start = 0; start < rows.length; ) {
    const length = wholeBlocks(rows[start].ids.length)
    const count = Math.max(1, Math.floor(tokensPerPass / length))
    batches.push(padBatch(rows.slice(start, start + count), length, sequences, wanted))
    start += count
  }
  return batches
}

function padBatch(
  packed: readonly PackedRow[],
  length: number,
  sequences: readonly ScoredSequence[],
  wanted: readonly number[],
): SequenceBatch {
  const size = packed.length * length
  const ids = new Int32Array(size)
  const positions = new Float32Array(size)
  // Padding sees itself, so that its softmax is defined, and no real token sees it.
  const ends = Float32Array.from({ length: size }, (_, i) => (i % length) + 1)
  const origin = new Int32Array(size).fill(-1)
  const members: number[] = []
  const rows: number[] = []
  const scoredIds: number[] = []
  const scoredSequences: number[] = []
  const offsets: number[] = []
  packed.forEach((row, r) => {
    ids.set(row.ids, r * length)
    positions.set(row.positions, r * length)
    ends.set(row.ends, r * length)
    for (const { sequence, places } of row.members) {
      const index = wanted[sequence]
      members.push(index)
      sequences[index].scored.forEach((isScored, i) => {
        if (!isScored) return
        const from = r * length + places[i - 1]
        origin[from] = rows.length
        rows.push(from)
        scoredIds.push(sequences[index].ids[i])
        scoredSequences.push(index)
        offsets.push(i)
      })
    }
  })
  for (let i = 0; i < size; i++) if (origin[i] < 0) origin[i] = rows.length
  return {
    rows: packed.length,
    length,
    sequences: members,
    ids,
    positions,
    ends,
    scoredRows: Int32Array.from(rows),
    scoredIds: Int32Array.from(scoredIds),
    scoredSequences: Int32Array.from(scoredSequences),
    scoredOffsets: Int32Array.from(offsets),
    origin,
  }
}
