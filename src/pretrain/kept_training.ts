import { readFile, rename, writeFile } from 'node:fs/promises'
import type { KeptTraining } from './train'

/** What a kept training belongs to. One of another plan is not continued. */
export interface TrainingPlan {
  readonly peer: string
  readonly seed: number
  readonly steps: number
}

interface Header {
  readonly plan: TrainingPlan
  readonly step: number
  readonly tokens: number
  readonly updates: number
  /** Length of each array: values, first and second moments of all parameters. */
  readonly lengths: readonly number[]
}

/** Writes a header line and the arrays in f32. A kill leaves the older file, because a rename replaces it whole. */
export async function keepTraining(file: string, plan: TrainingPlan, kept: KeptTraining): Promise<void> {
  const { updates, values, firstMoments, secondMoments } = kept.trainer
  const arrays = [...values, ...firstMoments, ...secondMoments]
  const lengths = arrays.map(({ length }) => length)
  const header: Header = { plan, step: kept.step, tokens: kept.tokens, updates, lengths }
  const line = new TextEncoder().encode(`${JSON.stringify(header)}\n`)
  const parts = arrays.map((array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
  await writeFile(`${file}.new`, Buffer.concat([line, ...parts]))
  await rename(`${file}.new`, file)
}

/** Reads what was kept; null where there is nothing of this plan. */
export async function keptTraining(file: string, plan: TrainingPlan): Promise<KeptTraining | null> {
  const bytes = await readFile(file).catch(() => null)
  if (bytes === null) return null
  const end = bytes.indexOf('\n')
  const header = JSON.parse(bytes.subarray(0, end).toString()) as Header
  if (JSON.stringify(header.plan) !== JSON.stringify(plan)) return null
  let at = end + 1
  const arrays = header.lengths.map((length) => {
    const array = new Float32Array(length)
    bytes.copy(new Uint8Array(array.buffer), 0, at, at + 4 * length)
    at += 4 * length
    return array
  })
  const third = arrays.length / 3
  const [values, firstMoments, secondMoments] = [0, 1, 2].map((i) => arrays.slice(i * third, (i + 1) * third))
  const { step, tokens, updates } = header
  return { step, tokens, trainer: { updates, values, firstMoments, secondMoments } }
}
