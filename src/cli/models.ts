import { ColloquyError } from '../errors'
import { type CachedModel, deleteModel, listModels } from '../hub/cached'
import { FolderStore } from '../hub/folder_store'
import { listedOutline } from '../hub/outline'
import { remoteSource } from '../hub/plan'
import { baseUrl, type RemoteSource, sourceName } from '../hub/source'
import type { ModelStore } from '../hub/store'
import { DEFAULT_DTYPE, DTYPES, type Dtype } from '../model/import/folder_files'
import { bytesText } from '../report/format'
import { runCommand } from './command'
import { getModels, planModels } from './learn/get_models'
import { modelMemoryText } from './learn/memory_text'
import { MODEL_OPTIONS, type ModelOptions, modelOptions } from './learn/model_options'
import type { Command, GivenOptions } from './options'

const MODELS = {
  usage: 'npm run models --',
  about: 'Lists the models that were downloaded, with their sizes; or downloads or deletes one.',
  options: {
    get: {
      value: 'SOURCE',
      help: 'Download one: hub:owner/name, hub:owner/name@revision or https://host/folder',
    },
    dtype: { value: 'NAME', help: `Which of its files: ${DTYPES.join(', ')}; ${DEFAULT_DTYPE} unless given` },
    delete: { value: 'SOURCE', help: 'Delete one' },
    ...MODEL_OPTIONS,
  },
} satisfies Command

/** What it takes as a model of peers, in the smallest of its dtypes that are here; empty where that is not known. */
async function memoryOf({ source: text, base, files }: CachedModel, hub: string, store: ModelStore) {
  const source = remoteSource(text)
  const listing = source && (await store.listing(base))
  if (!listing) return ''
  const here = {
    ...listing,
    files: listing.files.filter(({ path }) => files.some((file) => file.path === path)),
  }
  // One that this engine does not implement can still be deleted.
  const outline = await listedOutline(source, here, store, hub).catch(() => null)
  const [smallest] = [...(outline?.dtypes ?? [])].sort((a, b) => a.bytes - b.bytes)
  return outline && smallest ? `; as ${smallest.dtype} ${modelMemoryText(outline, smallest.dtype)}` : ''
}

function line({ source, host, bytes, partialBytes, files }: CachedModel, memory: string): string {
  const rest = partialBytes > 0 ? `, ${bytesText(partialBytes)} of it from a download that broke off` : ''
  return `${bytesText(bytes).padStart(9)}  ${source}  (${host}, ${files.length} files${rest}${memory})`
}

function wanted(option: 'get' | 'delete', given: GivenOptions<typeof MODELS.options>): RemoteSource | null {
  const text = given.text(option)
  if (text === null) return null
  const source = remoteSource(text)
  if (source !== null) return source
  const downloaded = 'a source that is downloaded: hub:owner/name or https://host/folder'
  throw given.refusal(`--${option}`, JSON.stringify(text), downloaded)
}

/** The cached model that a source means: of the hub at hand, or the only one of its name. */
async function modelToDelete(source: RemoteSource, hub: string, store: ModelStore): Promise<CachedModel> {
  const name = sourceName(source)
  const named = (await listModels(store)).filter((model) => model.source === name)
  const model =
    named.find(({ base }) => base === baseUrl(source, hub)) ?? (named.length === 1 ? named[0] : null)
  if (model) return model
  throw new ColloquyError({
    code: 'config',
    what: name,
    found:
      named.length === 0
        ? 'no such model in the cache'
        : `models of ${named.map(({ host }) => host).join(', ')}`,
    wanted: 'a model that was downloaded, of one hub',
    todo: named.length === 0 ? 'See npm run models for those that are there' : 'Say which with --hub',
  })
}

async function get(
  source: string,
  dtype: Dtype | undefined,
  options: ModelOptions,
  store: FolderStore,
): Promise<void> {
  try {
    const models = await planModels([{ source, dtype }], options, stopped.signal)
    for (const { outline } of models)
      if (outline !== null) console.error(`${source}: ${modelMemoryText(outline, dtype)}`)
    await getModels(models, options, undefined, stopped.signal)
    console.log(`${source} is in ${store.root}`)
  } catch (error) {
    if (!stopped.signal.aborted) throw error
    console.error('Stopped; what came is kept.')
    process.exit(130)
  }
}

const stopped = new AbortController()
process.on('SIGINT', () => stopped.abort())
await runCommand(MODELS, async (given) => {
  const dtype = given.choice('dtype', DTYPES) ?? undefined
  const options = modelOptions(given)
  const store = new FolderStore(options.cache)
  const toGet = wanted('get', given)
  const toDelete = wanted('delete', given)
  if (toGet !== null) await get(sourceName(toGet), dtype, options, store)
  else if (toDelete !== null) {
    const model = await modelToDelete(toDelete, options.hub, store)
    console.log(`Deleted ${model.source}: ${bytesText(await deleteModel(model, store))}`)
  } else {
    const models = await listModels(store)
    for (const model of models) console.log(line(model, await memoryOf(model, options.hub, store)))
    const total = models.reduce((sum, { bytes }) => sum + bytes, 0)
    console.log(`${models.length} models, ${bytesText(total)} in ${store.root}`)
  }
})
