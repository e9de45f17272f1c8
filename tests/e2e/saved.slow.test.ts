/** A visitor pauses, leaves and returns: no finished step is lost. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { button, headline, linkTo, openSite, quickRun, runAnother, type VisitedSite } from './visitors'

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

test('a run paused at step 3, between its checkpoints, continues from there after a reload, to the digest of an undisturbed one', async () => {
  const run = quickRun({ steps: 5, evalEvery: 2, checkpointEvery: 100 })
  const { context, page, troubles } = await site.visit(site.address + linkTo(run))
  for (const step of [1, 2, 3]) {
    await button(page, 'Next step').click()
    await appears(headline(page, `Paused: ${step} of 5 steps`))
  }
  const saved = headline(page, 'Your run of duet was saved at step 3 of 5')
  // With and without the run's link.
  await page.reload()
  await saved.waitFor()
  await page.goto('about:blank')
  await page.goto(site.address)
  await saved.waitFor()
  await button(page, 'Continue').click()
  await appears(headline(page, 'Done: 5 of 5 steps'))
  const digest = () => page.locator('.digest').first().textContent()
  const continued = await digest()
  await runAnother(page, () => button(page, 'Let them learn').click())
  expect(await digest()).toBe(continued)
  expect(troubles).toEqual([])
  await context.close()
})
