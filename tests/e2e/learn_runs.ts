/** Runs of the learn command that are compared line by line. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { learn } from './learn_command'

export interface Line {
  readonly type: string
  readonly step?: number
  readonly digest?: string
  readonly metrics?: Record<string, number>
  readonly [field: string]: unknown
}

export interface LearnRun {
  readonly out: string
  readonly err: string
  readonly lines: readonly Line[]
}

const SIZES = { steps: 2, questions: 1, group: 2, 'ability-questions': 4, 'eval-every': 1, 'eval-size': 4 }
const TINY = Object.entries(SIZES).flatMap(([option, value]) => [`--${option}`, `${value}`])

/** The command's memory estimate, before it loads a run. */
export const MEMORY = /^Memory this run takes, at most about .*\n( {2}\S.*\n)+/

/**
 * Runs the command with seed 3 and little work.
 * @param folder folder for its lines, in a file of this name
 */
export async function learnTiny(
  folder: string,
  name: string,
  env: NodeJS.ProcessEnv = {},
  options: readonly string[] = [],
): Promise<LearnRun> {
  const json = join(folder, name)
  const { status, out, err } = await learn([...TINY, ...options, '--seed', '3', '--json', json], env)
  expect(err).not.toContain('error:')
  expect(status).toBe(0)
  const lines = readFileSync(json, 'utf8').trimEnd().split('\n')
  return { out, err, lines: lines.map((line) => JSON.parse(line) as Line) }
}

/** Returns the lines without durations, which differ between equal runs. */
export function timeless(lines: readonly Line[]): Line[] {
  const isTime = (name: string) => name === 'step_time' || name.startsWith('ilr/seconds/')
  return lines.map(({ seconds: _, metrics, ...line }) =>
    metrics
      ? { ...line, metrics: Object.fromEntries(Object.entries(metrics).filter(([name]) => !isTime(name))) }
      : line,
  )
}
