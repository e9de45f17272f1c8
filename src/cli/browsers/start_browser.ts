import { ColloquyError, type ErrorDetail } from '../../errors'
import { findBrowser } from './browser'

/** Of the command that wants a browser: its name, what for, and what to do where there is none. */
export type BrowserWish = Pick<ErrorDetail, 'what' | 'wanted' | 'todo'>

/** @throws ColloquyError `backend` where there is no browser, or none that starts */
export async function startBrowser<T>(
  wish: BrowserWish,
  launch: (executablePath: string) => Promise<T>,
): Promise<T> {
  const missing = (found: string, cause?: unknown) =>
    new ColloquyError({ code: 'backend', ...wish, found }, { cause })
  const path = findBrowser()
  if (path === null) throw missing('no Chrome, Chromium or Edge')
  try {
    return await launch(path)
  } catch (cause) {
    throw missing(`${path}, which does not start`, cause)
  }
}
