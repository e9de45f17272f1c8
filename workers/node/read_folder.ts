import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ColloquyError } from '../../src/errors'
import { FolderStore } from '../../src/hub/folder_store'
import { readPicked } from '../../src/hub/pick_folder'
import { readDownloaded } from '../../src/hub/read'
import { type ModelPlaces, parseSource } from '../../src/hub/source'
import type { ReadFile } from '../../src/model/import/folder_files'

/**
 * Reads the files of a model in node: a folder on disk, or a downloaded model.
 * @throws ColloquyError `config` for an invalid source. The returned function rejects with `model-file` where
 * a file cannot be read, with `download` where the model is not downloaded.
 */
export function readFolder(base: string, source: string, places: ModelPlaces = {}): ReadFile {
  const parsed = parseSource(source)
  switch (parsed.kind) {
    case 'relative':
      return readOnDisk(base, source)
    case 'picked':
      return readPicked(parsed.name, places.folders?.[parsed.name])
    default:
      return readDownloaded(parsed, new FolderStore(places.cache), places.hub)
  }
}

function readOnDisk(base: string, source: string): ReadFile {
  return async (path) => {
    try {
      // Return a view: a copy would double the memory of a large file.
      const { buffer, byteOffset, byteLength } = await readFile(resolve(base, source, path))
      return new Uint8Array(buffer, byteOffset, byteLength)
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code
      if (code === 'ENOENT') return null
      throw new ColloquyError(
        {
          code: 'model-file',
          what: `${source}/${path}`,
          found: `a file that cannot be read (${code})`,
          wanted: 'a model file',
          todo: 'Check the name of the model folder and that it is complete',
        },
        { cause },
      )
    }
  }
}
