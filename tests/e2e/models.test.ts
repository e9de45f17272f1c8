/** Models from elsewhere as a visitor brings them to the page: the built site, a real Chromium, a hub on this machine. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Locator, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bytesText } from '../../src/hub/bytes'
import { buildFixture } from '../fixtures'
import { FakeHub } from '../hub/fake_hub'
import { serveFakeHub } from '../hub/serve_fake_hub'
import { button, openSite, SHOTS, type Visit, type VisitedSite } from './visitors'

const ID = 'HuggingFaceTB/SmolLM2-135M-Instruct'
const NAME = 'SmolLM2-135M-Instruct'
const MODEL = 'onnx/model_q4.onnx'
const SMALL_RUN = {
  Steps: '1',
  'Questions per step': '1',
  'Rollouts per group': '2',
  'Ability questions': '1',
  'Test every': '1',
  'Test size': '1',
}
/** A broken connection, with which a slow browser may lose all that came, then one on which nothing more comes. */
const BREAKS = [
  { kind: 'drop', after: 300_000 },
  { kind: 'hang', after: 100_000 },
] as const
const LONG = { timeout: 120_000 }

let folder: string
let site: VisitedSite
let hub: FakeHub
let served: Awaited<ReturnType<typeof serveFakeHub>>
let total: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'colloquy-models-'))
  const files = await buildFixture({ model: 'smollm2-135m', family: 'builder', dtype: 'q4' })
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, 'picked', path)), { recursive: true })
    writeFileSync(join(folder, 'picked', path), bytes)
  }
  const copies = [...files].map(([path, bytes]) => [path, new Uint8Array(bytes)] as const)
  total = bytesText(copies.reduce((sum, [, { length }]) => sum + length, 0))
  hub = await FakeHub.open(copies, { id: ID })
  served = await serveFakeHub(hub)
  site = await openSite()
  mkdirSync(SHOTS, { recursive: true })
}, 240_000)

afterAll(async () => {
  await site?.close()
  await served?.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Chooser extends Visit {
  readonly dialog: Locator
}

/** A new visitor, whose page knows the hub of this test as theirs unless told otherwise. */
async function visit({ knowsHub = true, picker = true } = {}): Promise<Chooser> {
  const visit = await site.visit(site.address, (context) =>
    context.addInitScript(
      ([url, hasPicker]) => {
        if (url !== '') localStorage.setItem('colloquy-hub', url)
        if (!hasPicker) Reflect.deleteProperty(globalThis, 'showDirectoryPicker')
      },
      [knowsHub ? served.url : '', picker] as const,
    ),
  )
  return { ...visit, dialog: visit.page.getByRole('dialog') }
}

/** The line of a file of which some has come. */
const half = (dialog: Locator) => dialog.locator('.models-files').getByText(/^[1-9][\d.]* kB of /)

async function openFor(page: Page, peer: string): Promise<void> {
  await button(page, `Change model of ${peer}…`).click()
  await page.getByRole('dialog', { name: `Model of ${peer}` }).waitFor()
}

async function lookUp(dialog: Locator): Promise<void> {
  // A suggestion fills in the name, and no more.
  await button(dialog, ID).click()
  expect(await dialog.getByLabel('Name on the hub').inputValue()).toBe(ID)
  await dialog.getByLabel('Name on the hub').press('Enter')
}

/** Has the model downloaded by a visitor. */
async function download({ page, dialog }: Chooser): Promise<void> {
  await openFor(page, 'bo')
  await lookUp(dialog)
  await button(dialog, `Download ${total}`).click()
  await button(dialog, 'Use it for bo').waitFor(LONG)
}

test('looked up, agreed to, broken off, gone on with, and used in a run', async () => {
  hub.seen.length = 0
  const { context, page, dialog, errors, outside } = await visit({ knowsHub: false })
  const change = button(page, 'Change model of bo…')
  await change.focus()
  await page.keyboard.press('Enter')
  await dialog.waitFor()

  // The host is named, and nobody is asked, before a press.
  await dialog.getByText('asks huggingface.co for the list of files').waitFor()
  await dialog.getByText('Another hub').click()
  await dialog.getByLabel('Address of the hub').fill(served.url)
  await dialog.getByText(`asks ${new URL(served.url).host} for the list of files`).waitFor()
  expect(outside).toEqual([])

  // Then the list of files only: names and sizes.
  await lookUp(dialog)
  const yes = button(dialog, `Download ${total}`)
  await yes.waitFor()
  await dialog.getByText(MODEL).waitFor()
  expect(await dialog.getByRole('listitem').count()).toBe(hub.files.size)
  expect(hub.seen.map(({ path }) => path)).toEqual(['tree'])
  expect(await yes.evaluate((element) => element === document.activeElement)).toBe(false)

  // The connection breaks in mid-file, then hangs; the visitor cancels; what came is kept, and the rest is asked for.
  hub.script(MODEL, ...BREAKS)
  const shift = watchShift(page)
  await yes.click()
  await half(dialog).waitFor()
  await button(dialog, 'Cancel').click()
  const resume = button(dialog, /^Resume: download .+ more$/)
  await resume.waitFor()
  hub.script(MODEL)
  await resume.click()
  await button(dialog, 'Use it for bo').waitFor(LONG)
  expect(hub.seen.findLast(({ path }) => path === MODEL)?.range).toMatch(/^bytes=[1-9]\d{4,}-$/)
  expect(await (await shift)()).toBeLessThan(0.01)

  await button(dialog, 'Use it for both peers').click()
  await dialog.waitFor({ state: 'hidden' })
  expect(await page.locator('.peer-model', { hasText: ID }).count()).toBe(2)
  const focused = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
  expect(focused).toBe(`Change model of ${NAME}-2…`)

  const asked = hub.seen.length
  await page.getByText('More settings').click()
  for (const [label, value] of Object.entries(SMALL_RUN))
    await page.getByLabel(label, { exact: true }).fill(value)
  await button(page, 'Start').click()
  await page.getByText(/^Done: 1 step/).waitFor(LONG)
  const card = page.getByRole('article', { name: `${NAME}-2, share` })
  expect((await card.locator('.stage-text').textContent())?.trim()).not.toBe('')
  expect(hub.seen.length).toBe(asked)
  // Of the connection that broke as it was told to.
  expect(errors.filter((text) => !/CONTENT_LENGTH_MISMATCH/.test(text))).toEqual([])
  await context.close()
}, 240_000)

test('a model that is missing is not fetched by starting a run', async () => {
  hub.seen.length = 0
  const { context, page, dialog, outside } = await visit()
  await page.getByLabel('Preset', { exact: true }).selectOption('gsm8k')
  await page.getByRole('radio', { name: 'wasm' }).check({ force: true })
  await button(page, 'Start').focus()
  await page.keyboard.press('Enter')
  await button(dialog, 'Look it up').waitFor()
  expect(await dialog.textContent()).toContain(`your browser asks ${new URL(served.url).host}`)
  expect(outside).toEqual([])
  expect(await page.locator('.run-headline').textContent()).toBe('Ready')
  // A model that the hub does not have is told in words.
  await button(dialog, 'Look it up').click()
  const alert = dialog.getByRole('alert')
  await alert.waitFor()
  expect(await alert.textContent()).toMatch(/Qwen2.5-0.5B-Instruct: found HTTP 404.*Check the name/)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  expect(await button(page, 'Start').evaluate((element) => element === document.activeElement)).toBe(true)
  await context.close()
}, 60_000)

test('downloaded models are listed with their size, used without asking, and deleted after a question', async () => {
  const visitor = await visit()
  const { context, page, dialog, errors } = visitor
  await download(visitor)
  await button(dialog, 'Other models').click()
  hub.seen.length = 0
  await dialog.getByText(`${total} from ${new URL(served.url).host}`).waitFor()
  await button(dialog, `Use ${ID}`).click()
  await button(dialog, 'Use it for bo').waitFor()
  await button(dialog, 'Other models').click()
  await button(dialog, `Delete ${ID}…`).click()
  await button(dialog, `Keep ${ID}`).click()
  await button(dialog, `Delete ${ID}…`).click()
  await button(dialog, `Yes, delete ${ID}`).click()
  await dialog.getByText('Nothing so far.').waitFor()
  expect(hub.seen).toEqual([])
  const left = await page.evaluate(
    async () => (await (await caches.open('transformers-cache')).keys()).length,
  )
  expect(left).toBe(0)
  expect(errors).toEqual([])
  await context.close()
}, 60_000)

test('a folder of this computer is picked by a file input; one without a model is told', async () => {
  const { context, page, dialog, outside } = await visit({ picker: false })
  await openFor(page, 'ada')
  mkdirSync(join(folder, 'photos'))
  writeFileSync(join(folder, 'photos', 'cat.txt'), 'a cat')
  await dialog.getByLabel('Choose folder').setInputFiles(join(folder, 'photos'))
  await dialog.getByText(/config.json not among them/).waitFor()
  await dialog.getByLabel('Choose folder').setInputFiles(join(folder, 'picked'))
  await dialog.waitFor({ state: 'hidden' })
  expect(await page.locator('.peer-model').first().textContent()).toBe('picked a folder on this computer')
  await button(page, 'One step').click()
  // Its bytes are read: the run goes beyond loading.
  await page.locator('.run-headline', { hasText: 'Learning' }).waitFor(LONG)
  expect(outside).toEqual([])
  await context.close()
}, 90_000)

test.each([360, 1280])(
  'nothing sticks out of the dialog at %i pixels, light or dark',
  async (width) => {
    const visitor = await visit()
    const { context, page, dialog } = visitor
    await page.setViewportSize({ width, height: 800 })
    await openFor(page, 'bo')
    await dialog.getByText('Nothing so far.').waitFor()
    const look = async (name: string) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await page.screenshot({ path: join(SHOTS, `models-${name}-${width}-${colorScheme}.png`) })
      }
      expect(await dialog.locator('.models-body').evaluate((e) => e.scrollWidth - e.clientWidth)).toBe(0)
    }
    await look('choose')
    await lookUp(dialog)
    await button(dialog, `Download ${total}`).waitFor()
    await look('plan')
    hub.script(MODEL, ...BREAKS)
    await button(dialog, `Download ${total}`).click()
    await half(dialog).waitFor()
    await look('download')
    await button(dialog, 'Cancel').click()
    hub.script(MODEL)
    await button(dialog, /^Resume/).click()
    await button(dialog, 'Use it for both peers').click(LONG)
    await dialog.waitFor({ state: 'hidden' })
    await page.locator('.peer-models').screenshot({ path: join(SHOTS, `models-settings-${width}.png`) })
    expect(await page.evaluate(() => document.body.scrollWidth - document.body.clientWidth)).toBe(0)
    await context.close()
  },
  60_000,
)

/** How far the layout shifts from now on (the web's CLS), to be asked for later. */
async function watchShift(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const record = { shift: 0 }
    Object.assign(globalThis, { record })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        record.shift += (entry as PerformanceEntry & { value: number }).value
    }).observe({ type: 'layout-shift' })
  })
  return () => page.evaluate(() => (globalThis as unknown as { record: { shift: number } }).record.shift)
}
