/** Visitors of the built page, each in a fresh profile of the real Chromium that all files share. */
import { type Browser, type BrowserContext, chromium, type Frame, type Locator, type Page } from 'playwright'
import { inject } from 'vitest'
import { type Site, serveBuild } from '../../src/cli/site/site'
import type { RunConfig } from '../../src/config/config'
import { presetConfig } from '../../src/config/presets'
import { shareLink } from '../../src/runs/share_link'
import { appears } from './appears'

/** Folder of screenshots. */
export const SHOTS = 'artifacts'

export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  /** Errors of the page. */
  readonly errors: string[]
  /** Requests that left its address. */
  readonly outside: string[]
  /** Errors and outside requests together. */
  readonly troubles: string[]
}

/** Only tests of the service worker use it, because it keeps 20 MB in each fresh profile. */
export interface Profile {
  readonly serviceWorkers?: 'allow' | 'block'
}

export interface VisitedSite {
  /** Ends with a slash. */
  readonly address: string
  readonly browser: Browser
  /**
   * Opens a new visitor at `link`, or at the address alone.
   * @param prepare called before the page is opened
   */
  visit(
    link?: string,
    prepare?: (context: BrowserContext) => Promise<unknown>,
    profile?: Profile,
  ): Promise<Visit>
  close(): Promise<void>
}

/**
 * Serves the built site for visitors.
 * @param serve starts another server than our own
 */
export async function openSite(serve: () => Promise<Site> = () => serveBuild(0)): Promise<VisitedSite> {
  const { url: address, close } = await serve()
  const browser = await chromium.connect(inject('browser'))
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
      // Closes this file's pages; the shared browser stays for the next file.
      await browser.close()
      await close()
    },
  }
}

export function button(within: Page | Frame | Locator, name: string | RegExp): Locator {
  return within.getByRole('button', { name, exact: true })
}

/** Opens all details of one text of the discussion in view. */
export async function textDetails(page: Page, peer: string, stage: string): Promise<Locator> {
  await button(page, `More: ${peer}, ${stage}`).click()
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  return dialog
}

export function headline(page: Page, text: string | RegExp): Locator {
  return page.locator('.run-headline', { hasText: text })
}

/** Headlines of a run beyond loading. A loaded run keeps one of them: paused, stopped or done. */
export const BEYOND_LOADING = /^(Learning|Paus|Stop|Done)/

/** Starts another run and waits for its end. The notice of the run before does not count. */
export async function runAnother(page: Page, start: () => Promise<unknown>): Promise<void> {
  await page.locator('.notice-done').evaluate((notice) => notice.setAttribute('data-before', ''))
  await start()
  await appears(page.locator('.notice-done:not([data-before])'))
}

/** Waits until the page has drawn what it shows, and effects of that have run. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
  )
}

/** Opens the settings, where they are closed. */
export async function openSettings(page: Page): Promise<void> {
  const opener = button(page, 'Settings')
  if ((await opener.getAttribute('aria-expanded')) === 'false') await opener.click()
  await page.getByRole('heading', { name: 'Settings', exact: true }).waitFor()
}

export async function openTab(page: Page, name: string): Promise<void> {
  await page.getByRole('tab', { name, exact: true }).click()
}

/** Opens all settings, and fills some in by their labels. */
export async function fillSettings(page: Page, values: Readonly<Record<string, string>>): Promise<void> {
  await openSettings(page)
  await page.getByText('More settings').click()
  for (const [label, value] of Object.entries(values))
    await page.getByLabel(label, { exact: true }).fill(value)
}

/** Returns the part of a link after the page's address, for a run of embedded peers without a result. */
export function linkTo(config: RunConfig): string {
  return shareLink('', { config, models: config.peers.map(() => null), result: null })
}

/** A run of preset duet with steps of one question, over in seconds. */
export function quickRun(changes: Partial<RunConfig>): RunConfig {
  const small = { seed: 5, questionsPerStep: 1, numGenerations: 2, abilityQuestions: 4, evalSize: 4 }
  return presetConfig('duet', { ...small, ...changes })
}
