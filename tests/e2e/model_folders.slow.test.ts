/** A model's options, and folders on servers, as visitors choose them. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { modelOptions } from '../../src/cli/learn/model_options'
import { openRun } from '../../src/cli/learn/open_run'
import { ROOT } from '../../src/cli/site/site'
import { presetConfig } from '../../src/config/presets'
import { buildFixture } from '../fixtures'
import { appears } from './appears'
import { makeRunSmall, openFor, pick, visitToChoose, writeModel } from './model_visitors'
import { BEYOND_LOADING, button, headline, openSite, type VisitedSite } from './visitors'

let folder: string
let site: VisitedSite
/** A SmolLM2, and a Qwen3, which can think, in two precisions. */
let smollm: string
let qwen: string
let files: Map<string, Uint8Array>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'colloquy-folders-'))
  files = await buildFixture({ model: 'smollm2-135m', family: 'builder', dtype: 'q4' })
  smollm = writeModel(folder, 'smollm', files)
  const options = { model: 'qwen3-0.6b', family: 'optimum' } as const
  qwen = writeModel(folder, 'qwen', await buildFixture({ ...options, dtype: 'q8' }))
  // The 4-bit file is damaged, so only an 8-bit run gets beyond loading.
  writeModel(folder, 'qwen', new Map([['onnx/model_q4.onnx', new Uint8Array(300_000)]]))
  site = await openSite()
})
afterAll(async () => {
  await site?.close()
  rmSync(folder, { recursive: true, force: true })
})

test('the page offers precision and thinking where the model allows them, and the run uses them', async () => {
  const visitor = await visitToChoose(site, { picker: false })
  const { context, page, errors } = visitor
  await expect.poll(() => page.getByLabel(/^Precision of|thinks before/).count()).toBe(0)
  await pick(visitor, 'dee', qwen)
  const precision = page.getByLabel('Precision of qwen')
  await precision.waitFor()
  await expect
    .poll(() => precision.locator('option').allTextContents())
    .toEqual([
      expect.stringMatching(/^q8: 8 bits a weight, [\d.]+ [kM]B$/),
      expect.stringMatching(/^q4: 4 bits a weight, [\d.]+ [kM]B$/),
    ])
  await expect.poll(() => precision.inputValue()).toBe('q4')
  await pick(visitor, 'eli', smollm)
  // SmolLM2 has one file and a template that knows nothing of thoughts.
  await expect.poll(() => page.getByLabel(/^Precision of/).count()).toBe(1)
  await expect.poll(() => page.getByLabel(/thinks before it answers/).count()).toBe(1)
  await precision.selectOption('q8')
  await page.getByLabel('qwen thinks before it answers').check()
  await makeRunSmall(page)
  await button(page, 'Next step').click()
  await appears(headline(page, BEYOND_LOADING))
  expect(errors).toEqual([])
  await context.close()
})

/** Serves the folder's files. With `open`, pages of other origins may read them. */
async function serve(open: boolean): Promise<{ server: Server; url: string }> {
  const headers = open
    ? { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'content-length' }
    : {}
  const server = createServer(({ url = '', method }, response) => {
    const bytes = files.get(url.replace(/^\/model\//, ''))
    response.writeHead(bytes ? 200 : 404, { ...headers, 'content-length': bytes?.length ?? 0 })
    response.end(method === 'HEAD' ? undefined : bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new TypeError('the server has no port')
  return { server, url: `http://127.0.0.1:${bound.port}/model` }
}

test('a folder beside the page is named; a served folder is looked up, downloaded and used', async () => {
  const { server, url } = await serve(true)
  const { context, page, dialog } = await visitToChoose(site)
  await openFor(page, 'eli')
  const address = dialog.getByLabel('Name on the hub')
  await address.fill('models/nothing')
  await address.press('Enter')
  await dialog.getByText(/^models\/nothing\/config\.json was not found\./).waitFor()
  await address.fill('models/cy')
  await address.press('Enter')
  await dialog.waitFor({ state: 'hidden' })
  await expect.poll(() => page.locator('.peer-model').nth(1).textContent()).toMatch(/^cy/)

  await openFor(page, 'cy')
  await address.fill('ftp://somewhere/model')
  await address.press('Enter')
  await dialog.getByRole('alert').waitFor()
  await address.fill(url)
  await dialog.getByText(`asks ${new URL(url).host} for the list of files`).waitFor()
  await address.press('Enter')
  await button(dialog, /^Download [\d.]+ kB$/).click()
  await appears(button(dialog, 'Use it for both peers'))
  await button(dialog, 'Use it for both peers').click()
  await dialog.waitFor({ state: 'hidden' })
  await makeRunSmall(page)
  await button(page, 'Next step').click()
  await appears(headline(page, BEYOND_LOADING))
  await context.close()
  server.close()
})

/** The folder beside the page of a headless browser, or on the disk of node. */
async function firstLink(place: 'chromium' | 'node', source: string) {
  const peers = ['a', 'b'].map((id) => ({ id, source }))
  const small = {
    steps: 1,
    questionsPerStep: 1,
    numGenerations: 2,
    abilityQuestions: 1,
    evalSize: 1,
    // Random weights write to the limit.
    maxCompletionLength: 16,
  } as const
  const config = presetConfig('duet', { ...small, peers, seed: 5 })
  const models = modelOptions(null)
  const { signal } = new AbortController()
  const options = { place, cores: 2, models, transfer: {}, signal, say: () => undefined }
  const texts: string[] = []
  for await (const event of await openRun(config, options)) {
    if (event.type === 'exchange')
      for (const stages of Object.values(event.exchange.peers)) texts.push(...stages.map(({ text }) => text))
    if (event.type === 'done') return { digest: event.digest, texts }
  }
  throw new Error('the run ended before its end')
}

test('the page uses a template that is only in chat_template.jinja, as node does, with one digest', async () => {
  const { chat_template, ...rest } = JSON.parse(new TextDecoder().decode(files.get('tokenizer_config.json')))
  const bytes = (text: string) => new TextEncoder().encode(text)
  mkdirSync(join(ROOT, 'artifacts'), { recursive: true })
  const parent = mkdtempSync(join(ROOT, 'artifacts', 'models-'))
  try {
    const newer = [...files, ['tokenizer_config.json', bytes(JSON.stringify(rest))] as const]
    const source = relative(ROOT, writeModel(parent, 'jinja', newer))
    writeModel(parent, 'jinja', [['chat_template.jinja', bytes(chat_template)]])
    const inNode = await firstLink('node', source)
    expect(await firstLink('chromium', source)).toEqual(inNode)
    // Without its template the model is another one.
    rmSync(join(parent, 'jinja', 'chat_template.jinja'))
    expect((await firstLink('node', source)).texts).not.toEqual(inNode.texts)
  } finally {
    rmSync(parent, { recursive: true, force: true })
  }
})

test('a server that forbids other pages to read its files is reported after two tries', async () => {
  const { server, url } = await serve(false)
  let asked = 0
  server.on('request', () => asked++)
  const { context, page, dialog } = await visitToChoose(site)
  await openFor(page, 'eli')
  await dialog.getByLabel('Name on the hub').fill(url)
  await dialog.getByLabel('Name on the hub').press('Enter')
  const alert = dialog.getByRole('alert')
  await alert.waitFor()
  await expect
    .poll(() => alert.textContent())
    .toMatch(/could not be reached\. Are you online\?.*Access-Control-Allow-Origin/)
  expect(asked).toBe(2)
  await context.close()
  server.close()
})
