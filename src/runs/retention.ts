/** Which checkpoints of a run are kept: each is as large as its peers' adapters with their moments. */

/** The newest ones: where the last was damaged, the one before it is still there to go on from. */
const LAST = 2

export interface Kept {
  readonly step: number
  readonly pinned: boolean
}

/**
 * @param checkpoints all there are, one of which was just written
 * @param best the step that did best on validation; it is kept if it has a checkpoint
 * @returns those that stay, in the same order
 */
export function retained<T extends Kept>(checkpoints: readonly T[], best: number | null): T[] {
  const newest = checkpoints.map(({ step }) => step).sort((a, b) => b - a)
  const last = new Set(newest.slice(0, LAST))
  return checkpoints.filter(({ step, pinned }) => pinned || last.has(step) || step === best)
}
