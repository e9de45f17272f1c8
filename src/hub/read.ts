/**
 * Reads a downloaded model. It never downloads, because that takes the visitor's consent and a reader cannot
 * ask.
 */

import { DEFAULT_DTYPE, type ReadFile } from '../model/import/folder_files'
import { bytesText } from '../report/format'
import { badFile, notFetched } from './context'
import { neededFiles } from './needed'
import { baseUrl, fileUrl, hostOf, type RemoteSource, sourceName } from './source'
import type { ListedFile, Listing, ModelReader } from './store'

/**
 * Returns a reader of a downloaded model.
 * @throws ColloquyError `download`, from the reader, naming the size, for a file that the model has and that
 * is not here; `model-file` where the cached file has another size than listed
 */
export function readDownloaded(source: RemoteSource, store: ModelReader, hub?: string): ReadFile {
  let asked: Promise<Listing | null> | undefined
  return async (path) => {
    asked ??= store.listing(baseUrl(source, hub))
    const listing = await asked
    const what = `${sourceName(source)}/${path}`
    const listed = listing?.files.find((file) => file.path === path)
    if (listing && !listed) return null
    const url = fileUrl(source, path, hub)
    const there = await store.find(url)
    const bytes = there !== null && isWhole(there, listed) ? await store.read(url) : null
    if (bytes === null) throw await notDownloaded(source, hub, listing, store)
    if (listed && bytes.length !== listed.size)
      throw badFile(
        what,
        `${bytes.length} bytes in the cache`,
        `${listed.size} bytes`,
        'Delete the model from the cache and download it again',
      )
    return bytes
  }

  function isWhole(there: { size: number; hash: string | null }, listed: ListedFile | undefined): boolean {
    if (!listed) return true
    return (
      there.size === listed.size &&
      (there.hash === null || listed.hash === null || there.hash === listed.hash)
    )
  }
}

async function missingBytes(
  source: RemoteSource,
  hub: string | undefined,
  listing: Listing,
  store: ModelReader,
): Promise<number> {
  let bytes = 0
  for (const { path, size } of neededFiles(listing, DEFAULT_DTYPE)) {
    const there = await store.find(fileUrl(source, path, hub))
    if (there?.size !== size) bytes += size
  }
  return bytes
}

async function notDownloaded(
  source: RemoteSource,
  hub: string | undefined,
  listing: Listing | null,
  store: ModelReader,
): Promise<Error> {
  const name = sourceName(source)
  const host = hostOf(source, hub)
  if (listing === null)
    return notFetched(
      name,
      'a model that is not downloaded and whose size is unknown',
      `consent to contact ${host}, then to download the named size`,
      'Look the model up and agree to its download',
    )
  const size = bytesText(await missingBytes(source, hub, listing, store).catch(() => 0))
  return notFetched(
    name,
    `a model of which ${size} are not downloaded`,
    `consent to download ${size} from ${host}`,
    'Agree to the download',
  )
}
