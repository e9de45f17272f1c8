/** Models that are missing, kept, deleted or of several precisions, and the dialog in all sizes. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildFixture } from '../fixtures'
import { appears } from './appears'
import { BREAKS, download, half, ID, lookUp, MODEL, NAME, openHub, type ServedHub } from './hub_visitors'
import { expectStill, watchShifts } from './layout_shifts'
import { makeRunSmall, openFor, visitToChoose } from './model_visitors'
import { button, openSettings, openSite, SHOTS, type VisitedSite } from './visitors'

let site: VisitedSite
let served: ServedHub

beforeAll(async () => {
  served = await openHub()
  site = await openSite()
  mkdirSync(SHOTS, { recursive: true })
})
afterAll(async () => {
  await site?.close()
  await served?.close()
})

test('starting a run does not download a missing model', async () => {
  served.hub.seen.length = 0
  const { context, page, dialog, outside } = await visitToChoose(site, { hub: served.url })
  await openSettings(page)
  await page.getByRole('radio', { name: /^gsm8k/ }).check()
  await page.getByRole('radio', { name: 'wasm' }).check({ force: true })
  await button(page, 'Let them learn').focus()
  await page.keyboard.press('Enter')
  await button(dialog, 'Look it up').waitFor()
  await expect.poll(() => dialog.textContent()).toContain(`your browser asks ${new URL(served.url).host}`)
  expect(outside).toEqual([])
  // No run has begun.
  await expect.poll(() => page.locator('.run-headline').textContent()).toMatch(/^(Ready|Recorded run)/)
  // A model that the hub lacks is reported in words.
  await button(dialog, 'Look it up').click()
  const alert = dialog.getByRole('alert')
  await alert.waitFor()
  await expect.poll(() => alert.textContent()).toMatch(/Qwen2.5-0.5B-Instruct was not found\. Check the name/)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  expect(await button(page, 'Let them learn').evaluate((element) => element === document.activeElement)).toBe(
    true,
  )
  await context.close()
})

test('downloaded models are listed with their size, used without consent, and deleted after a confirmation', async () => {
  const visitor = await visitToChoose(site, { hub: served.url })
  const { context, page, dialog, errors } = visitor
  await download(visitor, served.total)
  await button(dialog, 'Other models').click()
  served.hub.seen.length = 0
  await dialog.getByText(`${served.total} from ${new URL(served.url).host}`).waitFor()
  await button(dialog, `Use ${ID}`).click()
  await button(dialog, 'Use it for eli').waitFor()
  await button(dialog, 'Other models').click()
  await dialog.getByLabel(`Delete ${ID}…`).click()
  await button(dialog, `Yes, delete ${ID}`).click()
  await dialog.getByText('Nothing so far.').waitFor()
  expect(served.hub.seen).toEqual([])
  const left = await page.evaluate(
    async () => (await (await caches.open('transformers-cache')).keys()).length,
  )
  expect(left).toBe(0)
  expect(errors).toEqual([])
  await context.close()
})

test.each([360, 1280, 1920])(
  'nothing sticks out of the dialog at %i pixels, light or dark',
  async (width) => {
    const visitor = await visitToChoose(site, { hub: served.url })
    const { context, page, dialog } = visitor
    await page.setViewportSize({ width, height: 800 })
    await openFor(page, 'eli')
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
    await button(dialog, `Download ${served.total}`).waitFor()
    await look('plan')
    served.hub.script(MODEL, ...BREAKS)
    await button(dialog, `Download ${served.total}`).click()
    await half(dialog).waitFor()
    await look('download')
    await button(dialog, 'Cancel').click()
    served.hub.script(MODEL)
    await button(dialog, /^Resume/).click()
    await appears(button(dialog, 'Use it for both peers'))
    await button(dialog, 'Use it for both peers').click()
    await dialog.waitFor({ state: 'hidden' })
    await page.locator('.peer-models').screenshot({ path: join(SHOTS, `models-settings-${width}.png`) })
    expect(await page.evaluate(() => document.body.scrollWidth - document.body.clientWidth)).toBe(0)
    await context.close()
  },
)

test('the visitor chooses one of the hub’s precisions before the download; a run with another asks for it', async () => {
  const files = await buildFixture({ model: 'smollm2-135m', family: 'builder', dtype: 'q8' })
  // A hub of its own: other tests count the files of theirs.
  const own = await openHub()
  await own.hub.replace(
    'onnx/model_quantized.onnx',
    new Uint8Array(files.get('onnx/model_quantized.onnx') ?? []),
  )
  const { context, page, dialog } = await visitToChoose(site, { hub: own.url })
  await openFor(page, 'eli')
  await lookUp(dialog)
  const precision = dialog.getByLabel('Precision of eli')
  await precision.waitFor()
  await expect.poll(() => precision.locator('option').count()).toBe(2)
  await button(dialog, `Download ${own.total}`).waitFor()
  await precision.selectOption('q8')
  const yes = button(dialog, /^Download [\d.]+ [kM]B$/)
  await dialog.locator('.models-files').getByText('onnx/model_quantized.onnx').waitFor()
  await expect.poll(() => yes.textContent()).not.toBe(`Download ${own.total}`)
  await yes.click()
  await appears(button(dialog, 'Use it for both peers'))
  await button(dialog, 'Use it for both peers').click()
  await dialog.waitFor({ state: 'hidden' })
  expect(own.hub.count(MODEL)).toBe(0)
  const chosen = page.getByLabel(`Precision of ${NAME}-2`)
  await chosen.waitFor()
  await expect.poll(() => chosen.inputValue()).toBe('q8')
  await chosen.selectOption('q4')
  await button(page, 'Let them learn').click()
  await dialog.locator('.models-files').getByText(MODEL).waitFor()
  expect(own.hub.count(MODEL)).toBe(0)
  await context.close()
  await own.close()
})

test('a model is looked up, agreed to, interrupted, resumed, and used in a run', async () => {
  served.hub.seen.length = 0
  const { context, page, dialog, errors, outside } = await visitToChoose(site)
  await openSettings(page)
  const change = button(page, 'Change model of eli…')
  await change.focus()
  await page.keyboard.press('Enter')
  await dialog.waitFor()

  // The page names the host, and contacts it only after a press.
  await dialog.getByText('asks huggingface.co for the list of files').waitFor()
  await dialog.getByText('Another hub').click()
  await dialog.getByLabel('Address of the hub').fill(served.url)
  await dialog.getByText(`asks ${new URL(served.url).host} for the list of files`).waitFor()
  expect(outside).toEqual([])

  // The press requests the list of files and the small descriptive files. A suggestion only fills in the
  // name.
  await button(dialog, ID).click()
  await expect.poll(() => dialog.getByLabel('Name on the hub').inputValue()).toBe(ID)
  await dialog.getByLabel('Name on the hub').press('Enter')
  const yes = button(dialog, `Download ${served.total}`)
  await yes.waitFor()
  await dialog.getByText(MODEL).waitFor()
  await expect
    .poll(() => dialog.locator('.models-files').getByRole('listitem').count())
    .toBe(served.hub.files.size)
  expect(served.hub.seen.map(({ path }) => path)).toEqual(['tree', 'config.json', 'tokenizer_config.json'])
  // So the required memory is shown before consent, and by part on demand.
  await dialog
    .getByText(/This run takes at most about [\d.]+ [MG]B of memory: [\d.]+ [MG]B of wasm memory/)
    .waitFor()
  await dialog.getByText('What the memory is for').click()
  await dialog.getByRole('cell', { name: 'activations' }).first().waitFor()
  expect(await yes.evaluate((element) => element === document.activeElement)).toBe(false)

  // The connection breaks in mid-file, then hangs, and the visitor cancels. Received bytes are kept, and only
  // the rest is requested.
  served.hub.script(MODEL, ...BREAKS)
  await watchShifts(page)
  await yes.click()
  await half(dialog).waitFor()
  await button(dialog, 'Cancel').click()
  const resume = button(dialog, /^Resume: download .+ more$/)
  await resume.waitFor()
  served.hub.script(MODEL)
  await resume.click()
  await appears(button(dialog, 'Use it for eli'))
  expect(served.hub.seen.findLast(({ path }) => path === MODEL)?.range).toMatch(/^bytes=[1-9]\d{4,}-$/)
  await expectStill(page)

  await button(dialog, 'Use it for both peers').click()
  await dialog.waitFor({ state: 'hidden' })
  await expect.poll(() => page.locator('.peer-model', { hasText: ID }).count()).toBe(2)
  const focused = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
  expect(focused).toBe(`Change model of ${NAME}-2…`)

  const asked = served.hub.seen.length
  await makeRunSmall(page)
  await button(page, 'Let them learn').click()
  await appears(page.getByText(/^Done: 1 step/))
  // The run's end covers its discussion until a step is picked.
  await button(page, /^Step 1/).click()
  const card = page.getByRole('article', { name: `${NAME}-2, share` })
  expect((await card.locator('.stage-text').textContent())?.trim()).not.toBe('')
  expect(served.hub.seen.length).toBe(asked)
  // The connection that broke on purpose logs this error.
  expect(errors.filter((text) => !/CONTENT_LENGTH_MISMATCH/.test(text))).toEqual([])
  await context.close()
})
