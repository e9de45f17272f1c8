/**
 * Downloads into the browser's real cache, shared with transformers.js. No network: the fake hub answers in
 * the page.
 */
import { AutoConfig, env } from '@huggingface/transformers'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ColloquyError } from '../../src/errors'
import { FILES_CACHE, openCacheStore } from '../../src/hub/cache_store'
import { deleteModel, listModels } from '../../src/hub/cached'
import { type HubContext, hubContext } from '../../src/hub/context'
import { downloadModel } from '../../src/hub/download'
import { confirm, planDownload } from '../../src/hub/plan'
import type { RemoteSource } from '../../src/hub/source'
import type { ModelStore } from '../../src/hub/store'
import { fetchFolder } from '../../workers/browser/fetch_folder'
import { FakeHub, tinyFiles } from '../hub/fake_hub'

const DATA = 'onnx/model_q4.onnx_data'
const URL_OF = 'https://huggingface.co/owner/tiny/resolve/main/'
const source: RemoteSource = { kind: 'hub', id: 'owner/tiny', revision: 'main' }

let hub: FakeHub
let store: ModelStore
let context: HubContext

const clear = () => Promise.all([FILES_CACHE, 'colloquy-models'].map((name) => caches.delete(name)))

beforeEach(async () => {
  await clear()
  hub = await FakeHub.open(tinyFiles())
  store = await openCacheStore()
  context = hubContext(store, { fetch: hub.fetch, sleep: async () => {} })
})
afterEach(clear)

async function download(): Promise<void> {
  const plan = await planDownload(source, context, 'huggingface.co')
  await downloadModel(confirm(plan, plan.bytes), context)
}

it('a peer reads downloaded files, and is refused others', async () => {
  const read = fetchFolder(location.href, 'hub:owner/tiny')
  await expect(read('config.json')).rejects.toThrow('a model that is not downloaded')
  await download()
  const again = fetchFolder(location.href, 'hub:owner/tiny')
  for (const path of ['config.json', 'tokenizer.json', DATA])
    expect(await again(path)).toEqual(hub.files.get(path))
  expect(await again('onnx/model_q8.onnx')).toBeNull()
})

it('an interrupted download resumes after a reload, and a damaged one is dropped', async () => {
  hub.script(DATA, { kind: 'drop', after: 15_000 }, { kind: 'status', status: 404 })
  await expect(download()).rejects.toThrow('HTTP 404')
  context = { ...context, store: await openCacheStore() }
  const plan = await planDownload(source, context, 'huggingface.co')
  expect(plan.bytes).toBe(25_000)
  hub.script(DATA, { kind: 'corrupt' })
  await expect(download()).rejects.toThrow('they were dropped')
  expect(await store.parts()).toEqual([])
  await download()
  expect(hub.seen.filter(({ path }) => path === DATA).map(({ range }) => range)).toEqual([
    null,
    'bytes=15000-',
    'bytes=15000-',
    null,
  ])
  expect(await store.read(URL_OF + DATA)).toEqual(hub.files.get(DATA))
})

it('two tabs download a file once', async () => {
  const other = { ...context, store: await openCacheStore() }
  const plan = await planDownload(source, context, 'huggingface.co')
  const yes = confirm(plan, plan.bytes)
  await Promise.all([downloadModel(yes, context), downloadModel(yes, other)])
  expect(hub.count(DATA)).toBe(1)
})

it('transformers.js and Colloquy find each other’s downloads', async () => {
  const before = { fetch: env.fetch, allowLocalModels: env.allowLocalModels }
  try {
    env.allowLocalModels = false
    env.fetch = () => Promise.reject(new Error('not in the cache'))
    await download()
    expect((await AutoConfig.from_pretrained('owner/tiny')).model_type).toBe('llama')

    const other = await FakeHub.open(tinyFiles(2), { id: 'owner/other' })
    env.fetch = async (url, init) => other.fetch(String(url), init ?? {})
    await AutoConfig.from_pretrained('owner/other')
    const theirs = { ...context, fetch: other.fetch }
    const plan = await planDownload({ ...source, id: 'owner/other' }, theirs, 'huggingface.co')
    expect(plan.files.filter(({ cached }) => cached).map(({ path }) => path)).toEqual(['config.json'])
  } finally {
    Object.assign(env, before)
  }
})

it('models are listed and deleted, and other entries of the cache are left alone', async () => {
  const strange = 'https://cdn.example/ort.wasm'
  await (await caches.open(FILES_CACHE)).put(strange, new Response('wasm'))
  await download()
  const [model, ...more] = await listModels(store)
  expect(more).toEqual([])
  expect(model).toMatchObject({ source: 'hub:owner/tiny', host: 'huggingface.co', partialBytes: 0 })
  expect(model.files).toHaveLength(6)
  await deleteModel(model, store)
  expect(await listModels(store)).toEqual([])
  expect((await store.files()).map(({ url }) => url)).toEqual([strange])
})

it('a source cannot reach another origin by looking like a folder', async () => {
  for (const text of ['//evil.example/x', '\thttps://evil.example/x', '/\\evil.example/x'])
    expect(() => fetchFolder(location.href, text)).toThrow(ColloquyError)
  await expect(fetchFolder(location.href, 'https://evil.example/x')('config.json')).rejects.toThrow(
    'consent to contact evil.example',
  )
})
