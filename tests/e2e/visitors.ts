/** Visitors of the built page, each in a fresh profile of a real Chromium. */
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright'
import { BROWSER_FLAGS, findBrowser } from '../../src/cli/browser'
import { ensureBuild, type Site, serveBuild } from '../../src/cli/site'
import type { RunConfig } from '../../src/runs/config'
import { presetConfig } from '../../src/runs/presets'
import { shareLink } from '../../src/runs/share_link'

/** Where screenshots go. */
export const SHOTS = 'artifacts'

export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  /** What went wrong on the page. */
  readonly errors: string[]
  /** Requests that left its address. */
  readonly outside: string[]
  /** Both. */
  readonly troubles: string[]
}

/** Other tests than those of the service worker go without: it keeps 20 MB in each fresh profile. */
export interface Profile {
  readonly serviceWorkers?: 'allow' | 'block'
}

export interface VisitedSite {
  /** Ends with a slash. */
  readonly address: string
  readonly browser: Browser
  /**
   * A new visitor at `link`, or at the address alone.
   * @param prepare is called before the page is opened
   */
  visit(
    link?: string,
    prepare?: (context: BrowserContext) => Promise<unknown>,
    profile?: Profile,
  ): Promise<Visit>
  close(): Promise<void>
}

/** @param serve starts what serves the build, where that is not to be our own server as it is */
export async function openSite(serve: () => Promise<Site> = () => serveBuild(0)): Promise<VisitedSite> {
  await ensureBuild()
  const { url: address, close } = await serve()
  const browser = await chromium.launch({
    executablePath: findBrowser() ?? undefined,
    args: [...BROWSER_FLAGS],
  })
  return {
    address,
    browser,
    async visit(link = address, prepare, { serviceWorkers = 'block' } = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, serviceWorkers })
      await prepare?.(context)
      const page = await context.newPage()
      const visit: Visit = { context, page, errors: [], outside: [], troubles: [] }
      const error = (text: string) => {
        visit.errors.push(text)
        visit.troubles.push(text)
      }
      page.on('console', (message) => {
        if (message.type() === 'error') error(message.text())
      })
      page.on('pageerror', ({ message }) => error(message))
      page.on('request', (request) => {
        const url = request.url()
        if (url.startsWith(address) || /^(data|blob):/.test(url)) return
        visit.outside.push(url)
        visit.troubles.push(`request to ${url}`)
      })
      await page.goto(link)
      return visit
    },
    async close() {
      await browser.close()
      await close()
    },
  }
}

export function button(within: Page | Locator, name: string | RegExp): Locator {
  return within.getByRole('button', { name, exact: true })
}

export function headline(page: Page, text: string): Locator {
  return page.locator('.run-headline', { hasText: text })
}

/** Opens all settings, and fills some in by their labels. */
export async function fillSettings(page: Page, values: Readonly<Record<string, string>>): Promise<void> {
  await page.getByText('More settings').click()
  for (const [label, value] of Object.entries(values))
    await page.getByLabel(label, { exact: true }).fill(value)
}

/** What stands behind the page's address for this run of embedded peers, without a result. */
export function linkTo(config: RunConfig): string {
  return shareLink('', { config, models: config.peers.map(() => null), result: null })
}

/** A run of preset duet with steps of one question, over in seconds. */
export function quickRun(changes: Partial<RunConfig>): RunConfig {
  const small = { seed: 5, questionsPerStep: 1, numGenerations: 2, abilityQuestions: 4, evalSize: 4 }
  return presetConfig('duet', { ...small, ...changes })
}
