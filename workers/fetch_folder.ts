import { ColloquyError } from '../src/errors'
import type { ReadFile } from '../src/model/folder'

/**
 * Reads the files of a model folder over HTTP.
 * @throws ColloquyError `model-file` where a file is not there or its download breaks off.
 */
export function fetchFolder(base: string, source: string): ReadFile {
  return async (path) => {
    const name = `${source}/${path}`
    const missing = (found: string, todo: string, cause?: unknown) =>
      new ColloquyError({ code: 'model-file', what: name, found, wanted: 'a model file', todo }, { cause })
    try {
      const response = await fetch(new URL(name, base))
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
