/** How a row of tokens is cut into blocks of queries (`attention.ts`). */

/**
 * Blocks of queries in a row, at most. A block leaves out the keys behind its end, which none of its tokens sees: n of them compute
 * (n + 1) / 2n of all pairs. On wasm, where pairs cost, four take about 60 % of the time of one; on a GPU it is the calls that cost.
 */
export const QUERY_BLOCKS = 4

/** The next length that can be cut into blocks. */
export function wholeBlocks(length: number): number {
  return Math.ceil(length / QUERY_BLOCKS) * QUERY_BLOCKS
}
