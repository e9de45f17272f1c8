/** axe-core on all other views of the built page: every tab, sheet and dialog. */
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { violations } from './axe_violations'
import { recording } from './recording_visits'
import {
  button,
  fillSettings,
  headline,
  linkTo,
  openSettings,
  openSite,
  openTab,
  quickRun,
  runAnother,
  textDetails,
  type VisitedSite,
} from './visitors'

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

/** Expects that axe finds nothing in the view at any size, then restores the size. */
async function expectNone(page: Page): Promise<void> {
  expect(await violations(page)).toEqual([])
  await page.setViewportSize({ width: 1280, height: 900 })
}

test('the recorded run at its end, and experiments to choose from', async () => {
  const { context, page, troubles } = await site.visit()
  await recording(page).waitFor()
  await button(page, 'Skip to the end of the recording').click()
  await page.locator('.notice-done').waitFor()
  await expectNone(page)
  await openTab(page, 'Compare')
  await page.getByText('You could try…').click()
  await page
    .getByRole('button', { name: /^Set it up/ })
    .first()
    .waitFor()
  await expectNone(page)
  expect(troubles).toEqual([])
  await context.close()
})

test('a pinned step, with reasons of its numbers, and zoomed charts', async () => {
  const { context, page, troubles } = await site.visit()
  await recording(page).waitFor()
  await button(page, 'Skip to the end of the recording').click()
  await openTab(page, 'Details')
  await page.getByText('Why so close to 0?').click()
  const reward = page.getByRole('slider', { name: /^Mean reward/ })
  for (const key of ['Home', 'Enter', '+']) await reward.press(key)
  await page.getByText('Prompts of this task').click()
  await page.getByRole('button', { name: 'All steps' }).first().waitFor()
  await expectNone(page)
  await openTab(page, 'Discussion')
  await page.getByText('recorded, step 1, pinned').waitFor()
  await page.locator('.mode-why summary').click()
  await expectNone(page)
  expect(troubles).toEqual([])
  await context.close()
})

test('a visitor’s question, answered and analyzed', async () => {
  const { context, page, troubles } = await site.visit(site.address + linkTo(quickRun({})))
  await openTab(page, 'Ask them')
  const panel = page.getByRole('region', { name: 'Ask the peers' })
  await panel
    .getByRole('button', { name: /too hard for ada/ })
    .first()
    .click()
  await button(panel, 'Ask').click()
  await appears(panel.getByText('All have answered.'))
  await expectNone(page)
  await page.getByLabel('Your question').fill('')
  await button(panel, 'Ask').click()
  await appears(panel.getByRole('alert'))
  await expectNone(page)
  expect(troubles).toEqual([])
  await context.close()
})

test('a run of one step, the settings, and the dialogs of models, of texts and of sharing', async () => {
  const { context, page } = await site.visit()
  await fillSettings(page, {
    'Questions per step': '1',
    'Tries per question': '2',
    'Ability questions': '1',
    'Test size': '1',
  })
  await button(page, 'Next step').click()
  await appears(headline(page, 'Paused'))
  await expectNone(page)
  const details = await textDetails(page, 'dee', 'share')
  await details.getByRole('option').first().focus()
  await page.getByText('What the numbers mean').click()
  await expectNone(page)
  await page.keyboard.press('Escape')

  await button(page, 'Share').click()
  await page.getByRole('dialog').getByText('As a QR code').click()
  await page.getByRole('img', { name: 'QR code of the link' }).waitFor()
  await expectNone(page)
  await page.keyboard.press('Escape')

  await button(page, 'Stop').click()
  await appears(headline(page, 'Stopped'))
  await openSettings(page)
  await button(page, 'Change model of eli…').click()
  await page.getByRole('dialog').waitFor()
  await expectNone(page)
  await context.close()
})

test('the lesson beside the page, and its worksheet with the key', async () => {
  const { context, page, troubles } = await site.visit(`${site.address}#lesson=4`)
  await headline(page, 'Recorded run: step 20 of 20').waitFor()
  await page.getByText(/^All tries of a group scored the same/).click()
  await expectNone(page)
  await button(page, 'Print worksheet').click()
  await page.getByLabel(/answer key/).check()
  await page.getByRole('img', { name: 'QR code of the link' }).waitFor()
  await expectNone(page)
  expect(troubles).toEqual([])
  await context.close()
})

test('a shared run, an invalid setting, and the consent to contact a server', async () => {
  const elsewhere = { task: 'question-file', questionFile: 'https://questions.example.org/q.jsonl' } as const
  const { context, page } = await site.visit(site.address + linkTo(quickRun(elsewhere)))
  await page.getByText('It needs something from questions.example.org.').waitFor()
  await fillSettings(page, { Seed: 'x' })
  await button(page, 'Let them learn').click()
  await page.getByRole('alert').waitFor()
  await expectNone(page)
  await page.getByLabel('Seed', { exact: true }).fill('1')
  await button(page, 'Let them learn').click()
  await page.getByRole('dialog', { name: 'May this page ask questions.example.org?' }).waitFor()
  await expectNone(page)
  await context.close()
})

test('the end of a run, a comparison and kept runs', async () => {
  const { context, page } = await site.visit(site.address + linkTo(quickRun({ steps: 1 })))
  await button(page, 'Let them learn').click()
  await appears(page.getByText(/^Done: 1 step/))
  await expectNone(page)
  await runAnother(page, () => button(page.locator('.notice-done'), 'The same without discussion').click())
  await openTab(page, 'Compare')
  await page.getByText('Beside “duet, seed 5”').waitFor()
  await expectNone(page)
  await openTab(page, 'Details')
  await page.getByText(/^Kept runs/).click()
  await expectNone(page)
  await context.close()
})
