/** Going through the page with Tab, as somebody without a pointer does. */
import type { Page } from 'playwright'
import { expect } from 'vitest'

/** More stops than the page has. */
const STOPS = 150

/** What has the focus, as a screen reader would name it, and whether that is to be seen. */
export function focused(page: Page): Promise<{ name: string; outlined: boolean; inView: boolean }> {
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
export async function tabTo(page: Page, wanted: string | RegExp): Promise<void> {
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
