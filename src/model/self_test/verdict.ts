import { ColloquyError } from '../../errors'
import type { DeviceStore } from '../../gpu/device'
import type { FloatType } from '../../onnx/proto'
import type { Evidence } from './exercise'

/** Largest difference, as a fraction of the largest expected value, that rounding explains. */
const BOUNDS: Readonly<Record<FloatType, number>> = { f32: 1e-3, f16: 5e-2 }

/** Each part of the results in words, in the order in which errors spread. */
const PARTS: Readonly<Record<keyof Evidence, string>> = {
  scores: 'its logprobs are',
  gradient: 'its gradient is',
  trained: 'its logprobs after an update are',
  logprobs: 'the logprobs of its decoded tokens are',
  tokens: 'its decoded tokens are',
}

/** Returns the first part of the results that is wrong, as a clause; null where all are right. */
export function problemOf(found: Evidence, expected: Evidence, arithmetic: FloatType): string | null {
  for (const [part, text] of Object.entries(PARTS) as [keyof Evidence, string][]) {
    const [values, wanted] = [found[part], expected[part]]
    if (values.length !== wanted.length) return `${text} ${values.length} instead of ${wanted.length}`
    if (!values.every(Number.isFinite)) return `${text} not finite`
    const scale = Math.max(...wanted.map(Math.abs))
    const error = Math.max(...values.map((value, i) => Math.abs(value - wanted[i]))) / scale
    if (error > (part === 'tokens' ? 0 : BOUNDS[arithmetic]))
      return `${text} up to ${Math.ceil(100 * error)} % off`
  }
  return null
}

/**
 * Runs the model with an arithmetic of the graphics card and returns what is wrong, or null. `store` keeps a
 * success under `key` and spares the next run. A failure is not kept: a new driver, which WebGPU does not
 * name, may cure it.
 */
export async function rememberedProblem(
  store: DeviceStore,
  key: string,
  run: () => Promise<string | null>,
): Promise<string | null> {
  let ran: Promise<string | null> | undefined
  const once = () => {
    ran ??= run()
    return ran
  }
  try {
    await store.once(key, async () => {
      const problem = await once()
      if (problem !== null) throw new Error(problem)
      return 'right'
    })
    return null
  } catch {
    // Either the run has a problem, or the store has failed.
    return once()
  }
}

/** Returns what is wrong with the results of a run, or how it ends without any; null where all are right. */
export async function problemIn(
  run: Promise<Evidence>,
  expected: Evidence,
  arithmetic: FloatType,
): Promise<string | null> {
  try {
    return problemOf(await run, expected, arithmetic)
  } catch (error) {
    const found =
      error instanceof ColloquyError ? `${error.detail.what}: ${error.detail.found}` : String(error)
    // ONNX Runtime says where it failed before it says why.
    const [why] = (found.split('Status Message: ').at(-1) ?? found).split('\n')
    return `it stops with “${why.slice(0, 200)}”`
  }
}

/** Ways to compute a run, from the fastest. */
export type Way = FloatType | 'wasm'

export interface Verdict {
  readonly use: Way
  /** What is wrong with the next faster way, as a clause; null for the wanted way. */
  readonly problem: string | null
}

/**
 * Tries the wanted arithmetic of the graphics card, then f32; the processor needs no trial.
 * @param problemIn returns what is wrong with an arithmetic, as a clause, or null
 */
export async function firstCorrect(
  wanted: FloatType,
  problemIn: (tried: FloatType) => Promise<string | null>,
): Promise<Verdict> {
  const first = await problemIn(wanted)
  if (first === null) return { use: wanted, problem: null }
  const second = wanted === 'f32' ? first : await problemIn('f32')
  return second === null ? { use: 'f32', problem: first } : { use: 'wasm', problem: second }
}

/**
 * Returns one sentence for the visitor: what is wrong, what the run does instead and what to report. Null
 * where nothing is wrong.
 * @param adapter name of the adapter, with the versions of browser and engine
 */
export function noticeOf({ use, problem }: Verdict, adapter: string): string | null {
  if (problem === null) return null
  const [what, instead] =
    use === 'wasm'
      ? ['computes wrongly', 'the processor computes this run']
      : ['computes wrongly with 16-bit numbers', 'this run uses 32-bit numbers']
  return `The graphics card ${what} (${problem}), so ${instead}. Please report it with these words: ${adapter}.`
}
