import type { Page } from 'playwright'
import { button } from './visitors'

/**
 * Presses a button that downloads a file, and saves it at `path`.
 * @returns the path
 */
export async function saveDownload(page: Page, name: string, path: string): Promise<string> {
  const coming = page.waitForEvent('download')
  await button(page, name).click()
  await (await coming).saveAs(path)
  return path
}
