import { parseArgs } from 'node:util'
import { ColloquyError } from '../errors'
import { bytesText } from '../hub/bytes'
import { type CachedModel, deleteModel, listModels } from '../hub/cached'
import { FolderStore } from '../hub/folder_store'
import { listedOutline } from '../hub/outline'
import { remoteSource } from '../hub/plan'
import { baseUrl, type RemoteSource, sourceName } from '../hub/source'
import type { ModelStore } from '../hub/store'
import { DEFAULT_DTYPE, DTYPES, type Dtype } from '../model/dtypes'
import { fail } from './fail'
import { getModels, planModels } from './get_models'
import { modelMemoryText } from './memory_text'
import { MODEL_OPTIONS, modelOptions } from './model_options'

const HELP = `npm run models -- [options]

Lists the models that were downloaded, with their sizes.

  --get SOURCE     Download one: hub:owner/name, hub:owner/name@revision or https://host/folder
  --dtype NAME     Which of its model files: ${DTYPES.join(', ')}; ${DEFAULT_DTYPE} unless given
  --delete SOURCE  Delete one
${Object.entries(MODEL_OPTIONS)
  .map(([name, { value, help }]) => `  ${`--${name} ${value}`.padEnd(17)}${help}`)
  .join('\n')}
  --help           This text
`

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

function wanted(text: string) {
  const source = remoteSource(text)
  if (source !== null) return source
  throw new ColloquyError({
    code: 'config',
    what: 'source of a model',
    found: JSON.stringify(text),
    wanted: 'one that is downloaded: hub:owner/name or https://host/folder',
    todo: 'See npm run models -- --help',
  })
}

function givenDtype(text: string): Dtype {
  const dtype = DTYPES.find((known) => known === text)
  if (dtype !== undefined) return dtype
  throw new ColloquyError({
    code: 'config',
    what: '--dtype',
    found: JSON.stringify(text),
    wanted: `one of: ${DTYPES.join(', ')}`,
    todo: 'See npm run models -- --help',
  })
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

const stopped = new AbortController()
process.on('SIGINT', () => stopped.abort())
try {
  const { values } = parseArgs({
    options: {
      get: { type: 'string' },
      delete: { type: 'string' },
      dtype: { type: 'string' },
      hub: { type: 'string' },
      cache: { type: 'string' },
      yes: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const dtype = values.dtype === undefined ? undefined : givenDtype(values.dtype)
  const options = modelOptions({ hub: values.hub, cache: values.cache, yes: values.yes ? 'on' : undefined })
  const store = new FolderStore(options.cache)
  if (values.help) console.log(HELP)
  else if (values.get !== undefined) {
    wanted(values.get)
    const wantedModels = await planModels([{ source: values.get, dtype }], options, stopped.signal)
    for (const { source, outline } of wantedModels)
      if (outline !== null) console.error(`${source}: ${modelMemoryText(outline, dtype)}`)
    await getModels(wantedModels, options, undefined, stopped.signal)
    console.log(`${values.get} is in ${store.root}`)
  } else if (values.delete !== undefined) {
    const model = await modelToDelete(wanted(values.delete), options.hub, store)
    console.log(`Deleted ${values.delete}: ${bytesText(await deleteModel(model, store))}`)
  } else {
    const models = await listModels(store)
    for (const model of models) console.log(line(model, await memoryOf(model, options.hub, store)))
    const total = models.reduce((sum, { bytes }) => sum + bytes, 0)
    console.log(`${models.length} models, ${bytesText(total)} in ${store.root}`)
  }
} catch (error) {
  if (stopped.signal.aborted) {
    console.error('Stopped; what came is kept.')
    process.exit(130)
  }
  const { code, message } = error as { code?: string; message?: string }
  if (code?.startsWith('ERR_PARSE_ARGS')) {
    console.error(`error: ${message} See npm run models -- --help.`)
    process.exit(1)
  }
  fail(error)
}
