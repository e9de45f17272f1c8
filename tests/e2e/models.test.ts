/** Models of a hub as a visitor brings them to the page: the built site, a real Chromium, a hub on this machine. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bytesText } from '../../src/hub/bytes'
import { buildFixture } from '../fixtures'
import { FakeHub } from '../hub/fake_hub'
import { serveFakeHub } from '../hub/serve_fake_hub'
import { type Chooser, LONG, makeRunSmall, openFor, visitToChoose } from './model_visitors'
import { button, openSite, SHOTS, type VisitedSite } from './visitors'

const ID = 'HuggingFaceTB/SmolLM2-135M-Instruct'
const NAME = 'SmolLM2-135M-Instruct'
const MODEL = 'onnx/model_q4.onnx'
/** A broken connection, with which a slow browser may lose all that came, then one on which nothing more comes. */
const BREAKS = [
  { kind: 'drop', after: 300_000 },
  { kind: 'hang', after: 100_000 },
] as const

let site: VisitedSite
let hub: FakeHub
let served: Awaited<ReturnType<typeof serveFakeHub>>
let total: string

beforeAll(async () => {
  const files = await buildFixture({ model: 'smollm2-135m', family: 'builder', dtype: 'q4' })
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
})

/** A new visitor, whose page knows the hub of this test as theirs unless told otherwise. */
function visit({ knowsHub = true } = {}): Promise<Chooser> {
  return visitToChoose(site, knowsHub ? { hub: served.url } : {})
}

/** The line of a file of which some has come. */
const half = (dialog: Locator) => dialog.locator('.models-files').getByText(/^[1-9][\d.]* kB of /)

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

  // Then for the list of files, names and sizes, and for what says what the model is.
  await lookUp(dialog)
  const yes = button(dialog, `Download ${total}`)
  await yes.waitFor()
  await dialog.getByText(MODEL).waitFor()
  expect(await dialog.locator('.models-files').getByRole('listitem').count()).toBe(hub.files.size)
  expect(hub.seen.map(({ path }) => path)).toEqual(['tree', 'config.json', 'tokenizer_config.json'])
  // So what it will take is told before there is a yes, and part by part on demand.
  await dialog
    .getByText(/This run takes at most about [\d.]+ [MG]B of memory: [\d.]+ [MG]B of wasm memory/)
    .waitFor()
  await dialog.getByText('What the memory is for').click()
  await dialog.getByRole('cell', { name: 'activations' }).first().waitFor()
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
  await makeRunSmall(page)
  await button(page, 'Learn').click()
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
  await button(page, 'Learn').focus()
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
  expect(await button(page, 'Learn').evaluate((element) => element === document.activeElement)).toBe(true)
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

test.each([360, 1280, 1920])(
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

test('of the precisions that the hub has one is chosen before the download; a run that wants another asks for it', async () => {
  const files = await buildFixture({ model: 'smollm2-135m', family: 'builder', dtype: 'q8' })
  hub.seen.length = 0
  await hub.replace('onnx/model_quantized.onnx', new Uint8Array(files.get('onnx/model_quantized.onnx') ?? []))
  const { context, page, dialog } = await visit()
  await openFor(page, 'bo')
  await lookUp(dialog)
  const precision = dialog.getByLabel('Precision of bo')
  await precision.waitFor()
  expect(await precision.locator('option').count()).toBe(2)
  await button(dialog, `Download ${total}`).waitFor()
  await precision.selectOption('q8')
  const yes = button(dialog, /^Download [\d.]+ [kM]B$/)
  await dialog.locator('.models-files').getByText('onnx/model_quantized.onnx').waitFor()
  expect(await yes.textContent()).not.toBe(`Download ${total}`)
  await yes.click()
  await button(dialog, 'Use it for both peers').click(LONG)
  await dialog.waitFor({ state: 'hidden' })
  expect(hub.count(MODEL)).toBe(0)
  const chosen = page.getByLabel(`Precision of ${NAME}-2`)
  await chosen.waitFor()
  expect(await chosen.inputValue()).toBe('q8')
  await chosen.selectOption('q4')
  await button(page, 'Learn').click()
  await dialog.locator('.models-files').getByText(MODEL).waitFor()
  expect(hub.count(MODEL)).toBe(0)
  await context.close()
}, 90_000)

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
