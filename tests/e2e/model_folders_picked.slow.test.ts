/** Folders that a visitor picks or drops: the built site, a real Chromium. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildFixture } from '../fixtures'
import { appears } from './appears'
import { openFor, pick, visitToChoose, writeModel } from './model_visitors'
import { BEYOND_LOADING, button, headline, openSite, type VisitedSite } from './visitors'

let folder: string
let site: VisitedSite
/** A SmolLM2, and one whose configuration has thousands of layers. */
let smollm: string
let huge: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'colloquy-folders-'))
  const files = await buildFixture({ model: 'smollm2-135m', family: 'builder', dtype: 'q4' })
  smollm = writeModel(folder, 'smollm', files)
  const config = JSON.parse(new TextDecoder().decode(files.get('config.json')))
  const text = JSON.stringify({ ...config, num_hidden_layers: 40_000 })
  huge = writeModel(folder, 'huge', new Map([...files, ['config.json', new TextEncoder().encode(text)]]))
  site = await openSite()
})
afterAll(async () => {
  await site?.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a file input picks a folder; one without a model is an error; it is refused beside a tiny peer', async () => {
  const visitor = await visitToChoose(site, { picker: false })
  const { context, page, dialog, outside } = visitor
  await openFor(page, 'dee')
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

  await button(page, 'Next step').click()
  const problem = page.getByRole('alert')
  await problem.waitFor()
  await expect
    .poll(() => problem.textContent())
    .toMatch(/peer eli beside smollm.*reads 320 tokens.*Give eli a larger model/)
  await pick(visitor, 'eli', smollm)
  await button(page, 'Next step').click()
  // Its bytes are read: the run goes beyond loading.
  await appears(headline(page, BEYOND_LOADING))
  expect(outside).toEqual([])
  await context.close()
})

test('a folder is dropped on the dialog', async () => {
  const { context, page, dialog, errors } = await visitToChoose(site)
  await openFor(page, 'eli')
  const box = await dialog.boundingBox()
  if (box === null) throw new Error('the dialog is not to be seen')
  // Simulates the system's drag of a folder over the browser window.
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
  await expect
    .poll(() => page.locator('.peer-model').nth(1).textContent())
    .toMatch(/^smollm a folder on this computer/)

  // An invalid folder is reported, and the page stays.
  await openFor(page, 'dee')
  await drag('dragEnter', join(smollm, 'config.json'))
  await drag('dragOver', join(smollm, 'config.json'))
  await drag('drop', join(smollm, 'config.json'))
  await dialog.getByRole('alert').waitFor()
  await expect.poll(() => dialog.getByRole('alert').textContent()).toMatch(/no tokenizer\.json|found no/)
  expect(errors).toEqual([])
  await context.close()
})

test('a model that needs too much memory is reported when it is chosen, with a remedy, and cannot start', async () => {
  const visitor = await visitToChoose(site, { picker: false })
  const { context, page } = visitor
  await pick(visitor, 'dee', huge)
  await pick(visitor, 'eli', huge)
  const notice = page.locator('.models-memory .notice')
  await notice.waitFor()
  await expect
    .poll(() => notice.textContent())
    .toMatch(/This does not fit: .* GB of wasm memory.*Choose a smaller model/)
  await button(page, 'Let them learn').click()
  const problem = page.getByRole('alert')
  await problem.waitFor()
  await expect.poll(() => problem.textContent()).toMatch(/^Too little memory: /)
  // No run has begun.
  await expect.poll(() => page.locator('.run-headline').textContent()).toMatch(/^(Ready|Recorded run)/)
  await context.close()
})
