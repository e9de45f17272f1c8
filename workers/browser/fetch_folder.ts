import { ColloquyError } from '../../src/errors'
import { openCacheStore } from '../../src/hub/cache_store'
import { readPicked } from '../../src/hub/pick_folder'
import { readDownloaded } from '../../src/hub/read'
import { servedReader } from '../../src/hub/served_reader'
import { type ModelPlaces, parseSource } from '../../src/hub/source'
import type { ReadFile } from '../../src/model/import/folder_files'

/**
 * Reads the files of a model in a browser. It fetches only folders beside the page. Models from elsewhere
 * come from the cache, which a consented download has filled.
 * @throws ColloquyError `config` for an invalid source. The returned function rejects with `model-file` where
 * a file cannot be fetched, with `download` where the model is not downloaded.
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
      return async (path) => {
        read ??= open()
        return (await read)(path)
      }
    }
  }
}

/** Files that a build puts under models/. Some workers of a development server have no such list. */
declare const SHIPPED_FILES: readonly string[]

function fetchBeside(base: string, source: string): ReadFile {
  const list = typeof SHIPPED_FILES === 'undefined' ? [] : SHIPPED_FILES
  const shipped = list.filter((path) => path.startsWith(`${source}/`))
  return async (path) => {
    const name = `${source}/${path}`
    // Without a list the server must be asked. A missing file is then an error in the console, and offline
    // there is no answer.
    if (shipped.length > 0 && !shipped.includes(name)) return null
    const failed = (found: string, todo: string, cause?: unknown) =>
      new ColloquyError({ code: 'model-file', what: name, found, wanted: 'a model file', todo }, { cause })
    try {
      const url = new URL(name, base)
      if (url.origin !== new URL(base).origin)
        throw failed(`an address at ${url.origin}`, 'Name a folder beside the page')
      const response = await fetch(url)
      if (response.status === 404 || response.status === 410) return null
      if (!response.ok)
        throw failed(`HTTP ${response.status}`, 'Check the server that the page comes from, and try again')
      return new Uint8Array(await response.arrayBuffer())
    } catch (error) {
      if (error instanceof ColloquyError) throw error
      throw failed(`a failed download (${String(error)})`, 'Check the connection and try again', error)
    }
  }
}
