import type { Completion, TokenSpans, WatchedSequence } from '../../model/peer'
import type { TextTokens } from '../events'

/**
 * What is told of a completion's tokens.
 * @param trained what the update made of it; null where it was not trained
 */
export function textTokens(
  { ids, logprobs, truncated }: Completion,
  { thoughts, lengths }: TokenSpans,
  trained: WatchedSequence | null,
): TextTokens {
  const shown = (values: ArrayLike<number>) => Array.from(values, rounded).slice(thoughts)
  const tokens = { thoughts, lengths, stopped: !truncated && ids.length > 0, logprobs: shown(logprobs) }
  if (trained === null) return tokens
  // Scored like it: in f16 a sampler's logprob is another one by more than an update makes of it.
  const before = trained.loss?.logprobs ?? logprobs
  const gains = shown(trained.logprobs.map((logprob, t) => logprob - before[t]))
  const ratios = shown(trained.loss?.ratios ?? [])
  const clipped = (trained.loss?.clips.slice(thoughts) ?? []).flatMap((clip, t) => (clip === null ? [] : t))
  // What is no number cannot be kept in a file: the update was skipped then.
  if (![...gains, ...ratios].every(Number.isFinite)) return tokens
  return {
    ...tokens,
    ...(trained.loss && { ratios: ratios.every((ratio) => ratio === ratios[0]) ? ratios[0] : ratios }),
    ...(clipped.length > 0 && { clipped }),
    gains,
  }
}

/** To three decimals: as many figures of a probability. */
export function rounded(value: number): number {
  // Not -0, which JSON does not have.
  return Math.round(value * 1000) / 1000 + 0
}
