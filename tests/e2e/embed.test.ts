/** The page in a frame of another site's page. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Blog, framed, openBlog } from './embed_frames'
import { button, openSite, SHOTS, type VisitedSite } from './visitors'

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

test('a frame on another site plays the recording until it is paused, with a link to the full page', async () => {
  blog.shows(`${ours.address}embed.html`)
  const { context, page, errors } = await ours.visit(blog.far)
  const frame = await framed(page)
  await frame.getByText(/^Recorded run: step \d+ of \d+$/).waitFor()
  await frame.locator('.exchange .question-text', { hasText: /\d/ }).waitFor()
  await frame.getByRole('img', { name: /^Right alone: \w+ from \d+ to \d+ percent/ }).waitFor()
  await button(frame, 'Pause').press('Enter')
  await button(frame, 'Play').waitFor()
  const link = frame.getByRole('link', { name: 'Full page' })
  expect(await link.evaluate(({ href }: HTMLAnchorElement) => href)).toBe(ours.address)
  await expect.poll(() => link.getAttribute('rel')).toBe('noopener')
  await page.screenshot({ path: join(SHOTS, 'embed.png') })
  expect(errors).toEqual([])
  await context.close()
})

test.each(['', 'index.html#embed=1', 'headless.html'])('%j stays out of frames', async (name) => {
  blog.shows(ours.address + name)
  const { context, page, errors } = await ours.visit(blog.far)
  await expect.poll(() => errors.join()).toContain(`frame-ancestors 'none'`)
  await expect.poll(async () => (await framed(page)).locator('#app').count()).toBe(0)
  await context.close()
})
