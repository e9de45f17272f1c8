/** What functions of the code family take and return: what JSON can say. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value }

/** Untrusted source, the function it should define, and the arguments to call it with. */
export interface Program {
  readonly source: string
  readonly name: string
  readonly calls: readonly (readonly Value[])[]
}

export interface Execution {
  /** Whether the source, once run, has a function of the asked name. */
  readonly loaded: boolean
  /** One entry a call; undefined where it threw, did not end, or returned anything but a Value of moderate size. */
  readonly returned: readonly (Value | undefined)[]
}

/**
 * Runs untrusted code where it can reach nothing but its arguments. It is never told what results are wanted, so nothing it
 * does can pass for a right answer. An endless, greedy or crashing program is an Execution with nothing in it.
 */
export interface CodeJudge {
  /** @throws ColloquyError `worker` where the judge cannot be started or was closed. */
  execute(program: Program): Promise<Execution>
  /** Ends the judge; programs still waiting reject. */
  close(): void
}

/** Relative difference up to which numbers are equal: the order of a floating-point sum is no mistake. */
const TOLERANCE = 1e-9

/** Equality by content: the order of an object's names does not count. */
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

/** `Array.isArray` as it is for lists that cannot be written to. */
function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}
