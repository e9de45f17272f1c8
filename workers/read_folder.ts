import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ColloquyError } from '../src/errors'
import type { ReadFile } from '../src/model/folder'

/**
 * Reads the files of a model folder on disk.
 * @throws ColloquyError `model-file` where a file is not there or cannot be read.
 */
export function readFolder(base: string, source: string): ReadFile {
  return async (path) => {
    try {
      return new Uint8Array(await readFile(resolve(base, source, path)))
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code
      throw new ColloquyError(
        {
          code: 'model-file',
          what: `${source}/${path}`,
          found: code === 'ENOENT' ? 'no such file' : `a file that cannot be read (${code})`,
          wanted: 'a model file',
          todo: 'Check the name of the model folder and that it is complete',
        },
        { cause },
      )
    }
  }
}
