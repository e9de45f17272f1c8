/** A clock that goes backwards: the page and its workers see a time two days before their saved run. */
import type { BrowserContext, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import {
  button,
  headline,
  linkTo,
  openSite,
  openTab,
  quickRun,
  runAnother,
  type VisitedSite,
} from './visitors'

const DAYS = 2
/** Runs before the code of a page or a worker. */
const SET_BACK = `globalThis.Date = class extends Date {
  constructor(...parts) { parts.length ? super(...parts) : super(Date.now()) }
  static now() { return super.now() - ${DAYS} * 86_400_000 }
};
`

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

async function setClockBack(context: BrowserContext): Promise<void> {
  await context.addInitScript(SET_BACK)
  // Checkpoints are written in this worker.
  await context.route(/\/run\.worker[^/]*\.js$/, async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: SET_BACK + (await response.text()) })
  })
}

const ended = (page: Page) => appears(page.getByText(/^Done: \d+ steps? in/))
const digestOf = (page: Page) => page.locator('.notice-done .digest').textContent()
const rows = (page: Page) => page.locator('.kept-run')
const titles = (page: Page) =>
  rows(page)
    .getByRole('textbox')
    .evaluateAll((names) => names.map((name) => name.getAttribute('placeholder')))
const AHEAD = 'by a clock that was ahead of this device’s clock now'

test('runs saved under a later clock keep their order, say so, and can be resumed, deleted and restored', async () => {
  const link = (changes: Parameters<typeof quickRun>[0]) =>
    `${site.address}${linkTo(quickRun({ checkpointEvery: 1, ...changes }))}`
  const { context, page: first } = await site.visit(link({ steps: 3 }))
  // From then on the form shows the run of the link.
  await button(first, 'Start the shared run').waitFor()
  await button(first, 'Next step').click()
  await appears(headline(first, 'Paused: 1 of 3 steps'))
  await openTab(first, 'Details')
  await first.getByText('Saved up to step 1 of 3').waitFor()
  await first.close()

  await setClockBack(context)
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('pageerror', ({ message }) => troubles.push(message))
  await page.goto(link({ steps: 1, seed: 6 }))
  await button(page, 'Start the shared run').click()
  await ended(page)
  await openTab(page, 'Details')
  await page.getByText('Kept runs (2)').click()
  // The run saved last comes first, although its time is earlier.
  expect(await titles(page)).toEqual(['duet, seed 6', 'duet, seed 5'])
  const today = await page.evaluate(() => new Date().toLocaleDateString())
  await expect.poll(() => rows(page).nth(0).textContent()).toContain(`Step 1 of 1, wasm, ${today}`)
  await expect.poll(() => rows(page).nth(0).textContent()).not.toContain(AHEAD)
  await expect.poll(() => rows(page).nth(1).textContent()).toContain(AHEAD)

  await button(rows(page).nth(1), 'Continue').click()
  await ended(page)
  await openTab(page, 'Details')
  await page.getByText('Saved up to step 3 of 3').waitFor()
  const digest = await digestOf(page)
  await expect.poll(() => titles(page)).toEqual(['duet, seed 5', 'duet, seed 6'])
  await expect.poll(() => rows(page).nth(0).textContent()).toContain(`Step 3 of 3, wasm, ${today}`)
  await expect.poll(() => page.getByText(AHEAD).count()).toBe(0)
  // The last two, as always.
  expect(await keptSteps(page, 5)).toEqual([2, 3])

  await button(rows(page).nth(1), 'Delete').click()
  await page.getByText('duet, seed 6 was deleted.').waitFor()
  await button(page, 'Undo').click()
  await expect.poll(() => titles(page)).toEqual(['duet, seed 5', 'duet, seed 6'])
  await button(rows(page).nth(1), 'Delete').click()
  await page.getByText('duet, seed 6 was deleted.').waitFor()
  await page.close()

  // The same run without an interruption.
  const last = await context.newPage()
  await last.goto(link({ steps: 3 }))
  await openTab(last, 'Details')
  await last.getByText('Kept runs (1)').waitFor()
  await headline(last, 'Done: 3 of 3 steps').waitFor()
  await runAnother(last, () => button(last, 'Let them learn').click())
  expect(await digestOf(last)).toBe(digest)
  expect(troubles).toEqual([])
  await context.close()
})

/** Reads the steps of a run's states directly from the database. */
function keptSteps(page: Page, seed: number): Promise<number[]> {
  return page.evaluate(async (wanted) => {
    const settled = <T>(request: IDBRequest<T>) =>
      new Promise<T>((done, failed) => {
        request.onsuccess = () => done(request.result)
        request.onerror = () => failed(request.error)
      })
    const db = await settled(indexedDB.open('colloquy'))
    const tx = db.transaction(['heads', 'states'])
    const heads: { id: string; config: { seed: number } }[] = await settled(tx.objectStore('heads').getAll())
    const keys = (await settled(tx.objectStore('states').getAllKeys())) as [string, number][]
    db.close()
    const id = heads.find(({ config }) => config.seed === wanted)?.id
    return keys.filter(([run]) => run === id).map(([, step]) => step)
  }, seed)
}
