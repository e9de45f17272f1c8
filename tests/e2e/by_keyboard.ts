/** Moves through the page with Tab, like a visitor without a pointer. */
import type { Page } from 'playwright'
import { expect } from 'vitest'

/** More stops than the page has. */
const STOPS = 150

/**
 * Returns the focused element's name, as a screen reader says it, and whether it is outlined and in view. The
 * name is '' where the browser's own bar has the focus.
 */
export function focused(page: Page): Promise<{ name: string; outlined: boolean; inView: boolean }> {
  return page.evaluate(() => {
    const element = document.activeElement ?? document.body
    const labels = element instanceof HTMLInputElement ? [...(element.labels ?? [])] : []
    const text = labels[0]?.textContent ?? element.textContent ?? ''
    const name = element === document.body ? '' : (element.getAttribute('aria-label') ?? text)
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

/** Presses Tab until the wanted element has the focus; every stop on the way must be visible. */
export async function tabTo(page: Page, wanted: string | RegExp): Promise<void> {
  for (let stop = 0; stop < STOPS; stop++) {
    await page.keyboard.press('Tab')
    const { name, outlined, inView } = await focused(page)
    // The browser's own bar comes after the last stop.
    if (name === '') continue
    expect({ name, outlined, inView }).toEqual({ name, outlined: true, inView: true })
    if (typeof wanted === 'string' ? name === wanted : wanted.test(name)) return
  }
  throw new Error(`Tab does not come to ${wanted}`)
}
