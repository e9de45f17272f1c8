import { readFileSync } from 'node:fs'
import type { RunConfig } from '../../config/config'
import { ColloquyError } from '../../errors'
import { readRunFile } from '../../runs/file/read_run_file'

/** A run that was exported before. */
export interface SavedRunFile {
  readonly config: RunConfig
  readonly bytes: Uint8Array
}

/** @throws ColloquyError `storage` where there is no such file, or none that `readRunFile` takes */
export function openRunFile(path: string): SavedRunFile {
  let bytes: Uint8Array
  try {
    // Not a Buffer, whose slices share its memory.
    bytes = new Uint8Array(readFileSync(path))
  } catch (cause) {
    throw new ColloquyError(
      {
        code: 'storage',
        what: `--resume ${path}`,
        found: `a file that cannot be read (${(cause as NodeJS.ErrnoException).code})`,
        wanted: 'a run file',
        todo: 'Check its name',
      },
      { cause },
    )
  }
  return { config: readRunFile(bytes).config, bytes }
}
