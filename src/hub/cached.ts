/** Lists and deletes the models in the cache. */
import { baseUrl, DEFAULT_HUB, type RemoteSource, sourceName } from './source'
import type { ModelStore } from './store'

export interface CachedModel {
  /** The source as a configuration writes it. */
  readonly source: string
  readonly host: string
  readonly base: string
  readonly files: readonly { readonly path: string; readonly size: number }[]
  /** Bytes of its files, including partial ones. */
  readonly bytes: number
  readonly partialBytes: number
}

/**
 * Lists every model of which the cache has something, by source name, whoever downloaded it. Skips other
 * entries of the cache.
 */
export async function listModels(store: ModelStore): Promise<CachedModel[]> {
  const listings = await store.listings()
  const models = new Map<
    string,
    { source: string; files: { path: string; size: number }[]; partialBytes: number }
  >()
  const modelOf = (url: string) => {
    const listing = listings.find(({ base }) => url.startsWith(base))
    const [base, source] = listing ? [listing.base, listing.source] : hubModelOf(url)
    if (base === null) return null
    const known = models.get(base) ?? { source, files: [], partialBytes: 0 }
    models.set(base, known)
    return { ...known, known, path: decodeURIComponent(url.slice(base.length)) }
  }
  for (const { url, size } of await store.files()) {
    const model = modelOf(url)
    model?.known.files.push({ path: model.path, size })
  }
  for (const { url, size } of await store.parts()) {
    const model = modelOf(url)
    if (model) model.known.partialBytes += size
  }
  return [...models]
    .map(([base, { source, files, partialBytes }]) => ({
      source,
      host: new URL(base).host,
      base,
      files,
      bytes: files.reduce((sum, { size }) => sum + size, partialBytes),
      partialBytes,
    }))
    .sort((a, b) => (a.source < b.source ? -1 : 1))
}

/** Returns base and source of the model that a hub URL belongs to. */
function hubModelOf(url: string): [string, string] | [null, ''] {
  const match = /^(https?:\/\/[^/]+\/((?:[^/]+\/)?[^/]+)\/resolve\/([^/]+)\/)/.exec(url)
  if (!match) return [null, '']
  const revision = decodeURIComponent(match[3])
  return [match[1], sourceName({ kind: 'hub', id: match[2], revision })]
}

/**
 * Removes everything of a model.
 * @returns the bytes that were freed
 */
export async function deleteModel(model: CachedModel, store: ModelStore): Promise<number> {
  const urls = [...(await store.files()), ...(await store.parts())].map(({ url }) => url)
  for (const url of new Set(urls)) if (url.startsWith(model.base)) await store.remove(url)
  await store.removeListing(model.base)
  return model.bytes
}

/** Returns the cached model of a source; null where the cache has nothing of it. */
export async function findModel(
  source: RemoteSource,
  store: ModelStore,
  hub = DEFAULT_HUB,
): Promise<CachedModel | null> {
  const base = baseUrl(source, hub)
  return (await listModels(store)).find((model) => model.base === base) ?? null
}
