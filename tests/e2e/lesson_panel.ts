/** The lesson beside the page. */
import type { Locator, Page } from 'playwright'

export function lesson(page: Page): Locator {
  return page.getByRole('complementary', { name: /^Lesson/ })
}

/** Returns the lesson's numbers. */
export function told(page: Page): Locator {
  return lesson(page).locator('.lesson-numbers')
}

/** Returns the panel that the page outlines; '' where there is none. */
export function pointed(page: Page): Promise<string> {
  return page.evaluate(() => document.querySelector<HTMLElement>('[data-pointed]')?.dataset.panel ?? '')
}
