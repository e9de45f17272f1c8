import type { TokenSpans } from '../peer'
import type { Voice } from '../voice'

/**
 * Returns which tokens of a completion form which part of its text. A token alone has no text: it may be half
 * a character, or lose a space at its start. So each token's part follows from decoding the completion with
 * and without it.
 */
export function tokenSpans(
  { decode, text }: Pick<Voice, 'decode' | 'text'>,
  ids: readonly number[],
): TokenSpans {
  const whole = decode(ids)
  const begin = whole.length - text(ids).length
  let settled = 0
  const ends = ids.map((_, i) => {
    const known = i === ids.length - 1 ? whole.length : sharedLength(decode(ids.slice(0, i + 1)), whole)
    settled = Math.max(settled, known)
    return settled
  })
  const first = begin === 0 ? 0 : ends.findIndex((end) => end > begin)
  const thoughts = first < 0 ? ids.length : first
  const lengths = ends.slice(thoughts).map((end, i) => end - Math.max(begin, ends[thoughts + i - 1] ?? 0))
  return { thoughts, lengths }
}

/**
 * Returns the length of the common start of two texts. The mark of half a character never matches the whole
 * text.
 */
function sharedLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return length
}
