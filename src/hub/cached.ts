/** What the cache has, model by model. */
import { baseUrl, DEFAULT_HUB, type RemoteSource, sourceName } from './source'
import type { ModelStore } from './store'

export interface CachedModel {
  /** As a configuration would name it. */
  readonly source: string
  readonly host: string
  readonly base: string
  readonly files: readonly { readonly path: string; readonly size: number }[]
  /** Bytes of its files, and of what has come of files that are not whole. */
  readonly bytes: number
  readonly partialBytes: number
}

/** Every model of which something is kept, whoever downloaded it; by name. Other entries of the cache are passed over. */
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

/** The model that a hub's URL is of, as base and source. */
function hubModelOf(url: string): [string, string] | [null, ''] {
  const match = /^(https?:\/\/[^/]+\/((?:[^/]+\/)?[^/]+)\/resolve\/([^/]+)\/)/.exec(url)
  if (!match) return [null, '']
  const revision = decodeURIComponent(match[3])
  return [match[1], sourceName({ kind: 'hub', id: match[2], revision })]
}

/** Removes everything of a model. @returns the bytes that were freed */
export async function deleteModel(model: CachedModel, store: ModelStore): Promise<number> {
  const urls = [...(await store.files()), ...(await store.parts())].map(({ url }) => url)
  for (const url of new Set(urls)) if (url.startsWith(model.base)) await store.remove(url)
  await store.removeListing(model.base)
  return model.bytes
}

/** The cached model that a source means; null where nothing of it is here. */
export async function findModel(
  source: RemoteSource,
  store: ModelStore,
  hub = DEFAULT_HUB,
): Promise<CachedModel | null> {
  const base = baseUrl(source, hub)
  return (await listModels(store)).find((model) => model.base === base) ?? null
}
