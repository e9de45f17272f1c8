import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DownloadLine, getModels, planModels } from '../../src/cli/learn/get_models'
import { modelMemoryText } from '../../src/cli/learn/memory_text'
import { prepareModels } from '../../src/cli/learn/prepare_models'
import { fileOf } from '../../src/cli/site/serve_folders'
import type { Terminal } from '../../src/cli/terminal'
import { presetConfig } from '../../src/config/presets'
import type { DownloadProgress } from '../../src/hub/download'
import { readFolder } from '../../workers/node/read_folder'
import { FakeHub, tinyFiles } from '../hub/fake_hub'
import { serveFakeHub } from '../hub/serve_fake_hub'

let cache: string
let hub: FakeHub
let server: Awaited<ReturnType<typeof serveFakeHub>>

beforeEach(async () => {
  cache = mkdtempSync(join(tmpdir(), 'colloquy-hub-'))
  hub = await FakeHub.open(tinyFiles())
  server = await serveFakeHub(hub)
})
afterEach(async () => {
  await server.close()
  rmSync(cache, { recursive: true, force: true })
})

function terminal(answer: string | null): Terminal & { said: string[] } {
  const said: string[] = []
  return {
    said,
    out: { write: (text) => said.push(text) },
    async ask(question) {
      said.push(question)
      return answer
    },
  }
}

const get = async (on: Terminal, yes = false) => {
  const options = { hub: server.url, cache, yes }
  const sources = ['models/ada', 'hub:owner/tiny', 'hub:owner/tiny'].map((source) => ({ source }))
  await getModels(await planModels(sources, options), options, on)
}

test.each([
  ['n', 'found a no, wanted consent to download 54.1 kB'],
  ['', 'found a no'],
  [null, 'found nobody to ask (no terminal), wanted consent to download 54.1 kB'],
])('the answer %j downloads nothing', async (answer, message) => {
  const asked = terminal(answer)
  await expect(get(asked)).rejects.toThrow(message)
  expect(asked.said[0]).toContain('hub:owner/tiny: download 54.1 kB (6 files) from 127.0.0.1')
  expect(hub.seen.map(({ path }) => path)).toEqual(['tree', 'config.json', 'tokenizer_config.json'])
})

test('consent downloads once; then a peer in node reads the model without asking the hub', async () => {
  const asked = terminal('y')
  await get(asked)
  expect(asked.said.filter((text) => text.includes('[y/N]'))).toHaveLength(1)
  expect(asked.said.at(-1)).toMatch(/^100 % {2}onnx\/model_q4\.onnx_data {2}40\.0 kB of 40\.0 kB/)
  const requests = hub.seen.length
  await get(terminal(null))
  expect(hub.seen).toHaveLength(requests)
  const read = readFolder('/nowhere', 'hub:owner/tiny', { hub: server.url, cache })
  expect(await read('onnx/model_q4.onnx')).toEqual(hub.files.get('onnx/model_q4.onnx'))
})

test('--yes asks nothing and says what it downloads', async () => {
  const asked = terminal(null)
  await get(asked, true)
  expect(asked.said[0]).toContain('download 54.1 kB (6 files) from 127.0.0.1')
})

test('progress is one line, overwritten on a terminal', () => {
  const written: string[] = []
  const line = new DownloadLine({ write: (text) => written.push(text), isTTY: true, columns: 120 })
  const progress: DownloadProgress = {
    source: 'hub:o/n',
    path: 'onnx/model_q4.onnx',
    bytes: 50_000_000,
    total: 200_000_000,
    modelBytes: 60_000_000,
    modelTotal: 240_000_000,
    speed: 2_000_000,
    secondsLeft: 75,
    modelSecondsLeft: 90,
    waiting: null,
  }
  line.show(progress)
  line.show({ ...progress, waiting: 'HTTP 429, again in 7 s' })
  line.end()
  expect(written[0]).toBe('\r25 %  onnx/model_q4.onnx  50.0 MB of 200 MB  2.00 MB/s, 1 min 30 s left')
  expect(written[1].trimEnd()).toBe('\r25 %  onnx/model_q4.onnx  50.0 MB of 200 MB  HTTP 429, again in 7 s')
})

test('a served folder has only its files', () => {
  const folders = new Map([['/m/x/', '/data/x']])
  expect(fileOf('/m/x/onnx/a%252Fb?c', folders)).toBe('/data/x/onnx/a%2Fb')
  for (const url of ['/m/x/../y', '/m/x/%2e%2e/y', '/m/x/..%2fy', '/m/x/a//b', '/m/x/%', '/m/y/z', '/m/x/'])
    expect(fileOf(url, folders), url).toBeNull()
})

test('a lock of an ended process does not count', async () => {
  await get(terminal('y'))
  const file = join(
    cache,
    'http',
    new URL(server.url).host.replace(':', '+'),
    'owner/tiny/resolve/main/config.json',
  )
  rmSync(file)
  const before = hub.count('config.json')
  writeFileSync(`${file}.colloquy-lock`, '999999999')
  await get(terminal('y'))
  expect(hub.count('config.json')).toBe(before + 2)
})

test('memory is estimated from the list of files before consent; runs that cannot fit are refused before it', async () => {
  const options = { hub: server.url, cache, yes: false }
  const source = 'hub:owner/tiny'
  const run = (ids: readonly string[]) =>
    presetConfig('duet', {
      peers: ids.map((id) => ({ id, source: id === 'ada' ? 'models/ada' : source })),
    })
  const asked = terminal('n')
  await expect(prepareModels(run(['tiny', 'twin']), options, asked)).rejects.toThrow('found a no')
  expect(asked.said[0]).toMatch(
    /^Memory this run takes, at most about \d+ MB:\n {2}tiny: wasm .*JavaScript .*\n {2}twin: wasm .*\n$/,
  )
  const [{ outline }] = await planModels([{ source }], options)
  if (outline === null) throw new Error('nothing is known')
  expect(outline.dtypes.map(({ dtype }) => dtype)).toEqual(['fp32', 'q4', 'q4f16'])
  expect(modelMemoryText(outline)).toMatch(
    /^two peers on it take about [\d.]+ MB on wasm, [\d.]+ [MG]B on webgpu$/,
  )
  const long = { ...run(['tiny', 'twin']), task: 'question-file' as const, maxCompletionLength: 5000 }
  await expect(prepareModels(long, options, terminal('y'))).rejects.toThrow(/^answers of tiny: found up to/)
  expect(hub.count('onnx/model_q4.onnx')).toBe(0)
  await hub.replace('config.json', new TextEncoder().encode('{"architectures":["MambaForCausalLM"]}'))
  await expect(prepareModels(run(['ada', 'tiny']), options, terminal('y'))).rejects.toThrow(
    /MambaForCausalLM.*LlamaForCausalLM/,
  )
})
