/** Folders that a visitor picks, drops or names, and what a model leaves open: the built site, a real Chromium. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { modelOptions } from '../../src/cli/model_options'
import { openRun } from '../../src/cli/open_run'
import { ROOT } from '../../src/cli/site'
import { presetConfig } from '../../src/runs/presets'
import { buildFixture } from '../fixtures'
import { type Chooser, LONG, makeRunSmall, openFor, visitToChoose, writeModel } from './model_visitors'
import { button, openSite, type VisitedSite } from './visitors'

let folder: string
let site: VisitedSite
/** A SmolLM2; a Qwen3, which can think, in two precisions; one that says it has thousands of layers. */
let smollm: string
let qwen: string
let huge: string
let files: Map<string, Uint8Array>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'colloquy-folders-'))
  files = await buildFixture({ model: 'smollm2-135m', family: 'builder', dtype: 'q4' })
  smollm = writeModel(folder, 'smollm', files)
  const options = { model: 'qwen3-0.6b', family: 'optimum' } as const
  qwen = writeModel(folder, 'qwen', await buildFixture({ ...options, dtype: 'q8' }))
  // Damaged: only a run in 8 bits can go on.
  writeModel(folder, 'qwen', new Map([['onnx/model_q4.onnx', new Uint8Array(300_000)]]))
  const config = JSON.parse(new TextDecoder().decode(files.get('config.json')))
  const text = JSON.stringify({ ...config, num_hidden_layers: 40_000 })
  huge = writeModel(folder, 'huge', new Map([...files, ['config.json', new TextEncoder().encode(text)]]))
  site = await openSite()
}, 240_000)
afterAll(async () => {
  await site?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Gives a peer a folder by the file input that browsers without a directory picker have. */
async function pick({ page, dialog }: Chooser, peer: string, picked: string): Promise<void> {
  await openFor(page, peer)
  await dialog.getByLabel('Choose folder').setInputFiles(picked)
  await dialog.waitFor({ state: 'hidden' })
}

test('a folder is picked by a file input; one without a model is told; beside a little peer it is refused', async () => {
  const visitor = await visitToChoose(site, { picker: false })
  const { context, page, dialog, outside } = visitor
  await openFor(page, 'ada')
  mkdirSync(join(folder, 'photos'))
  writeFileSync(join(folder, 'photos', 'cat.txt'), 'a cat')
  await dialog.getByLabel('Choose folder').setInputFiles(join(folder, 'photos'))
  await dialog.getByText(/config.json not among them/).waitFor()
  await dialog.getByLabel('Choose folder').setInputFiles(smollm)
  await dialog.waitFor({ state: 'hidden' })
  const [first] = await page.locator('.peer-model').allTextContents()
  expect(first).toMatch(/^smollm a folder on this computer/)
  await page
    .getByText(/smollm.*at most about [\d.]+ [MG]B of memory/)
    .first()
    .waitFor()

  await button(page, 'One step').click()
  const problem = page.getByRole('alert')
  await problem.waitFor()
  expect(await problem.textContent()).toMatch(
    /peer bo beside smollm.*reads 320 tokens.*Give bo a larger model/,
  )
  await pick(visitor, 'bo', smollm)
  await button(page, 'One step').click()
  // Its bytes are read: the run goes beyond loading.
  await page.locator('.run-headline', { hasText: 'Learning' }).waitFor(LONG)
  expect(outside).toEqual([])
  await context.close()
}, 90_000)

test('a folder is dropped on the dialog', async () => {
  const { context, page, dialog, errors } = await visitToChoose(site)
  await openFor(page, 'bo')
  const box = await dialog.boundingBox()
  if (box === null) throw new Error('the dialog is not to be seen')
  // As the browser is told by the system when somebody drags a folder over its window.
  const system = await context.newCDPSession(page)
  const drag = (type: 'dragEnter' | 'dragOver' | 'drop', folder: string) =>
    system.send('Input.dispatchDragEvent', {
      type,
      x: box.x + box.width / 2,
      y: box.y + box.height / 2,
      data: { items: [], files: [folder], dragOperationsMask: 1 },
    })
  await drag('dragEnter', smollm)
  await drag('dragOver', smollm)
  await page.locator('.models-dialog[data-dropping=true]').waitFor()
  await drag('drop', smollm)
  await dialog.waitFor({ state: 'hidden' })
  expect(await page.locator('.peer-model').nth(1).textContent()).toMatch(/^smollm a folder on this computer/)

  // What is no model is told, and the page stays.
  await openFor(page, 'ada')
  await drag('dragEnter', join(smollm, 'config.json'))
  await drag('dragOver', join(smollm, 'config.json'))
  await drag('drop', join(smollm, 'config.json'))
  await dialog.getByRole('alert').waitFor()
  expect(await dialog.getByRole('alert').textContent()).toMatch(/no tokenizer\.json|found no/)
  expect(errors).toEqual([])
  await context.close()
}, 60_000)

test('precision and thinking are offered where the model leaves them open, and are what the run does', async () => {
  const visitor = await visitToChoose(site, { picker: false })
  const { context, page, errors } = visitor
  expect(await page.getByLabel(/^Precision of|thinks before/).count()).toBe(0)
  await pick(visitor, 'ada', qwen)
  const precision = page.getByLabel('Precision of qwen')
  await precision.waitFor()
  expect(await precision.locator('option').allTextContents()).toEqual([
    expect.stringMatching(/^q8: 8 bits a weight, [\d.]+ [kM]B$/),
    expect.stringMatching(/^q4: 4 bits a weight, [\d.]+ [kM]B$/),
  ])
  expect(await precision.inputValue()).toBe('q4')
  await pick(visitor, 'bo', smollm)
  // SmolLM2 has one file and a template that knows nothing of thoughts.
  expect(await page.getByLabel(/^Precision of/).count()).toBe(1)
  expect(await page.getByLabel(/thinks before it answers/).count()).toBe(1)
  await precision.selectOption('q8')
  await page.getByLabel('qwen thinks before it answers').check()
  await makeRunSmall(page)
  await button(page, 'One step').click()
  await page.locator('.run-headline', { hasText: 'Learning' }).waitFor(LONG)
  expect(errors).toEqual([])
  await context.close()
}, 90_000)

test('what cannot be held is said when it is chosen, with what to lower, and is not started', async () => {
  const visitor = await visitToChoose(site, { picker: false })
  const { context, page } = visitor
  await pick(visitor, 'ada', huge)
  await pick(visitor, 'bo', huge)
  const notice = page.locator('.models-memory .notice')
  await notice.waitFor()
  expect(await notice.textContent()).toMatch(
    /This does not fit: .* GB of wasm memory.*Choose a smaller model/,
  )
  await button(page, 'Learn').click()
  const problem = page.getByRole('alert')
  await problem.waitFor()
  expect(await problem.textContent()).toMatch(/Something is wrong with memory of this run/)
  expect(await page.locator('.run-headline').textContent()).toBe('Ready')
  await context.close()
}, 60_000)

/** A server of the folder's files; with `open`, pages of other addresses may read them. */
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

test('a folder beside the page is named; one on a server is looked up, downloaded and used', async () => {
  const { server, url } = await serve(true)
  const { context, page, dialog } = await visitToChoose(site)
  await openFor(page, 'bo')
  const address = dialog.getByLabel('Address of the folder')
  await address.fill('models/cy')
  await button(dialog, 'Use').last().click()
  await dialog.waitFor({ state: 'hidden' })
  expect(await page.locator('.peer-model').nth(1).textContent()).toMatch(/^cy/)

  await openFor(page, 'cy')
  await address.fill('ftp://somewhere/model')
  await address.press('Enter')
  await dialog.getByRole('alert').waitFor()
  await address.fill(url)
  await dialog.getByText(`asks ${new URL(url).host} which files there are`).waitFor()
  await address.press('Enter')
  await button(dialog, /^Download [\d.]+ kB$/).click()
  await button(dialog, 'Use it for both peers').click(LONG)
  await dialog.waitFor({ state: 'hidden' })
  await makeRunSmall(page)
  await button(page, 'One step').click()
  await page.locator('.run-headline', { hasText: 'Learning' }).waitFor(LONG)
  await context.close()
  server.close()
}, 120_000)

/** The folder beside the page of a headless browser, or on the disk of node. */
async function firstLink(place: 'chromium' | 'node', source: string) {
  const peers = ['a', 'b'].map((id) => ({ id, source }))
  const small = {
    steps: 1,
    questionsPerStep: 1,
    numGenerations: 2,
    abilityQuestions: 1,
    evalSize: 1,
  } as const
  const config = presetConfig('duet', { ...small, peers, seed: 5 })
  const models = modelOptions(null)
  const { signal } = new AbortController()
  const wishes = { place, cores: 2, models, travel: {}, signal, say: () => undefined }
  const texts: string[] = []
  for await (const event of await openRun(config, wishes)) {
    if (event.type === 'exchange')
      for (const stages of Object.values(event.exchange.peers)) texts.push(...stages.map(({ text }) => text))
    if (event.type === 'done') return { digest: event.digest, texts }
  }
  throw new Error('the run ended before its end')
}

test('a template that is only in chat_template.jinja is used by a page as by node: both have one digest', async () => {
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
    // Without its template it is another model.
    rmSync(join(parent, 'jinja', 'chat_template.jinja'))
    expect((await firstLink('node', source)).texts).not.toEqual(inNode.texts)
  } finally {
    rmSync(parent, { recursive: true, force: true })
  }
}, 240_000)

test('a server that does not let other pages read its files is told in words, after two tries', async () => {
  const { server, url } = await serve(false)
  let asked = 0
  server.on('request', () => asked++)
  const { context, page, dialog } = await visitToChoose(site)
  await openFor(page, 'bo')
  await dialog.getByLabel('Address of the folder').fill(url)
  await dialog.getByLabel('Address of the folder').press('Enter')
  const alert = dialog.getByRole('alert')
  await alert.waitFor()
  expect(await alert.textContent()).toMatch(/no connection, 2 times in a row.*Access-Control-Allow-Origin/)
  expect(asked).toBe(2)
  await context.close()
  server.close()
}, 60_000)
