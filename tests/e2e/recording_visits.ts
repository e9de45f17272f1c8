/** Visitors' views and requests of the recorded run. */
import type { Locator, Page } from 'playwright'

export function recording(page: Page): Locator {
  return page.locator('.run-where[data-source="recorded"]')
}

/** How often the page has asked for the recording since this was called. */
export function recordingRequests(page: Page): () => number {
  let count = 0
  page.on('request', (request) => {
    if (request.url().endsWith('.jsonl')) count++
  })
  return () => count
}
