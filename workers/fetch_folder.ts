import { ColloquyError } from '../src/errors'
import { openCacheStore } from '../src/hub/cache_store'
import { readPicked } from '../src/hub/pick_folder'
import type { ModelPlaces } from '../src/hub/places'
import { readDownloaded } from '../src/hub/read'
import { servedReader } from '../src/hub/served_reader'
import { parseSource } from '../src/hub/source'
import type { ReadFile } from '../src/model/folder'

/**
 * Reads the files of a model in a browser. Only a folder beside the page is fetched; models from elsewhere are read from
 * the cache, where somebody's yes has put them.
 * @throws ColloquyError `config` for a source that is none. What it returns rejects with `model-file` where a file is not
 *   there or its download breaks off, with `download` where the model is not downloaded.
 */
export function fetchFolder(base: string, source: string, places: ModelPlaces = {}): ReadFile {
  const parsed = parseSource(source)
  switch (parsed.kind) {
    case 'relative':
      return fetchBeside(base, source)
    case 'picked':
      return readPicked(parsed.name, places.folders?.[parsed.name])
    default: {
      let read: Promise<ReadFile> | undefined
      const open = async () => {
        const reader = places.cache === undefined ? await openCacheStore() : servedReader(places.cache)
        return readDownloaded(parsed, reader, places.hub)
      }
      const opened = async (path: string) => {
        read ??= open()
        return (await read)(path)
      }
      return Object.assign(opened, { canMiss: true })
    }
  }
}

function fetchBeside(base: string, source: string): ReadFile {
  return async (path) => {
    const name = `${source}/${path}`
    const missing = (found: string, todo: string, cause?: unknown) =>
      new ColloquyError({ code: 'model-file', what: name, found, wanted: 'a model file', todo }, { cause })
    try {
      const url = new URL(name, base)
      if (url.origin !== new URL(base).origin)
        throw missing(`an address at ${url.origin}`, 'Name a folder beside the page')
      const response = await fetch(url)
      if (!response.ok)
        throw missing(
          response.status === 404 ? 'no such file' : `HTTP ${response.status}`,
          'Check the name of the model folder and that it is complete',
        )
      return new Uint8Array(await response.arrayBuffer())
    } catch (error) {
      if (error instanceof ColloquyError) throw error
      throw missing(`a failed download (${String(error)})`, 'Check the connection and try again', error)
    }
  }
}
