/** The guided lesson, as pupils and teachers meet it: the built site, a real Chromium, a real step. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RECORDED_RUN } from '../../src/runs/recording'
import { focused } from './by_keyboard'
import { lesson, pointed, told } from './lesson_panel'
import { button, drawn, headline, linkTo, openSite, quickRun, type VisitedSite } from './visitors'

const RUN = quickRun({ steps: 3 })
let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

test('a teacher makes a link to a page of the lesson that hides other panels', async () => {
  const { context, page } = await site.visit(`${site.address}${linkTo(RUN)}`)
  await button(page, 'Share').click()
  const dialog = page.getByRole('dialog', { name: 'Share this run' })
  await dialog.getByText('For a lesson').click()
  for (const part of ['All settings', 'Lesson button', 'How they interact'])
    await dialog.getByLabel(part, { exact: true }).check()
  await dialog.getByLabel('Open the guided lesson').check()
  await dialog.getByLabel('at page').selectOption('6: Rewards in the light of others')
  const link = await dialog.getByLabel('Link', { exact: true }).inputValue()
  expect(link).toMatch(/&hide=settings,lesson,interactions&lesson=6$/)
  await context.close()

  const pupil = await site.visit(link)
  await lesson(pupil.page).getByText('6 of 8').waitFor()
  await expect.poll(() => button(pupil.page, 'Lesson').count()).toBe(0)
  await expect.poll(() => button(pupil.page, 'Settings').count()).toBe(0)
  // The lesson points at no hidden panel.
  expect(await pointed(pupil.page)).toBe('')
  expect(
    await lesson(pupil.page)
      .getByRole('button', { name: /^Look at/ })
      .count(),
  ).toBe(0)
  await button(pupil.page, 'Back').click()
  await lesson(pupil.page).getByRole('button', { name: 'Look at “Their discussion”' }).waitFor()
  await button(pupil.page, 'Close the lesson').click()
  await lesson(pupil.page).waitFor({ state: 'detached' })
  expect((await focused(pupil.page)).name).toBe('Let them learn')
  // The address may change while the page is open.
  await pupil.page.evaluate(() => {
    location.hash = 'lesson=2'
  })
  await lesson(pupil.page).getByText('2 of 8').waitFor()
  expect(pupil.troubles).toEqual([])
  await pupil.context.close()
})

test('without a run, the lesson uses the recorded run, which stands still', async () => {
  const { context, page, troubles } = await site.visit(`${site.address}#lesson=7`)
  await headline(page, `Recorded run: step ${RECORDED_RUN.steps} of ${RECORDED_RUN.steps}`).waitFor()
  await told(page)
    .getByText(/^Up to step 20: dee 0\s% → 98\s%, eli 0\s% → 88\s%\./)
    .waitFor()
  await page.getByRole('img', { name: /^Right alone: dee from 0 to 98 percent/ }).waitFor()
  await button(page, 'Close the lesson').click()
  // The panel it describes stays in view.
  await headline(page, `Recorded run: step ${RECORDED_RUN.steps} of ${RECORDED_RUN.steps}`).waitFor()
  expect(troubles).toEqual([])
  await context.close()
})

test('on a narrow screen the lesson is a folding sheet, and the run’s buttons stay in reach', async () => {
  const { context, page, troubles } = await site.visit(`${site.address}#lesson=1`)
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.setViewportSize({ width: 360, height: 800 })
  await lesson(page).waitFor()
  const height = async () => (await lesson(page).boundingBox())?.height ?? 0
  expect(await height()).toBeLessThanOrEqual(360)
  expect(await page.evaluate(() => document.body.scrollWidth - document.body.clientWidth)).toBe(0)
  await button(page, 'Look at “Their discussion”').click()
  await page.waitForFunction(() => scrollY > 0)
  // Playwright presses only what nothing covers.
  await button(page, 'Let them learn').click({ trial: true })
  await page.getByRole('article', { name: 'dee, share' }).locator('.bubble-title').click({ trial: true })
  await button(page, 'Fold').click()
  expect(await height()).toBeLessThan(80)
  await expect.poll(() => button(page, 'Next').isVisible()).toBe(false)
  await button(page, 'Unfold').click()
  await button(page, 'Next').click()
  await lesson(page).getByText('2 of 8').waitFor()
  // Where motion is unwanted the page moves only when asked.
  const before = await page.evaluate(() => scrollY)
  await drawn(page)
  expect(await page.evaluate(() => scrollY)).toBe(before)
  expect(troubles).toEqual([])
  await context.close()
})
