/** A clock that is put right by seconds, as it is all the time, is not worth a word. */
const TOLERANCE = 60_000

/**
 * When a run was saved, to follow on other words about it; empty where that is not known.
 * @param savedAt milliseconds since 1970, or 0
 * @param now the same
 */
export function savedAtText(savedAt: number, now: number): string {
  if (savedAt <= 0) return ''
  const time = new Date(savedAt).toLocaleString()
  const ahead = savedAt > now + TOLERANCE
  return ahead ? `, ${time} by a clock that was ahead of this device’s clock now` : `, ${time}`
}
