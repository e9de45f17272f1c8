/** The end of the recorded run, and the timeline that leads from it to each step. */
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exchangeStep } from './charts'
import { button, openSite, type VisitedSite } from './visitors'

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

/** Returns the recording's first and last test. */
function recorded() {
  const [file] = readdirSync('recordings')
  const lines = readFileSync(`recordings/${file}`, 'utf8').trim().split('\n')
  const [head, ...events] = lines.map((line) => JSON.parse(line))
  const evals = events.filter(({ type }) => type === 'eval')
  return { digest: head.digest, steps: head.config.steps, before: evals[0], after: evals.at(-1) }
}

test('a run ends with its gain in words, its skills in view and next steps; a step is pinned and unpinned', async () => {
  const { digest, steps, before, after } = recorded()
  const { context, page, troubles } = await site.visit()
  await page.setViewportSize({ width: 1280, height: 800 })
  await button(page, 'Skip to the end of the recording').click()
  const ending = page.locator('.notice-done')
  await ending.waitFor()
  const text = (await ending.textContent())?.replaceAll('\u00a0', ' ')
  for (const [peer, share] of Object.entries<number>(before.solo)) {
    const [from, to] = [share, after.solo[peer]].map((accuracy) => `${Math.round(accuracy * 100)} %`)
    expect(text).toMatch(new RegExp(`${peer} (went |fell )?from ${from} to ${to}`))
  }
  await expect.poll(() => ending.locator('.digest').textContent()).toBe(digest)
  const actions = ending.getByRole('button', { name: 'The same without discussion' })
  for (const part of [ending.locator('.ending-gain'), actions, page.locator('.skills tbody tr').last()]) {
    const { y, height } = (await part.boundingBox()) ?? { y: -1, height: 0 }
    expect(y).toBeGreaterThan(0)
    expect(y + height).toBeLessThanOrEqual(800)
  }

  // The timeline is one Tab stop, at the current step; arrow keys move between steps, Enter picks one.
  const timeline = page.getByRole('toolbar', { name: 'Timeline' })
  await expect.poll(() => timeline.locator('[tabindex="0"]').allTextContents()).toEqual([String(steps)])
  const at = () => page.evaluate(() => document.activeElement?.getAttribute('data-step'))
  await timeline.locator('[tabindex="0"]').focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await expect.poll(at).toBe('3')
  await page.keyboard.press('Enter')
  await ending.waitFor({ state: 'detached' })
  await expect.poll(() => exchangeStep(page)).toContain('step 3, pinned')
  await expect.poll(() => timeline.locator('[aria-pressed="true"]').allTextContents()).toEqual(['3'])

  await button(page, 'Step before').click()
  await expect.poll(() => exchangeStep(page)).toContain('step 2, pinned')
  await button(page, 'Back to now').click()
  await ending.waitFor()
  await expect.poll(at).toBe(String(steps))

  await button(ending, 'Ask them').click()
  const tab = page.getByRole('tab', { name: 'Ask them' })
  await expect.poll(() => tab.getAttribute('aria-selected')).toBe('true')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('tab-ask')
  expect(troubles).toEqual([])
  await context.close()
})
