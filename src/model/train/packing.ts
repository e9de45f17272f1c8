/**
 * Sequences packed into rows, so that what they have in common is computed once: a prompt for all its rollouts, and an analysis (S2)
 * for the fused answer (S3) whose prompt it opens. A row is a tree of tokens in depth-first order: a token sees its ancestors and
 * itself, so every sequence reads exactly what it would read alone, and gradients add up in the shared tokens by themselves.
 */
import { LINEARS, linearShape, type ModelConfig } from '../import/config'

export interface PackableSequence {
  readonly ids: readonly number[]
  /** The first token whose logprob is wanted; at least 1, or the length where none is. */
  readonly firstScored: number
}

/** A packed row. Lists are in depth-first order. */
export interface PackedRow {
  readonly ids: readonly number[]
  /** How many tokens come before in its own sequence. */
  readonly positions: readonly number[]
  /** The index after its last descendant: token i sees token j where j <= i < ends[j]. */
  readonly ends: readonly number[]
  /** The sequences in it, and for each where in the row its tokens are. */
  readonly members: readonly { readonly sequence: number; readonly places: Int32Array }[]
}

interface TokenNode {
  readonly id: number
  readonly depth: number
  readonly children: TokenNode[]
  /** Whether the next token of some sequence is scored here. There is room for one: no two scored tokens have the same place. */
  claimed: boolean
}

/** A prefix that some sequence of the row has: where its last token is, and how it goes on. */
interface KnownPrefix {
  readonly node: TokenNode
  readonly next: Map<number, KnownPrefix>
}

class GrowingRow {
  size = 0
  private readonly roots: TokenNode[] = []
  private readonly known = new Map<number, KnownPrefix>()
  private readonly paths: { sequence: number; nodes: readonly TokenNode[] }[] = []

  /** How many tokens of the sequence need not be computed again. */
  shared({ ids, firstScored }: PackableSequence): number {
    let at = this.known
    for (let i = 0; i < ids.length; i++) {
      const found = at.get(ids[i])
      if (!found || (predicts(i, ids, firstScored) && found.node.claimed)) return i
      at = found.next
    }
    return ids.length
  }

  /** @param shared tokens that the row has already: at most what `shared` says */
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
    // Entered once to be numbered, and once more, after all its descendants, to be closed.
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

/** Whether the token after this one may be scored. */
function predicts(index: number, ids: readonly number[], firstScored: number): boolean {
  return index >= firstScored - 1 && index < ids.length - 1
}

export interface PackingLimits {
  /** How many pairs of tokens cost as much in attention as one token elsewhere; 0 shares nothing. */
  readonly pairsPerToken: number
  /** Tokens of a shared row at most. ONNX Runtime's rotary embedding takes no more than its tables have positions. */
  readonly maxRowTokens: number
}

/**
 * Packs each sequence into the row where it saves most, or into one of its own where sharing would cost more than it saves: attention
 * is computed between all pairs of a row's tokens, those of different sequences too.
 */
export function packSequences(
  sequences: readonly PackableSequence[],
  { pairsPerToken, maxRowTokens }: PackingLimits,
): PackedRow[] {
  // Next to each other are those that share most, so that a row is full of them before others come.
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

/** Pairs of the grown row beyond those of the row and the sequence apart. */
function addedPairs(size: number, length: number, shared: number): number {
  const joined = size + length - shared
  return joined * joined - size * size - length * length
}

/** What mask and softmax of a pair cost in a head, forward and backward, in multiply-adds of a linear: measured on wasm with heads of width 16. */
const SOFTMAX_COST = 48

/**
 * A token costs as many multiply-adds as a layer's linears have weights; a pair two for each channel (query times key, weight times value)
 * and its softmax. Of all pairs, (n + 1) / 2n are computed where attention has n blocks of queries.
 */
export function packingLimits(config: ModelConfig, queryBlocks: number): PackingLimits {
  const { heads, headDim, maxPositions } = config
  const shapes = LINEARS.map((which) => linearShape(config, which))
  const linears = shapes.reduce((sum, shape) => sum + shape.in * shape.out, 0)
  const perPair = (heads * (2 * headDim + SOFTMAX_COST) * (queryBlocks + 1)) / (2 * queryBlocks)
  return { pairsPerToken: linears / perPair, maxRowTokens: maxPositions }
}
