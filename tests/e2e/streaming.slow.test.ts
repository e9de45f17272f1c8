/** Nothing moves while the recorded run plays, nor while a run from a link learns. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { expectStill, watchShifts } from './layout_shifts'
import { button, headline, linkTo, openSite, quickRun, type VisitedSite } from './visitors'

const SIZES = [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
]

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

test.for(SIZES)('while the recorded run plays, $width pixels wide', async (size) => {
  const context = await site.browser.newContext({ viewport: size, serviceWorkers: 'block' })
  await watchShifts(context)
  const page = await context.newPage()
  await page.goto(site.address)
  // This step or a later one.
  await appears(headline(page, /^Recorded run: step ([2-9]|[12]\d) of 20$/))
  await expectStill(page)
  await context.close()
})

test.for(SIZES)('while a run from a link writes and learns, $width pixels wide', async (size) => {
  const { context, page } = await site.visit('about:blank', watchShifts)
  await page.setViewportSize(size)
  await page.goto(site.address + linkTo(quickRun({ steps: 3, evalEvery: 1 })))
  for (const step of [1, 2]) {
    await button(page, 'Next step').click()
    // At once: the conversation of the next question is another element.
    await page.evaluate(() => document.querySelector('.talk')?.scrollIntoView({ block: 'nearest' }))
    await appears(headline(page, `Paused: ${step} of 3 steps`))
  }
  await expectStill(page)
  await context.close()
})

test('a resized window has the layout of a new window of that size', async () => {
  const { context, page } = await site.visit()
  await button(page, 'Skip to the end of the recording').click()
  const laidOut = () =>
    page.evaluate(() => {
      const part = (selector: string) => document.querySelector(selector) ?? document.body
      const columns = getComputedStyle(part('.talk-ideas')).gridTemplateColumns.split(' ').length
      return [columns, getComputedStyle(part('.question')).position]
    })
  const opened: unknown[] = []
  for (const size of SIZES) {
    await page.setViewportSize(size)
    await page.reload()
    await button(page, 'Skip to the end of the recording').click()
    opened.push(await laidOut())
  }
  expect(opened[0]).not.toEqual(opened[1])
  for (const [i, size] of [...SIZES.entries(), ...SIZES.entries()]) {
    await page.setViewportSize(size)
    await expect.poll(laidOut).toEqual(opened[i])
  }
  await context.close()
})
