/** Measures how far visible content moves. */
import type { BrowserContext, Page } from 'playwright'
import { expect } from 'vitest'

/** The web calls a page good below 0.1. A caret that moves on with its text is about 0.00003. */
const MOST_SHIFT = 0.02
/**
 * Records the layout shifts of an open page from now on, or of each page of a context from its opening, with
 * the moved elements. Shifts right after a press do not count.
 */
export function watchShifts(watched: BrowserContext | Page): Promise<unknown> {
  return 'evaluate' in watched ? watched.evaluate(recordShifts) : watched.addInitScript(recordShifts)
}

function recordShifts(): void {
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
  }).observe({ type: 'layout-shift' })
}

/** Expects that next to nothing has moved in the page while it was watched. */
export async function expectStill(page: Page): Promise<void> {
  const shifts = await page.evaluate(
    () => (globalThis as unknown as { shifts: [shift: number, what: string][] }).shifts,
  )
  const largest = [...shifts].sort(([a], [b]) => b - a).slice(0, 3)
  const sum = shifts.reduce((total, [shift]) => total + shift, 0)
  expect(sum, `moved: ${JSON.stringify(largest)}`).toBeLessThan(MOST_SHIFT)
}
