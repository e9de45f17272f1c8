/** A run that is paused and stopped, and more than two peers: the built site, a real Chromium. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { recording } from './recording_visits'
import {
  button,
  fillSettings,
  headline,
  linkTo,
  openSettings,
  openSite,
  quickRun,
  SHOTS,
  type VisitedSite,
} from './visitors'

let site: VisitedSite

beforeAll(async () => {
  site = await openSite()
  mkdirSync(SHOTS, { recursive: true })
})
afterAll(() => site?.close())

test('a run pauses and resumes; stopping it allows the next run; a single agent is called one', async () => {
  const { context, page, troubles } = await site.visit()
  // More steps than this test lasts.
  await fillSettings(page, { Steps: '500', 'Ability questions': '4', 'Test size': '4' })
  await page.getByLabel('Method', { exact: true }).selectOption('solo')
  await expect.poll(() => page.getByLabel('Help or compete', { exact: true }).isDisabled()).toBe(true)
  await button(page, 'Let them learn').click()
  await appears(headline(page, 'Learning'))
  await button(page, 'Pause').click()
  await appears(headline(page, 'Paused'))
  await button(page, 'Continue').click()
  await appears(headline(page, 'Learning'))
  await button(page, 'Stop').click()
  await appears(headline(page, 'Stopped'))
  await page.locator('.mode', { hasText: 'They practise alone: no discussion.' }).waitFor()
  await expect.poll(() => page.getByLabel('Steps', { exact: true }).isEnabled()).toBe(true)
  await expect.poll(() => button(page, 'Let them learn').isEnabled()).toBe(true)
  expect(troubles).toEqual([])
  await context.close()
})

test('a third and a fourth peer can be added and removed', async () => {
  // A link plays no recording, so the cards show the linked run.
  const { context, page, troubles } = await site.visit(`${site.address}${linkTo(quickRun({}))}`)
  await openSettings(page)
  for (const name of ['cy', 'cy-2']) {
    await button(page, 'Add a peer').click()
    await button(page, `Change model of ${name}…`).waitFor()
    await page.getByRole('article', { name: `${name}, share` }).waitFor()
  }
  await expect.poll(() => button(page, 'Add a peer').isEnabled()).toBe(false)
  for (const [width, height] of [
    [1280, 900],
    [360, 800],
  ]) {
    await page.setViewportSize({ width, height })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    await page.screenshot({ path: join(SHOTS, `four-peers-${width}.png`), fullPage: true })
  }
  await button(page, 'Remove bo').click()
  await button(page, 'Remove cy').click()
  await expect.poll(() => page.getByRole('button', { name: /^Remove / }).count()).toBe(0)
  await expect.poll(() => page.getByRole('article', { name: /, share$/ }).count()).toBe(2)
  expect(troubles).toEqual([])
  await context.close()
})

test.each([360, 390])(
  'on a phone of %i pixels neither the top nor the run bar cuts anything off',
  async (width) => {
    const { context, page } = await site.visit('about:blank')
    await page.setViewportSize({ width, height: 740 })
    await page.goto(site.address)
    await recording(page).waitFor()
    const cut = () =>
      page.evaluate(() => {
        const parts = [...document.querySelectorAll('h1, .actions button, .run-bar :is(button, a, label, p)')]
        const hidden = parts.filter((part) => {
          // Only the line boxes of inline elements count.
          const { left, right, top, bottom, width } = part.getBoundingClientRect()
          if (width === 0) return false
          const range = document.createRange()
          range.selectNodeContents(part)
          const text = range.getBoundingClientRect()
          const there = document.elementFromPoint(right - 2, (top + bottom) / 2)
          const covered = there === null || !(part.contains(there) || there.contains(part))
          return left < 0 || text.right > Math.min(right, innerWidth) + 1 || bottom > innerHeight || covered
        })
        return hidden.map(({ textContent }) => textContent)
      })
    await expect.poll(cut).toEqual([])
    await button(page, 'Skip to the end of the recording').click()
    await headline(page, 'Recorded run: step 20 of 20').waitFor()
    expect(await cut()).toEqual([])
    await context.close()
  },
)
