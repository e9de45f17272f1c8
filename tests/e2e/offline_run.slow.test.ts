/** The page without a network, in a real Chromium. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Site, serveBuild } from '../../src/cli/site/site'
import { ALLOWED, isIsolated, kept, LINK, learn, openAgain } from './kept_page'
import { openSite, type VisitedSite } from './visitors'

let server: Site
let site: VisitedSite

beforeAll(async () => {
  site = await openSite(async () => {
    server = await serveBuild(0)
    return server
  })
})
afterAll(() => site?.close())

test('after the first visit the page learns without its server', async () => {
  const link = `${site.address}${LINK}`
  const { context, page, troubles } = await site.visit(link, undefined, ALLOWED)
  await kept(page)
  const digest = await learn(page)
  expect(troubles).toEqual([])
  await page.close()
  await server.close()

  const again = await openAgain(context, link)
  expect(await isIsolated(again.page)).toBe(true)
  expect(await learn(again.page)).toBe(digest)
  expect(again.errors).toEqual([])
  // The service worker does not keep pages that visitors do not use.
  await expect(again.page.goto(`${site.address}headless.html`)).rejects.toThrow('ERR_CONNECTION_REFUSED')
  await context.close()
})
