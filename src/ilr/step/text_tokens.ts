import type { Completion, TokenSpans, WatchedSequence } from '../../model/peer'
import type { TextTokens } from '../events'

/**
 * Returns the details of a completion's tokens that an exchange keeps.
 * @param trained the update's report on it; null where it was not trained
 */
export function textTokens(
  { ids, logprobs, truncated }: Completion,
  { thoughts, lengths }: TokenSpans,
  trained: WatchedSequence | null,
): TextTokens {
  const shown = (values: ArrayLike<number>) => Array.from(values, rounded).slice(thoughts)
  const tokens = { thoughts, lengths, stopped: !truncated && ids.length > 0, logprobs: shown(logprobs) }
  if (trained === null) return tokens
  // Both logprobs must come from the same scoring: in f16 a sampler's logprob differs from it by more than an
  // update changes.
  const before = trained.loss?.logprobs ?? logprobs
  const gains = shown(trained.logprobs.map((logprob, t) => logprob - before[t]))
  const ratios = shown(trained.loss?.ratios ?? [])
  const clipped = (trained.loss?.clips.slice(thoughts) ?? []).flatMap((clip, t) => (clip === null ? [] : t))
  // A file cannot hold values that are not finite. The update was skipped in that case.
  if (![...gains, ...ratios].every(Number.isFinite)) return tokens
  return {
    ...tokens,
    ...(trained.loss && { ratios: ratios.every((ratio) => ratio === ratios[0]) ? ratios[0] : ratios }),
    ...(clipped.length > 0 && { clipped }),
    gains,
  }
}

/** Rounds to three decimals, as many as a probability is shown with. */
export function rounded(value: number): number {
  // Adding 0 turns -0, which JSON lacks, into 0.
  return Math.round(value * 1000) / 1000 + 0
}
