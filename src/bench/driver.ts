import type { Browser, BrowserContext, Page } from 'playwright'
import type { Plugin } from 'vite'
import type { RunConfig } from '../config/config'
import { ColloquyError } from '../errors'
import { shareLink } from '../runs/share_link'
import type { Found, SuiteSettings } from './suite'

/** What a suite that drives browsers from outside may open; the maker closes everything after the suite. */
export interface Driver {
  say(text: string): Promise<void>
  /** A headless browser, a process of its own. @throws ColloquyError `backend` where there is none */
  openBrowser(flags?: readonly string[]): Promise<Browser>
  /** A browser with a profile on disk, new and empty, as a visitor's is. */
  openProfile(): Promise<BrowserContext>
  /** Where the build of this checkout lies. */
  readonly build: string
  /** Serves the build of this checkout, or of another one, and gives the address, which ends with a slash. */
  serve(options?: { readonly root?: string; readonly plugins?: readonly Plugin[] }): Promise<string>
  /** Another checkout to compare with, or null. */
  readonly baseline: string | null
}

export type DrivenSuite = (settings: SuiteSettings, driver: Driver) => Promise<Found>

/** What `work` gives, or the end of the page, whichever is first. @throws ColloquyError `worker` where the page ends */
export function whileAlive<T>(page: Page, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const died = () =>
      reject(
        new ColloquyError({
          code: 'worker',
          what: 'benchmark page',
          found: 'it ended in the middle',
          wanted: 'a page that runs to the end',
          todo: 'Try again; close what else needs memory',
        }),
      )
    page.on('crash', died)
    page.on('close', died)
    work.then(resolve, reject).finally(() => {
      page.off('crash', died)
      page.off('close', died)
    })
  })
}

/** The address of a page that offers to start a run. */
export function runLink(site: string, config: RunConfig): string {
  return shareLink(site, { config, models: config.peers.map(() => null), result: null })
}
