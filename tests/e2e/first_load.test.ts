/** The downloads of a visitor's browser until the page is shown. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT } from '../../src/cli/site/site'
import { recording } from './recording_visits'
import { button, openSite, type VisitedSite } from './visitors'

/**
 * Maximum gzipped bytes before the page is shown, and with the next downloads. ONNX Runtime loads with the
 * workers.
 */
const MOST_AT_FIRST = 120_000
const MOST_SCRIPTS = 150_000

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

test('the page’s scripts are small, come from its own address, and log no problem', async () => {
  const { context, page, troubles } = await site.visit()
  await button(page, 'Let them learn').waitFor()
  await recording(page).waitFor()
  // Some scripts load after the page is shown.
  await page.waitForLoadState('networkidle')
  const names = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter((entry) => ['script', 'link'].includes((entry as PerformanceResourceTiming).initiatorType))
      .map(({ name }) => name)
      .filter((name) => name.endsWith('.js')),
  )
  const bytesOf = (files: readonly string[]) =>
    [...new Set(files)]
      .map((name) => gzipSync(readFileSync(join(ROOT, 'dist', name))).length)
      .reduce((sum, size) => sum + size, 0)
  const html = readFileSync(join(ROOT, 'dist', 'index.html'), 'utf8')
  const first = [...html.matchAll(/assets\/[^"]+\.js/g)].map(([name]) => name)
  expect(first.length).toBeGreaterThan(0)
  expect(bytesOf(first)).toBeLessThan(MOST_AT_FIRST)
  expect(bytesOf(names.map((name) => name.slice(site.address.length)))).toBeLessThan(MOST_SCRIPTS)
  expect(troubles).toEqual([])
  await context.close()
})
