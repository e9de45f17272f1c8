/**
 * Packs sequences into rows, so that common tokens are computed once: a prompt for all its rollouts, and an
 * analysis (S2) for the fused answer (S3) whose prompt begins with it. A row is a tree of tokens in
 * depth-first order. A token sees its ancestors and itself, so every sequence reads exactly what it would
 * read alone, and gradients add up in shared tokens.
 */
import { LINEARS, linearShape, type ModelConfig } from '../import/config'

export interface PackableSequence {
  readonly ids: readonly number[]
  /** Index of the first token whose logprob is needed; at least 1, or the length where there is none. */
  readonly firstScored: number
}

/** A packed row. Lists are in depth-first order. */
export interface PackedRow {
  readonly ids: readonly number[]
  /** Number of tokens before it in its own sequence. */
  readonly positions: readonly number[]
  /** Index after its last descendant: token i sees token j where j <= i < ends[j]. */
  readonly ends: readonly number[]
  /** Its sequences, each with its tokens' places in the row. */
  readonly members: readonly { readonly sequence: number; readonly places: Int32Array }[]
}

interface TokenNode {
  readonly id: number
  readonly depth: number
  readonly children: TokenNode[]
  /**
   * True where the next token of some sequence is scored here. Only one fits: two scored tokens must not
   * share a place.
   */
  claimed: boolean
}

/** A prefix of some sequence in the row: its last token's node, and its continuations. */
interface KnownPrefix {
  readonly node: TokenNode
  readonly next: Map<number, KnownPrefix>
}

class GrowingRow {
  size = 0
  private readonly roots: TokenNode[] = []
  private readonly known = new Map<number, KnownPrefix>()
  private readonly paths: { sequence: number; nodes: readonly TokenNode[] }[] = []

  /** Returns the number of the sequence's tokens that need not be computed again. */
  shared({ ids, firstScored }: PackableSequence): number {
    let at = this.known
    for (let i = 0; i < ids.length; i++) {
      const found = at.get(ids[i])
      if (!found || (predicts(i, ids, firstScored) && found.node.claimed)) return i
      at = found.next
    }
    return ids.length
  }

  /** @param shared number of tokens that the row already has: at most the result of `shared` */
  add(index: number, { ids, firstScored }: PackableSequence, shared: number): void {
    const nodes: TokenNode[] = []
    let at = this.known
    ids.forEach((id, depth) => {
      const found = at.get(id)
      const parent = nodes.at(-1)
      let node = depth < shared ? found?.node : undefined
      if (!node) {
        node = { id, depth, children: [], claimed: false }
        ;(parent ? parent.children : this.roots).push(node)
        this.size++
      }
      if (predicts(depth, ids, firstScored)) node.claimed = true
      const prefix = found ?? { node, next: new Map() }
      if (!found) at.set(id, prefix)
      at = prefix.next
      nodes.push(node)
    })
    this.paths.push({ sequence: index, nodes })
  }

  packed(): PackedRow {
    const ids: number[] = []
    const positions: number[] = []
    const ends: number[] = []
    const places = new Map<TokenNode, number>()
    // Each node is visited twice: first to number it, then after all its descendants to set its end.
    const waiting = this.roots.map((node) => ({ node, entered: false })).reverse()
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { node, entered } = next
      if (entered) {
        ends[places.get(node) ?? 0] = ids.length
        continue
      }
      places.set(node, ids.length)
      ids.push(node.id)
      positions.push(node.depth)
      ends.push(0)
      waiting.push({ node, entered: true })
      for (let i = node.children.length - 1; i >= 0; i--)
        waiting.push({ node: node.children[i], entered: false })
    }
    const members = this.paths.map(({ sequence, nodes }) => ({
      sequence,
      places: Int32Array.from(nodes, (node) => places.get(node) ?? 0),
    }))
    return { ids, positions, ends, members }
  }
}

/** Returns whether the token after this one may be scored. */
function predicts(index: number, ids: readonly number[], firstScored: number): boolean {
  return index >= firstScored - 1 && index < ids.length - 1
}

export interface PackingLimits {
  /** Number of token pairs whose attention costs as much as one token elsewhere; 0 shares nothing. */
  readonly pairsPerToken: number
  /**
   * Maximum tokens of a shared row. ONNX Runtime's rotary embedding takes no more than its tables' positions.
   */
  readonly maxRowTokens: number
}

/**
 * Packs each sequence into the row where it saves most, or into its own row where sharing would cost more
 * than it saves. Attention is computed between all pairs of a row's tokens, also of different sequences.
 */
export function packSequences(
  sequences: readonly PackableSequence[],
  { pairsPerToken, maxRowTokens }: PackingLimits,
): PackedRow[] {
  // Sequences that share most are adjacent, so they fill a row before others come.
  const order = sequences
    .map((_, i) => i)
    .sort((a, b) => compare(sequences[a].ids, sequences[b].ids) || a - b)
  const rows: GrowingRow[] = []
  for (const index of order) {
    const sequence = sequences[index]
    let best: { row: GrowingRow; shared: number; gain: number } | undefined
    if (pairsPerToken > 0)
      for (const row of rows) {
        const shared = row.shared(sequence)
        if (shared === 0 || row.size + sequence.ids.length - shared > maxRowTokens) continue
        const gain = shared * pairsPerToken - addedPairs(row.size, sequence.ids.length, shared)
        if (gain > (best?.gain ?? 0)) best = { row, shared, gain }
      }
    const row = best?.row ?? new GrowingRow()
    if (!best) rows.push(row)
    row.add(index, sequence, best?.shared ?? 0)
  }
  return rows.map((row) => row.packed())
}

function compare(a: readonly number[], b: readonly number[]): number {
  const parted = a.findIndex((id, i) => id !== b[i])
  return parted < 0 ? a.length - b.length : a[parted] - (b[parted] ?? -1)
}

/** Returns the pairs of the grown row minus those of the row and the sequence apart. */
function addedPairs(size: number, length: number, shared: number): number {
  const joined = size + length - shared
  return joined * joined - size * size - length * length
}

/**
 * Cost of a pair's mask and softmax in a head, forward and backward, in multiply-adds of a linear. Measured
 * on wasm with heads of width 16.
 */
const SOFTMAX_COST = 48

/**
 * Returns the packing limits of a model. A token costs as many multiply-adds as a layer's linears have
 * weights. A pair costs two per channel (query times key, weight times value) and its softmax. With n blocks
 * of queries, attention computes (n + 1) / 2n of all pairs.
 */
export function packingLimits(config: ModelConfig, queryBlocks: number): PackingLimits {
  const { heads, headDim, maxPositions } = config
  const shapes = LINEARS.map((which) => linearShape(config, which))
  const linears = shapes.reduce((sum, shape) => sum + shape.in * shape.out, 0)
  const perPair = (heads * (2 * headDim + SOFTMAX_COST) * (queryBlocks + 1)) / (2 * queryBlocks)
  return { pairsPerToken: linears / perPair, maxRowTokens: maxPositions }
}
