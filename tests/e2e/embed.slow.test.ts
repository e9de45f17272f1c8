/** Tests what a run in another site's frame may do and store. */
import type { Frame } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { violations } from './axe_violations'
import { type Blog, framed, openBlog } from './embed_frames'
import { servePlainly } from './plain_server'
import { button, linkTo, openSite, quickRun, type VisitedSite } from './visitors'

let ours: VisitedSite
let blog: Blog

beforeAll(async () => {
  ours = await openSite()
  blog = await openBlog()
})
afterAll(async () => {
  await ours?.close()
  blog?.close()
})

/** Returns everything that a site can store in a browser, as the frame sees it. */
function kept(frame: Frame) {
  return frame.evaluate(async () => ({
    databases: (await indexedDB.databases()).map(({ name }) => name),
    caches: await caches.keys(),
    local: localStorage.length + sessionStorage.length,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
  }))
}
const NOTHING = { databases: [], caches: [], local: 0, workers: 0 }

test('a run in a frame completes in memory; a link opens it on the full page', async () => {
  const link = linkTo(quickRun({ steps: 2, checkpointEvery: 1 }))
  blog.shows(`${ours.address}embed.html${link.replace('#', '#embed=1&')}`)
  const { context, page, errors } = await ours.visit(blog.near)
  const frame = await framed(page)
  await button(frame, 'Let them learn').click()
  await frame.getByText('Done: 2 of 2 steps').waitFor({ timeout: 120_000 })
  expect(await kept(frame)).toEqual(NOTHING)
  const href = await frame
    .getByRole('link', { name: 'Full page' })
    .evaluate((anchor: HTMLAnchorElement) => anchor.href)
  expect(href).toBe(ours.address + link)
  expect(errors).toEqual([])
  await context.close()
})

test('a run that needs a model from elsewhere is refused in a sentence, and no host is contacted', async () => {
  const peers = [
    { id: 'ada', source: 'models/ada' },
    { id: 'ben', source: 'hub:owner/tiny' },
  ]
  blog.shows(`${ours.address}embed.html${linkTo(quickRun({ peers }))}&autostart=1`)
  const { context, page, outside } = await ours.visit(blog.far)
  const frame = await framed(page)
  await frame.getByText(/^This run needs hub:owner\/tiny, .*Open the full page\.$/).waitFor()
  await expect.poll(() => frame.getByRole('link', { name: 'Full page' }).count()).toBe(1)
  await expect.poll(() => button(frame, 'Let them learn').getAttribute('aria-disabled')).toBe('true')
  // The policy stops requests even if the page made a mistake.
  const stopped = await frame.evaluate(async () => {
    const told = new Promise<string>((tell) =>
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
        tell(effectiveDirective),
      ),
    )
    await fetch('https://elsewhere.example.org/').catch(() => undefined)
    return told
  })
  expect(stopped).toBe('connect-src')
  expect(outside.filter((url) => !url.startsWith(blog.far))).toEqual([])
  await context.close()
})

test('an isolated page can show the embed', async () => {
  blog.shows(`${ours.address}embed.html`, true)
  const { context, page } = await ours.visit(blog.far)
  await (await framed(page)).getByText(/^Recorded run: step/).waitFor()
  await context.close()
})

test('without server headers, the full page in a frame becomes the embed, and stores nothing', async () => {
  const plain = await servePlainly()
  blog.shows(`${plain.url}index.html`)
  const { context, page } = await ours.visit(blog.near, undefined, { serviceWorkers: 'allow' })
  const frame = await framed(page)
  await frame.getByText(/^Recorded run: step/).waitFor()
  expect(frame.url()).toBe(`${plain.url}embed.html`)
  expect(await kept(frame)).toEqual(NOTHING)
  await context.close()
  await plain.close()
})

test('the full page redirects to the embed where its address says so', async () => {
  const link = linkTo(quickRun({}))
  const { context, page } = await ours.visit(`${ours.address}${link}&embed=1`)
  await page.waitForURL(`${ours.address}embed.html${link}&embed=1`)
  await button(page, 'Let them learn').waitFor()
  await context.close()
})

test('axe finds no problem, while playing and with an invalid link', async () => {
  for (const hash of ['', '#run=1half']) {
    const { context, page } = await ours.visit(`${ours.address}embed.html${hash}`)
    await page
      .getByText(hash === '' ? /^Recorded run: step/ : 'This link is incomplete. Copy all of it again.')
      .waitFor()
    expect(await violations(page)).toEqual([])
    await context.close()
  }
})
