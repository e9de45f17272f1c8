/** The runs that a browser keeps, in two of its tabs. */
import type { BrowserContext, Page } from 'playwright'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { appears } from './appears'
import { recording } from './recording_visits'
import { button, headline, linkTo, openSite, openTab, quickRun, type VisitedSite } from './visitors'

const config = quickRun({ steps: 3, evalEvery: 1, checkpointEvery: 1 })

let site: VisitedSite
let context: BrowserContext

beforeAll(async () => {
  site = await openSite()
})
// Each test starts with an empty store.
beforeEach(async () => {
  context = await site.browser.newContext({ viewport: { width: 1280, height: 900 }, serviceWorkers: 'block' })
  return () => context.close()
})
afterAll(() => site?.close())

async function open(link = ''): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${site.address}${link}`)
  return page
}

test('a second tab says at once that the run is in another tab, and reads along on request', async () => {
  const link = linkTo({ ...config, seed: config.seed + 1 })
  const writer = await open(link)
  await button(writer, 'Next step').click()
  await appears(headline(writer, 'Paused: 1 of 3 steps'))
  const reader = await open(link)
  const notice = reader.getByRole('region', { name: 'Run in another tab' })
  await button(notice, 'Read along').waitFor()
  await button(reader, 'Start the shared run').click()
  await reader
    .getByRole('alert')
    .getByText('This run goes on in another tab. Read along here, or stop it there.')
    .waitFor()
  await button(notice, 'Read along').click()
  await button(writer, 'Continue').click()
  await appears(headline(reader, 'Done'))
})

test('one tab runs, another reads along; then the run is named, pinned, deleted and restored', async () => {
  const writer = await open(linkTo(config))
  await button(writer, 'Next step').click()
  await appears(headline(writer, 'Paused: 1 of 3 steps'))

  const reader = await open()
  await openTab(reader, 'Details')
  await reader.getByText('Kept runs (1)').click()
  await reader.getByText('It runs in another tab').waitFor()
  await expect.poll(() => button(reader, 'Continue').count()).toBe(0)
  await expect.poll(() => button(reader, 'Delete').isDisabled()).toBe(true)
  await button(reader.locator('.kept-run'), 'Read along').click()
  await button(writer, 'Continue').click()
  await appears(headline(reader, 'Done'))
  await appears(headline(writer, 'Done'))
  const digest = (page: Page) => page.locator('code.digest').textContent()
  expect(await digest(reader)).toBe(await digest(writer))
  await writer.close()

  await reader.reload()
  await openTab(reader, 'Details')
  await reader.getByText('Kept runs (1)').click()
  const name = reader.getByRole('textbox', { name: /^Name of the run/ })
  await name.fill('Monday’s class')
  await name.press('Enter')
  await button(reader, 'Pin').click()
  await button(reader, 'Pinned').waitFor()
  await button(reader, 'Delete').click()
  await reader.getByText('Monday’s class was deleted.').waitFor()
  await button(reader, 'Undo').click()
  await button(reader, 'Pinned').waitFor()
  await expect.poll(() => name.inputValue()).toBe('Monday’s class')
  await button(reader, 'Delete').click()
  await reader.getByText('Monday’s class was deleted.').waitFor()
  await reader.reload()
  // The recording plays once the page knows that nothing is kept.
  await recording(reader).waitFor()
  await openTab(reader, 'Details')
  await reader.getByText('Kept runs (0)').waitFor()
})
