/**
 * All parts of the page without a network; the page without headers, in a newer version and over plain http.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LESSON_TITLES } from '../../src/app/lesson/lesson_page'
import { BROWSER_FLAGS, findBrowser } from '../../src/cli/browsers/browser'
import { ROOT, type Site, serveBuild } from '../../src/cli/site/site'
import { LESSON_PAGES } from '../../src/runs/lesson'
import { appears } from './appears'
import { ALLOWED, isIsolated, kept, LINK, learn, openAgain } from './kept_page'
import { servePlainly } from './plain_server'
import { button, openSettings, openSite, openTab, type VisitedSite } from './visitors'

const ON_DEMAND = 'assets/ort-wasm-simd-threaded.asyncify.wasm'

/** Texts that the plain server sends instead of files. */
const replaced = new Map<string, string>()
let server: Site
let ours: VisitedSite
let plain: VisitedSite
/** Digest of the run with a network; equal everywhere. */
let digest: string

beforeAll(async () => {
  ours = await openSite(async () => {
    server = await serveBuild(0)
    return server
  })
  plain = await openSite(() => servePlainly(replaced))
  const { context, page } = await plain.visit(`${plain.address}${LINK}`)
  digest = await learn(page)
  await context.close()
})
afterAll(async () => {
  await ours?.close()
  await plain?.close()
})

/** Returns the names of caches, and how many of them hold a file of the page. */
function cached(page: Page, file: string): Promise<{ names: string[]; count: number }> {
  return page.evaluate(async (ending) => {
    const names = await caches.keys()
    const keys = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()))
    const count = keys.flat().filter(({ url }) => new URL(url).pathname.endsWith(ending)).length
    return { names, count }
  }, file)
}

/** Walks through the lesson, and looks at its worksheet. */
async function walkLesson(page: Page): Promise<void> {
  const lesson = page.getByRole('complementary', { name: /^Lesson/ })
  await button(page, 'Lesson').click()
  for (let number = 1; number <= LESSON_PAGES.length; number++) {
    await lesson.getByText(`${number} of ${LESSON_PAGES.length}`).waitFor()
    await lesson.getByRole('heading', { name: LESSON_TITLES[LESSON_PAGES[number - 1]] }).waitFor()
    if (number < LESSON_PAGES.length) await button(lesson, 'Next').click()
  }
  await button(lesson, 'Print worksheet').click()
  await page.getByRole('img', { name: 'QR code of the link' }).waitFor()
  await page.getByLabel(/answer key/).check()
  await page.getByRole('region', { name: 'Answer key' }).locator('table').first().waitFor()
  await page.keyboard.press('Escape')
  await button(page, 'Close the lesson').click()
  await lesson.waitFor({ state: 'detached' })
}

/** Asks the first example, and waits for its result. */
async function ask(page: Page): Promise<void> {
  await openTab(page, 'Ask them')
  const panel = page.getByRole('region', { name: 'Ask the peers' })
  await panel.locator('.ask-example').first().click()
  await button(panel, 'Ask').click()
  await appears(panel.getByText('All have answered'))
  for (const answer of await panel.locator('.ask-final').allTextContents())
    expect(answer).toMatch(/^answer \d/)
}

test('after the first visit the page teaches and answers without its server', async () => {
  const link = `${ours.address}${LINK}`
  const { context, page } = await ours.visit(link, undefined, ALLOWED)
  await kept(page)
  await page.close()
  await server.close()

  const again = await openAgain(context, link)
  expect(await learn(again.page)).toBe(digest)
  await walkLesson(again.page)
  await ask(again.page)
  // The worksheet's link needs the server's network address, which is unavailable here.
  const asked = `Failed to load resource: net::ERR_FAILED ${ours.address}`
  expect(again.errors.filter((text) => text !== asked)).toEqual([])
  await context.close()
})

test('from a server without headers, below a path, the page is isolated once it is reloaded', async () => {
  const { context, page, troubles } = await plain.visit(`${plain.address}${LINK}`, undefined, ALLOWED)
  await kept(page)
  expect(await isIsolated(page)).toBe(false)
  await button(page, 'Reload').click()
  await expect.poll(() => isIsolated(page).catch(() => false)).toBe(true)
  expect(await learn(page)).toBe(digest)
  expect(troubles).toEqual([])
  const { names, count } = await cached(page, 'models/ada/config.json')
  expect(count).toBe(1)
  for (const name of names) expect(name).toContain(plain.address)
  for (const name of ['headless.html', 'bench.html', ON_DEMAND])
    expect((await cached(page, name)).count).toBe(0)
  await context.close()
})

test('when all site data are cleared while it is open, the page says to reload it', async () => {
  const { context, page } = await plain.visit(`${plain.address}${LINK}`, undefined, ALLOWED)
  await kept(page)
  const devtools = await context.newCDPSession(page)
  const { origin } = new URL(plain.address)
  await devtools.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })
  const notice = page.getByRole('region', { name: 'Cleared data' })
  await notice.getByText('All data of this site were cleared. Reload the page: until then it needs').waitFor()
  await openSettings(page)
  await expect.poll(() => page.getByText('The page is kept here').count()).toBe(0)
  await button(notice, 'Reload').click()
  await notice.waitFor({ state: 'detached' })
  expect(await learn(page)).toBe(digest)
  await context.close()
})

test('a newer version takes over when the visitor agrees in the only tab, and removes the older one', async () => {
  const { context, page } = await plain.visit(plain.address, undefined, ALLOWED)
  await kept(page)
  await page.evaluate(async (url) => (await fetch(url)).arrayBuffer(), ON_DEMAND)
  await expect.poll(async () => (await cached(page, ON_DEMAND)).count).toBe(1)
  const before = await cached(page, '/index.html')
  expect(before.count).toBe(1)

  publishNewer()
  const other = await openAgain(context, plain.address)
  await page.reload()
  await appears(page.getByText('A new version of this page is there.'))
  await button(page, 'Reload').click()
  await page.getByText('Close this page’s other tabs first.').waitFor()
  expect([await page.title(), await other.page.title()]).toEqual(['Colloquy', 'Colloquy'])

  await other.page.close()
  await button(page, 'Reload').click()
  await expect.poll(() => page.title().catch(() => '')).toBe('Colloquy, newer')
  await expect
    .poll(async () => [(await cached(page, '/index.html')).count, (await cached(page, ON_DEMAND)).count])
    .toEqual([1, 0])
  await context.close()
})

/** A build with another title and another ONNX Runtime. */
function publishNewer(): void {
  const text = (name: string) => readFileSync(join(ROOT, 'dist', name), 'utf8')
  replaced.set('index.html', text('index.html').replace('<title>Colloquy', '<title>Colloquy, newer'))
  const worker = text('service_worker.js')
  const newer = [/index\.html/, /[^"`]*\.asyncify\.wasm/].reduce((script, name) => {
    const entry = new RegExp(`revision(["\`]?:["\`])\\w+(["\`],["\`]?url["\`]?:["\`]${name.source})`)
    expect(script).toMatch(entry)
    return script.replace(entry, 'revision$1newer$2')
  }, worker)
  replaced.set('service_worker.js', newer)
}

test('over plain http from another machine the run is the same, and the page says what is missing', async () => {
  const site = await serveBuild(0, { preview: { allowedHosts: true } })
  const browser = await chromium.launch({
    executablePath: findBrowser() ?? undefined,
    args: [...BROWSER_FLAGS, '--host-resolver-rules=MAP classroom.test 127.0.0.1'],
  })
  try {
    const link = `${site.url.replace('localhost', 'classroom.test')}${LINK}`
    const { page, errors } = await openAgain(await browser.newContext(), link)
    expect(await page.evaluate(() => isSecureContext)).toBe(false)
    await page.getByText('This page came over plain http').waitFor()
    expect(await learn(page)).toBe(digest)
    // Chromium's message about headers that work only on secure pages.
    expect(
      errors.filter((text) => !text.includes('Cross-Origin-Opener-Policy header has been ignored')),
    ).toEqual([])
  } finally {
    await browser.close()
    await site.close()
  }
})
