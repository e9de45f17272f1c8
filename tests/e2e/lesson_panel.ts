/** The lesson beside the page. */
import type { Locator, Page } from 'playwright'

export function lesson(page: Page): Locator {
  return page.getByRole('complementary', { name: /^Lesson/ })
}

/** What it tells in numbers. */
export function told(page: Page): Locator {
  return lesson(page).locator('.lesson-numbers')
}

/** The panel that the page outlines; '' where it outlines nothing. */
export function pointed(page: Page): Promise<string> {
  return page.evaluate(() => document.querySelector<HTMLElement>('[data-pointed]')?.dataset.panel ?? '')
}
