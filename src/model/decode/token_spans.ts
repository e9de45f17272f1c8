import type { TokenSpans } from '../peer'
import type { Voice } from '../voice'

/**
 * Which tokens of a completion make which part of its text. A token has no text of its own: one may be half a character, or lose
 * a space at the beginning. So what each adds is told from the texts of what is before it, with it and without.
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

/** How far two texts are the same. The mark of half a character is none of the whole text. */
function sharedLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return length
}
