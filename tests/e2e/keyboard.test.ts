/** A visitor without a pointer: nothing here touches the mouse, and nothing is focused but by Tab. */
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { headline, linkTo, openSite, quickRun, type VisitedSite } from './visitors'

const LONG = { timeout: 240_000 }
/** More stops than the page has. */
const STOPS = 150

let site: VisitedSite

beforeAll(async () => {
  site = await openSite()
}, 240_000)
afterAll(() => site?.close())

/** What has the focus, as a screen reader would name it, and whether that is to be seen. */
function focused(page: Page): Promise<{ name: string; outlined: boolean; inView: boolean }> {
  return page.evaluate(() => {
    const element = document.activeElement ?? document.body
    const labels = element instanceof HTMLInputElement ? [...(element.labels ?? [])] : []
    const name = element.getAttribute('aria-label') ?? labels[0]?.textContent ?? element.textContent ?? ''
    // The segments of a choice draw the outline around themselves.
    const drawn = labels.find((label) => label.classList.contains('segment')) ?? element
    const { top, bottom } = element.getBoundingClientRect()
    const { outlineStyle, outlineWidth } = getComputedStyle(drawn)
    return {
      name: name.trim(),
      outlined: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0,
      inView: bottom > 0 && top < innerHeight,
    }
  })
}

/** Goes on with Tab until that has the focus; every stop on the way must be visible. */
async function tabTo(page: Page, wanted: string | RegExp): Promise<void> {
  for (let stop = 0; stop < STOPS; stop++) {
    await page.keyboard.press('Tab')
    const { name, outlined, inView } = await focused(page)
    // Behind the last stop is the browser's own bar.
    if (name === '' || name === (await page.textContent('body'))?.trim()) continue
    expect({ name, outlined, inView }).toEqual({ name, outlined: true, inView: true })
    if (typeof wanted === 'string' ? name === wanted : wanted.test(name)) return
  }
  throw new Error(`Tab does not come to ${wanted}`)
}

test('settings, a run, its prompts, a link to it and its deletion, all by Tab and Enter', async () => {
  const { context, page, troubles } = await site.visit(`${site.address}${linkTo(quickRun({ steps: 2 }))}`)
  await tabTo(page, 'Seed')
  await page.keyboard.press('Control+A')
  await page.keyboard.type('11')
  await tabTo(page, 'One step')
  await page.keyboard.press('Enter')
  await headline(page, 'Paused: 1 of 2 steps').waitFor(LONG)
  // The focus stays where it is while buttons change around it.
  expect((await focused(page)).name).toBe('One step')
  await tabTo(page, 'Prompt')
  await page.keyboard.press('Enter')
  expect(await page.locator('.stage-more details[open]').count()).toBe(1)

  await page.keyboard.press('Escape')
  await tabTo(page, 'Go on')
  await page.keyboard.press('Enter')
  await page.getByText(/^Done: 2 steps/).waitFor(LONG)

  await tabTo(page, 'Share')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  // Inside a dialog Tab stays inside it.
  for (let stop = 0; stop < 40; stop++) {
    await page.keyboard.press('Tab')
    const outside = await page.evaluate(() => {
      const element = document.activeElement
      return element !== null && element !== document.body && element.closest('dialog') === null
    })
    expect(outside).toBe(false)
  }
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  expect((await focused(page)).name).toBe('Share')

  await tabTo(page, /^Kept runs \(1\)/)
  await page.keyboard.press('Enter')
  await tabTo(page, 'Delete')
  await page.keyboard.press('Enter')
  await page.getByText('Kept runs (0)').waitFor()
  await tabTo(page, 'Undo')
  await page.keyboard.press('Space')
  await page.getByText('Kept runs (1)').waitFor()

  expect(troubles).toEqual([])
  await context.close()
}, 600_000)
