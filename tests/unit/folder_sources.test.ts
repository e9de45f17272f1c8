/** Reads one model folder from every kind of place: all readings are equal. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { getModels, planModels } from '../../src/cli/learn/get_models'
import { exportOnnx } from '../../src/model/graphs/export'
import { openModelFolder } from '../../src/model/import/folder'
import type { ReadFile } from '../../src/model/import/folder_files'
import { CollectedWeights } from '../../src/model/weights/collected_weights'
import { fetchFolder } from '../../workers/browser/fetch_folder'
import { readFolder } from '../../workers/node/read_folder'
import { FakeHub } from '../hub/fake_hub'
import { serveFakeHub } from '../hub/serve_fake_hub'
import { hubConfig } from '../reference/hub_file'
import { randomWeights, smallConfig } from '../reference/small_model'

const config = smallConfig('llama')
const bytesOf = (value: object | string) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
const REQUIRED: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  'config.json': bytesOf({ ...hubConfig(config), eos_token_id: 3 }),
  'tokenizer.json': bytesOf({ version: '1.0' }),
  'tokenizer_config.json': bytesOf({ chat_template: 'the older one' }),
  'onnx/model_q4.onnx': exportOnnx(config, randomWeights(config, 1)).slice(),
}
const OPTIONAL = {
  'chat_template.jinja': bytesOf('the newer one'),
  'generation_config.json': bytesOf({ eos_token_id: [2, 5] }),
}

/** Returns a peer's reading of the folder. */
async function reading(read: ReadFile) {
  const { deliver, fingerprint, chatTemplate, stopIds, tokenizerConfig } = await openModelFolder(read, 'm')
  await deliver(new CollectedWeights(config))
  return { fingerprint: fingerprint(), chatTemplate, stopIds, tokenizerConfig }
}

let folder: string
let server: Server
let address: string
/** Requested paths that the server lacked. */
let missed: string[]

beforeAll(async () => {
  server = createServer(({ url = '', method }, response) => {
    const path = join(folder, decodeURIComponent(url))
    const there = existsSync(path) && statSync(path).isFile()
    if (!there) missed.push(url)
    const body = there ? readFileSync(path) : Buffer.of()
    response.writeHead(there ? 200 : 404, { 'content-length': body.length })
    response.end(method === 'HEAD' ? undefined : body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new TypeError('the server has no port')
  address = `http://127.0.0.1:${bound.port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'colloquy-sources-'))
  missed = []
  vi.stubGlobal('SHIPPED_FILES', [])
})
afterEach(() => {
  vi.unstubAllGlobals()
  rmSync(folder, { recursive: true, force: true })
})

function write(files: Readonly<Record<string, Uint8Array>>): void {
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'm', path)), { recursive: true })
    writeFileSync(join(folder, 'm', path), bytes)
  }
}

describe.each([
  ['all optional files', OPTIONAL, { chatTemplate: 'the newer one', stopIds: [2, 5] }],
  ['no optional file', {}, { chatTemplate: undefined, stopIds: [3] }],
])('a folder with %s', (_, optional, wanted) => {
  const files: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = { ...REQUIRED, ...optional }

  test('is read alike from a disk, beside a page, picked, and downloaded in either way', async () => {
    write(files)
    const hub = await FakeHub.open(Object.entries(files))
    const served = await serveFakeHub(hub)
    try {
      const cache = join(folder, 'cache')
      const sources = ['hub:owner/tiny', `${address}/m`].map((source) => ({ source }))
      const options = { hub: served.url, cache, yes: true }
      const silent = { out: { write: () => true }, ask: async () => null }
      await getModels(await planModels(sources, options), options, silent)
      const picked = Object.fromEntries(
        Object.entries(files).map(([path, bytes]) => [path, new File([bytes], path)]),
      )
      const inPage = { hub: served.url, cache: `${address}/cache/`, folders: { m: picked } }
      const inNode = { hub: served.url, cache, folders: { m: picked } }
      const readers = {
        disk: readFolder(folder, 'm'),
        beside: fetchFolder(`${address}/`, 'm'),
        'picked, in a page': fetchFolder(address, 'folder:m', inPage),
        'picked, in node': readFolder(folder, 'folder:m', inNode),
        'hub, in a page': fetchFolder(address, 'hub:owner/tiny', inPage),
        'hub, in node': readFolder(folder, 'hub:owner/tiny', inNode),
        'address, in a page': fetchFolder(address, `${address}/m`, inPage),
        'address, in node': readFolder(folder, `${address}/m`, inNode),
      }
      const first = await reading(readers.disk)
      expect(first).toMatchObject(wanted)
      for (const [source, read] of Object.entries(readers)) expect(await reading(read), source).toEqual(first)
    } finally {
      await served.close()
    }
  })

  test('that is built into the page is asked for no file that it lacks', async () => {
    write(files)
    vi.stubGlobal(
      'SHIPPED_FILES',
      Object.keys(files).map((path) => `m/${path}`),
    )
    const built = await reading(fetchFolder(`${address}/`, 'm'))
    expect(missed).toEqual([])
    vi.stubGlobal('SHIPPED_FILES', [])
    expect(await reading(fetchFolder(`${address}/`, 'm'))).toEqual(built)
    expect(missed).toHaveLength(2 - Object.keys(optional).length)
  })
})
