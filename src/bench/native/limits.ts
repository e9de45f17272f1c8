import { median } from '../figures'

/** One way to reach a limit, with every timing in microseconds. */
export interface Attempt {
  readonly name: string
  readonly microseconds: readonly number[]
}

/** What this device can do at most, measured: the best of several ways. */
export interface Reference {
  /** Bytes read plus bytes written, and the ways tried. */
  readonly copy: { readonly bytes: number; readonly attempts: readonly Attempt[] }
  readonly matmul: { readonly flops: number; readonly attempts: readonly Attempt[] }
  /** A pass of one kernel that does nothing. */
  readonly launch: Attempt
}

/** A device's limits as numbers. */
export interface Limits {
  readonly gigabytesPerSecond: number
  readonly gigaflopsPerSecond: number
  readonly launchMicroseconds: number
}

export function limitsOf({ copy, matmul, launch }: Reference): Limits {
  const best = (attempts: readonly Attempt[]) => Math.min(...attempts.map((a) => median(a.microseconds)))
  return {
    gigabytesPerSecond: copy.bytes / best(copy.attempts) / 1000,
    gigaflopsPerSecond: matmul.flops / best(matmul.attempts) / 1000,
    launchMicroseconds: median(launch.microseconds),
  }
}
