import type { RunConfig } from '../../config/config'
import { ColloquyError, type WireError } from '../../errors'
import { BROWSER_FLAGS } from './browser'
import type { PageEvent, PageRunOptions } from './headless'

/** What `window.headlessRun` is called with. */
export type RunCall = readonly [RunConfig, PageRunOptions]

/** A page as far as a run needs one, as Playwright and `scripted_session.ts` have it. */
export interface HeadlessPage {
  exposeFunction(name: string, called: (events: readonly PageEvent[]) => void): Promise<unknown>
  goto(url: string, options: { readonly timeout: number }): Promise<unknown>
  evaluate(work: (call: RunCall) => Promise<WireError | null>, call: RunCall): Promise<WireError | null>
}

/** A browser without a window, for one run. */
export interface HeadlessBrowser {
  /** Where it is and its version. */
  readonly name: string
  /** @param gone called where the page or the browser dies */
  openPage(gone: (what: string) => void): Promise<HeadlessPage>
  close(): Promise<void>
}

/** Signals are the command's own business. */
const OWN_SIGNALS = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false }

/** Starts a Chrome, Chromium or Edge, or gives null where this one does not start. */
export async function launchChromium(executablePath: string): Promise<HeadlessBrowser | null> {
  const { chromium } = await import('playwright')
  const browser = await chromium
    .launch({ ...OWN_SIGNALS, executablePath, args: [...BROWSER_FLAGS] })
    .catch(() => null)
  if (browser === null) return null
  return {
    name: `${executablePath} ${browser.version()}`,
    async openPage(gone) {
      const page = await browser.newPage()
      page.on('crash', () => gone('headless page'))
      browser.on('disconnected', () => gone('headless browser'))
      return page
    },
    close: () => browser.close(),
  }
}

export function browserGone(what: string, found = 'it ended in the middle of the run'): ColloquyError {
  return new ColloquyError({
    code: 'worker',
    what,
    found,
    wanted: 'a page that runs to the end',
    todo: 'Try again; if memory is short, lower --questions or --group',
  })
}
