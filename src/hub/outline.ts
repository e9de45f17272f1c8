/** Outlines of models from any place. Each function gets the list of files, and reads only the small ones. */

import { type ModelOutline, OUTLINE_FILES, outlineOf } from '../model/import/outline'
import { dtypesOf } from './needed'
import { fileUrl, type PickedFiles, type RemoteSource } from './source'
import type { ListedFile, Listing, ModelReader } from './store'

/**
 * Reads the outline of a model.
 * @param read returns the text of one of `OUTLINE_FILES` that is among the files
 * @returns null where no config.json can be read
 * @throws ColloquyError as `outlineOf`
 */
export async function readOutline(
  what: string,
  files: readonly ListedFile[],
  read: (path: string) => Promise<string | null>,
): Promise<ModelOutline | null> {
  const texts: Record<string, string> = {}
  for (const path of OUTLINE_FILES) {
    const text = files.some((file) => file.path === path) ? await read(path) : null
    if (text !== null) texts[path] = text
  }
  return outlineOf(what, texts, dtypesOf(files))
}

/**
 * Returns the outline of a listed model. Returns null where an earlier version made the listing and the
 * model's files are not here. Contacts no server.
 */
export function listedOutline(
  source: RemoteSource,
  { source: what, files, texts }: Listing,
  store: ModelReader,
  hub?: string,
): Promise<ModelOutline | null> {
  return readOutline(what, files, async (path) => {
    const kept = Object.entries(texts ?? {}).find(([name]) => name === path)
    if (kept) return kept[1]
    const bytes = await store.read(fileUrl(source, path, hub))
    return bytes && new TextDecoder().decode(bytes)
  })
}

/** Returns the outline of a picked folder. */
export function pickedOutline(name: string, files: PickedFiles): Promise<ModelOutline | null> {
  const listed = Object.entries(files).map(([path, { size }]) => ({ path, size, hash: null }))
  return readOutline(`folder:${name}`, listed, (path) => files[path].text())
}
