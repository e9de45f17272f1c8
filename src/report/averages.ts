/** Runs compute with these too, so they use exact operations only. */

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** NaN of an empty list. */
export function mean(values: readonly number[]): number {
  return sum(values) / values.length
}

/** @throws RangeError for an empty list */
export function median(values: readonly number[]): number {
  const sorted = sortedOf(values)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** The smallest value that at least this share of all values does not exceed. @throws RangeError for an empty list */
export function percentile(values: readonly number[], share: number): number {
  const sorted = sortedOf(values)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]
}

function sortedOf(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError('an empty list has no quantiles')
  return [...values].sort((a, b) => a - b)
}
