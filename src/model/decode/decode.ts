/**
 * Decoding of ragged batches. Rows with the same prompt share one prefill, ended rows are dropped, and a
 * chunk samples several tokens before the CPU reads the results.
 */
import type { Tensor } from 'onnxruntime-web/wasm'
import type { Key } from '../../random'
import { scoped } from '../../scope'
import { UNSEEN, wholeBlocks } from '../graphs/attention'
import { dispose, type Feeds } from '../runtime'
import { CHUNK_STEPS, type DecodeCost, rowsTogether } from './decode_cost'

export interface DecodeRow {
  readonly promptIds: readonly number[]
  readonly key: Key
}

export interface DecodedRow {
  readonly ids: number[]
  readonly logprobs: number[]
  readonly truncated: boolean
}

/**
 * Hidden states (R, H) that predict each row's next token, and the KV cache before them. Hidden states after
 * the rows of the last chunk mean nothing.
 */
export interface DecodeState {
  readonly hidden: Tensor
  /**
   * `l{i}.keys` (R, kv, D, C) and `l{i}.values` (R, kv, C, D): the slots of the padded prompts, then one per
   * sampled token.
   */
  readonly cache: Feeds
  /** C. */
  readonly slots: number
}

/** A chunk of decode steps: the rows of the state that continue, and their positions. */
export interface Chunk {
  readonly state: DecodeState
  /** (B) rows of the state. */
  readonly rows: Int32Array
  /** (B) position of the next token in its sequence. */
  readonly positions: Float32Array
  /** (B, C) additive: `UNSEEN` for the padding after a row's prompt, else 0. */
  readonly mask: Float32Array
  /** (B, C) positions from each slot's token to the row's next token, of slots that are not padding. */
  readonly ages: Float32Array
  /** Maximum number of new tokens. The chunk may end once all rows have stopped. */
  readonly steps: number
  /** (B, 2) Philox keys, and the number of completion tokens that each row already has. */
  readonly keys: Uint32Array
  readonly written: number
  readonly temperature: number
  readonly stops: readonly number[]
}

export interface ChunkResult {
  readonly state: DecodeState
  /** (n, B). */
  readonly ids: Int32Array
  readonly logprobs: Float32Array
  readonly steps: number
}

/** A backend's part of decoding: the prompt pass and the sampling steps. */
export interface DecodeBackend {
  /**
   * Takes prompts (R, S), right-padded with 0, and their lengths; returns the state after each prompt's last
   * token. It may pad them to more slots and rows.
   */
  prefill(ids: Int32Array, lengths: readonly number[], length: number): Promise<DecodeState>
  /** Samples a chunk. It does not free the state it starts from. */
  chunk(chunk: Chunk): Promise<ChunkResult>
  /** Frees what it has compiled for itself. */
  close(): Promise<void>
}

export interface DecodeOptions {
  /** 0 means greedy decoding. */
  readonly temperature: number
  readonly maxNewTokens: number
  readonly stops: readonly number[]
  /** Positions of the model. A row that uses all of them is cut there. */
  readonly maxPositions: number
  readonly cost: DecodeCost
}

/** Cuts rows, ordered by prompt length, into batches that fit in memory. */
export function decodeBatches(
  order: readonly number[],
  rows: readonly DecodeRow[],
  { maxNewTokens, maxPositions, cost }: Omit<DecodeOptions, 'temperature' | 'stops'>,
): number[][] {
  const batches: number[][] = []
  for (const row of order) {
    const batch = batches.at(-1)
    const tokens = Math.min(rows[row].promptIds.length + maxNewTokens, maxPositions)
    // Prompts are padded to the longest, which is the last.
    if (batch && batch.length < rowsTogether(tokens, cost)) batch.push(row)
    else batches.push([row])
  }
  return batches
}

/**
 * Completes the rows `members` and writes them to `results`. `onTokens` gets the new ids of a row as they are
 * sampled.
 */
export async function decodeBatch(
  backend: DecodeBackend,
  rows: readonly DecodeRow[],
  members: readonly number[],
  options: DecodeOptions,
  results: DecodedRow[],
  onTokens?: (row: number, ids: readonly number[]) => void,
): Promise<void> {
  await scoped(async (scope) => {
    const prompts = distinctPrompts(members.map((member) => rows[member].promptIds))
    const stops = new Set(options.stops)
    let state = scope.hold(await backend.prefill(prompts.ids, prompts.lengths, prompts.length), disposeState)
    let alive = members.map((member, i) => ({ member, row: prompts.of[i] }))
    const promptSlots = state.slots
    for (let written = 0; written < options.maxNewTokens && alive.length > 0; ) {
      const room = ({ member }: (typeof alive)[number]) =>
        options.maxPositions - rows[member].promptIds.length - written
      const steps = Math.min(CHUNK_STEPS, options.maxNewTokens - written, ...alive.map(room))
      const keys = new Uint32Array(alive.length * 2)
      const { slots } = state
      const mask = new Float32Array(alive.length * slots)
      const ages = new Float32Array(alive.length * slots)
      alive.forEach(({ member }, i) => {
        const prompt = rows[member].promptIds.length
        keys.set(rows[member].key, 2 * i)
        mask.fill(UNSEEN, i * slots + prompt, i * slots + promptSlots)
        for (let slot = 0; slot < slots; slot++)
          ages[i * slots + slot] = slot < promptSlots ? prompt + written - slot : slots - slot
      })
      const result = await backend.chunk({
        state,
        rows: Int32Array.from(alive, ({ row }) => row),
        positions: Float32Array.from(alive, ({ member }) => rows[member].promptIds.length + written),
        mask,
        ages,
        steps,
        keys,
        written,
        temperature: options.temperature,
        stops: options.stops,
      })
      scope.free(state)
      state = scope.hold(result.state, disposeState)
      const width = alive.length
      const next: typeof alive = []
      alive.forEach(({ member }, column) => {
        const decoded = results[member]
        const before = decoded.ids.length
        let stopped = false
        for (let t = 0; t < result.steps && !stopped; t++) {
          const id = result.ids[t * width + column]
          decoded.ids.push(id)
          decoded.logprobs.push(result.logprobs[t * width + column])
          stopped = stops.has(id)
        }
        onTokens?.(member, decoded.ids.slice(before))
        if (stopped) results[member] = { ...decoded, truncated: false }
        else next.push({ member, row: column })
      })
      written += result.steps
      alive = next.filter(({ member }) => rows[member].promptIds.length + written < options.maxPositions)
    }
  })
}

/** Frees a state's tensors. */
export function disposeState(state: DecodeState): void {
  dispose(state.hidden, ...Object.values(state.cache))
}

/** Returns distinct prompts, right-padded: ids (R, S). `of` maps each row to its prompt. */
function distinctPrompts(prompts: readonly (readonly number[])[]) {
  const known = new Map<string, number>()
  const distinct: (readonly number[])[] = []
  const of = prompts.map((prompt) => {
    const name = prompt.join()
    const found = known.get(name)
    if (found !== undefined) return found
    known.set(name, distinct.length)
    return distinct.push(prompt) - 1
  })
  const length = wholeBlocks(Math.max(...distinct.map((prompt) => prompt.length)))
  const ids = new Int32Array(distinct.length * length)
  distinct.forEach((prompt, row) => {
    ids.set(prompt, row * length)
  })
  return { ids, lengths: distinct.map((prompt) => prompt.length), length, of }
}
