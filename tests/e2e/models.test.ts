/** A model of a hub as a visitor brings it to the page: the built site, a real Chromium, a hub on this machine. */
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { BREAKS, half, ID, MODEL, NAME, openHub, type ServedHub } from './hub_visitors'
import { makeRunSmall, visitToChoose } from './model_visitors'
import { button, openSite, type VisitedSite } from './visitors'

let site: VisitedSite
let served: ServedHub

beforeAll(async () => {
  served = await openHub()
  site = await openSite()
})
afterAll(async () => {
  await site?.close()
  await served?.close()
})

test('looked up, agreed to, broken off, gone on with, and used in a run', async () => {
  served.hub.seen.length = 0
  const { context, page, dialog, errors, outside } = await visitToChoose(site)
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
  // A suggestion fills in the name, and no more.
  await button(dialog, ID).click()
  expect(await dialog.getByLabel('Name on the hub').inputValue()).toBe(ID)
  await dialog.getByLabel('Name on the hub').press('Enter')
  const yes = button(dialog, `Download ${served.total}`)
  await yes.waitFor()
  await dialog.getByText(MODEL).waitFor()
  expect(await dialog.locator('.models-files').getByRole('listitem').count()).toBe(served.hub.files.size)
  expect(served.hub.seen.map(({ path }) => path)).toEqual(['tree', 'config.json', 'tokenizer_config.json'])
  // So what it will take is told before there is a yes, and part by part on demand.
  await dialog
    .getByText(/This run takes at most about [\d.]+ [MG]B of memory: [\d.]+ [MG]B of wasm memory/)
    .waitFor()
  await dialog.getByText('What the memory is for').click()
  await dialog.getByRole('cell', { name: 'activations' }).first().waitFor()
  expect(await yes.evaluate((element) => element === document.activeElement)).toBe(false)

  // The connection breaks in mid-file, then hangs; the visitor cancels; what came is kept, and the rest is asked for.
  served.hub.script(MODEL, ...BREAKS)
  const shift = watchShift(page)
  await yes.click()
  await half(dialog).waitFor()
  await button(dialog, 'Cancel').click()
  const resume = button(dialog, /^Resume: download .+ more$/)
  await resume.waitFor()
  served.hub.script(MODEL)
  await resume.click()
  await appears(button(dialog, 'Use it for bo'))
  expect(served.hub.seen.findLast(({ path }) => path === MODEL)?.range).toMatch(/^bytes=[1-9]\d{4,}-$/)
  expect(await (await shift)()).toBeLessThan(0.01)

  await button(dialog, 'Use it for both peers').click()
  await dialog.waitFor({ state: 'hidden' })
  expect(await page.locator('.peer-model', { hasText: ID }).count()).toBe(2)
  const focused = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
  expect(focused).toBe(`Change model of ${NAME}-2…`)

  const asked = served.hub.seen.length
  await makeRunSmall(page)
  await button(page, 'Learn').click()
  await appears(page.getByText(/^Done: 1 step/))
  const card = page.getByRole('article', { name: `${NAME}-2, share` })
  expect((await card.locator('.stage-text').textContent())?.trim()).not.toBe('')
  expect(served.hub.seen.length).toBe(asked)
  // Of the connection that broke as it was told to.
  expect(errors.filter((text) => !/CONTENT_LENGTH_MISMATCH/.test(text))).toEqual([])
  await context.close()
})

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
