/** A JSON value: the arguments and results of functions. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value }

/** Untrusted source, the name of its function, and the arguments of each call. */
export interface Program {
  readonly source: string
  readonly name: string
  readonly calls: readonly (readonly Value[])[]
}

export interface Execution {
  /** Whether the source defines a function of the requested name. */
  readonly loaded: boolean
  /** One entry per call; undefined where it threw, did not end, or returned no `Value` of moderate size. */
  readonly returned: readonly (Value | undefined)[]
}

/**
 * Runs untrusted code where it can reach nothing but its arguments. The judge does not know the expected
 * results, so code cannot fake a right answer. A program that never ends, uses too much memory or crashes
 * gives an empty Execution.
 */
export interface CodeJudge {
  /** @throws ColloquyError `worker` where the judge cannot be started or was closed. */
  execute(program: Program): Promise<Execution>
  /** Ends the judge; calls that still wait reject. */
  close(): void
}

/** Relative tolerance for numbers: floating-point sums in another order are no mistake. */
const TOLERANCE = 1e-9

/** Compares by content; the order of an object's keys does not count. */
export function sameValue(wanted: Value, found: Value | undefined): boolean {
  if (found === undefined) return false
  if (typeof wanted === 'number' && typeof found === 'number')
    return Math.abs(wanted - found) <= TOLERANCE * Math.max(1, Math.abs(wanted))
  if (typeof wanted !== 'object' || typeof found !== 'object' || wanted === null || found === null)
    return wanted === found
  if (isList(wanted) || isList(found))
    return (
      isList(wanted) &&
      isList(found) &&
      wanted.length === found.length &&
      wanted.every((value, i) => sameValue(value, found[i]))
    )
  const names = Object.keys(wanted)
  return (
    names.length === Object.keys(found).length &&
    names.every((name) => Object.hasOwn(found, name) && sameValue(wanted[name], found[name]))
  )
}

/** Narrows to readonly arrays, which `Array.isArray` does not. */
function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}
