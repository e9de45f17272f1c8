import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Place } from '../../bench/results'
import type { SuiteModel } from '../../bench/suite'
import { DEFAULT_DTYPE } from '../../model/import/folder_files'
import { ROOT } from '../site/site'
import type { BenchOptions } from './options'

/** Where the models' folder is found on the served page. */
export const MODEL_FOLDER = 'model-folder'

/** Imitated models, each with the exporter of its files on the hub. */
const MODELS = [
  ['smollm2-135m', 'builder'],
  ['qwen2.5-0.5b', 'optimum'],
  ['llama-3.2-1b', 'optimum'],
] as const
const DTYPES = ['q4', 'q4f16'] as const

export interface BenchModels {
  /** A folder on disk; `models` lie in it, or are it. */
  readonly folder: string
  readonly models: readonly SuiteModel[]
}

/**
 * Returns the model of `--folder`, or models with random weights in a folder that goes with this process.
 * @param size shapes of the models themselves, or small ones
 */
export async function benchModels(
  { folder, dtype = DEFAULT_DTYPE }: Pick<BenchOptions, 'folder' | 'dtype'>,
  place: Place,
  size: 'full' | 'small',
): Promise<BenchModels> {
  if (folder !== null) {
    const path = resolve(folder)
    const source = place === 'node' ? path : MODEL_FOLDER
    return { folder: path, models: [{ name: basename(path), source, dtype }] }
  }
  const made = mkdtempSync(join(tmpdir(), 'colloquy-models-'))
  process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  const models = MODELS.flatMap(([model, family]) =>
    DTYPES.map((dtype) => ({ model, family, dtype, name: `${model} ${dtype}`, at: `${model}-${dtype}` })),
  )
  // Each takes one core for up to a minute, and little memory.
  await Promise.all(
    models.map(({ model, family, dtype, at }) => {
      const options = { model, family, dtype, size, out: join(made, at) }
      const given = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
      const command = ['--import', 'tsx', join(ROOT, 'tests/fixtures/cli.ts'), ...given]
      return promisify(execFile)(process.execPath, command, { cwd: ROOT })
    }),
  )
  return {
    folder: made,
    models: models.map(({ name, dtype, at }) => ({
      name,
      dtype,
      source: place === 'node' ? join(made, at) : `${MODEL_FOLDER}/${at}`,
    })),
  }
}
