/** While texts stream in nothing moves, nor while the page comes together, and a word is little work: the built page in a real Chromium. */
import type { BrowserContext, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { button, headline, linkTo, openSite, quickRun, type VisitedSite } from './visitors'

/** Far beyond what a step takes alone: two cores may be busy with other tests. */
const LONG = { timeout: 240_000 }
/** The web calls a page good below 0.1. A caret that moves on with its text is about 0.00003. */
const MOST_SHIFT = 0.02
const SIZES = [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
]

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
}, 240_000)
afterAll(() => site?.close())

/** Notes all shifts from the opening of each page on, but those that a press asked for, with what moved. */
function watched(context: BrowserContext): Promise<unknown> {
  return context.addInitScript(() => {
    const shifts: [shift: number, what: string][] = []
    Object.assign(globalThis, { shifts })
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput, sources } of list.getEntries() as (PerformanceEntry & {
        value: number
        hadRecentInput: boolean
        sources: { node: Node | null }[]
      })[])
        if (!hadRecentInput)
          shifts.push([value, sources.map(({ node }) => node?.textContent?.slice(0, 40)).join(' | ')])
    }).observe({ type: 'layout-shift', buffered: true })
  })
}

async function expectStill(page: Page): Promise<void> {
  const shifts = await page.evaluate(
    () => (globalThis as unknown as { shifts: [shift: number, what: string][] }).shifts,
  )
  const largest = [...shifts].sort(([a], [b]) => b - a).slice(0, 3)
  const sum = shifts.reduce((total, [shift]) => total + shift, 0)
  expect(sum, `moved: ${JSON.stringify(largest)}`).toBeLessThan(MOST_SHIFT)
}

test.for(SIZES)('while the recorded run plays, $width pixels wide', async (size) => {
  const context = await site.browser.newContext({ viewport: size, serviceWorkers: 'block' })
  await watched(context)
  const page = await context.newPage()
  await page.goto(site.address)
  await page.getByRole('heading', { name: 'Recorded run: step 2 of 12' }).waitFor(LONG)
  await expectStill(page)
  await context.close()
})

test.for(SIZES)('while a run from a link writes and learns, $width pixels wide', async (size) => {
  const { context, page } = await site.visit('about:blank', watched)
  await page.setViewportSize(size)
  await page.goto(site.address + linkTo(quickRun({ steps: 3, evalEvery: 1 })))
  await button(page, 'Start the shared run').click()
  await page.locator('.stage-row').first().scrollIntoViewIfNeeded()
  await headline(page, 'Learning: 2 of 3 steps').waitFor(LONG)
  await expectStill(page)
  await context.close()
})

test('a word that is written has few elements styled anew, and not the whole page', async () => {
  const { context, page } = await site.visit()
  await page.locator('.stage-text .word').first().waitFor(LONG)
  await site.browser.startTracing(page, { categories: ['devtools.timeline'] })
  await page.getByRole('heading', { name: 'Recorded run: step 1 of 12' }).waitFor(LONG)
  const trace = JSON.parse((await site.browser.stopTracing()).toString()) as {
    traceEvents: { name: string; args: { elementCount?: number } }[]
  }
  const styled = trace.traceEvents
    .filter(({ name }) => name === 'UpdateLayoutTree')
    .map(({ args }) => args.elementCount ?? 0)
    .sort((a, b) => a - b)
  expect(styled.length).toBeGreaterThan(10)
  expect(await page.locator('*').count()).toBeGreaterThan(500)
  expect(styled[Math.floor(styled.length / 2)]).toBeLessThan(50)
  await context.close()
})

test('a window that is made wider or narrower is laid out as one that was opened so', async () => {
  const { context, page } = await site.visit()
  await button(page, 'Skip to the end of the recording').click()
  const laidOut = () =>
    page.evaluate(() => {
      const part = (selector: string) => document.querySelector(selector) ?? document.body
      const lines =
        part('.exchange-step').getBoundingClientRect().top -
        part('.exchange-head').getBoundingClientRect().top
      return [Math.round(lines), getComputedStyle(part('.mode')).gridTemplateColumns.split(' ').length]
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
