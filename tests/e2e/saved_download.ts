import type { Page } from 'playwright'
import { button } from './visitors'

/** Presses a button that gives the visitor a file, and saves that at `path`. @returns the path */
export async function saveDownload(page: Page, name: string, path: string): Promise<string> {
  const coming = page.waitForEvent('download')
  await button(page, name).click()
  await (await coming).saveAs(path)
  return path
}
