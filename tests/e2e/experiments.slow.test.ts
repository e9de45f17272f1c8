/** "You could try…": a press sets up an experiment, which runs and is compared with the run before. */
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import {
  button,
  headline,
  linkTo,
  openSettings,
  openSite,
  openTab,
  quickRun,
  type VisitedSite,
} from './visitors'

const SMALL = {
  'Questions per step': '1',
  'Tries per question': '2',
  'Ability questions': '1',
  'Test size': '1',
}

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

const setUp = async (page: Page, title: string) => {
  await openTab(page, 'Compare')
  await page.getByText('You could try…').click()
  await button(page, `Set it up: ${title}`).click()
}
/** Runs one step of the form's experiment, as small as possible. */
async function smallStep(page: Page): Promise<void> {
  await openSettings(page)
  for (const [label, value] of Object.entries(SMALL))
    await page.getByLabel(label, { exact: true }).fill(value)
  await button(page, 'Next step').click()
  await appears(headline(page, 'Paused: 1 of 20 steps'))
  await button(page, 'Stop').click()
  await appears(headline(page, 'Stopped'))
}

test('an experiment fills in the form, names its changes and what to look for, and compares with the run before', async () => {
  const { context, page, troubles } = await site.visit()
  await setUp(page, 'Two half-right ideas become one right answer')
  const note = page.locator('.experiment-set-up')
  await expect
    .poll(() => note.textContent())
    .toMatch(/is set up\. Changed: .*Discuss: disputed.*look at stage Fuse/)
  expect((await note.boundingBox())?.y).toBeGreaterThanOrEqual(0)
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Let them learn')
  await openSettings(page)
  await expect.poll(() => page.getByRole('radio', { name: /^halves/ }).isChecked()).toBe(true)
  await expect.poll(() => page.getByLabel('Discuss', { exact: true }).inputValue()).toBe('disputed')
  await page.getByText('More settings').click()
  await smallStep(page)
  // The form no longer matches the experiment, so its stated numbers do not apply.
  await expect.poll(() => note.count()).toBe(0)

  await setUp(page, 'The same questions, every peer for itself')
  await expect
    .poll(() => note.textContent())
    .toMatch(/Method: Practise alone.*Calibration: off.*stays beside it/)
  await page.getByRole('heading', { name: /^Beside “halves, seed \d+”$/ }).waitFor()
  await smallStep(page)
  await page.locator('.mode', { hasText: 'They practise alone: no discussion.' }).waitFor()
  await openTab(page, 'Compare')
  await page.getByRole('cell', { name: 'Practise alone', exact: true }).waitFor()
  expect(troubles).toEqual([])
  await context.close()
})

test('no experiment can be set up during a run, nor where a lesson hides its settings', async () => {
  const { context, page } = await site.visit(`${site.address}${linkTo(quickRun({ steps: 500 }))}`)
  await button(page, 'Let them learn').click()
  await appears(headline(page, 'Learning'))
  await openTab(page, 'Compare')
  await page.getByText('You could try…').click()
  const first = page.getByRole('button', { name: /^Set it up/ }).first()
  await expect.poll(() => first.isDisabled()).toBe(true)
  await button(page, 'Stop').click()
  await appears(headline(page, 'Stopped'))
  await expect.poll(() => first.isEnabled()).toBe(true)
  await context.close()

  const lesson = await site.visit(`${site.address}${linkTo(quickRun({}))}&hide=preset`)
  // The link has been read once its run is shown.
  await button(lesson.page, 'Start the shared run').waitFor()
  await expect.poll(() => lesson.page.getByText('You could try…').count()).toBe(0)
  await lesson.context.close()
})
