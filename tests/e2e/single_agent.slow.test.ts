/** A visitor trains one model, alone. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import {
  button,
  headline,
  linkTo,
  openSettings,
  openSite,
  openTab,
  quickRun,
  type VisitedSite,
} from './visitors'

let site: VisitedSite

beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

test('one peer suffices for a single agent, and is refused for a discussion', async () => {
  const { page, troubles } = await site.visit(site.address + linkTo(quickRun({ steps: 1, evalEvery: 1 })))
  await openSettings(page)
  const peers = page.locator('.peer-models li')
  // Two peers discuss: none of them can be removed.
  await expect.poll(() => peers.count()).toBe(2)
  await expect.poll(() => page.getByRole('button', { name: /^Remove / }).count()).toBe(0)
  await page.getByLabel('Method', { exact: true }).selectOption('solo')
  await page.getByRole('button', { name: 'Remove bo' }).click()
  await expect.poll(() => peers.count()).toBe(1)
  await expect.poll(() => page.getByRole('button', { name: /^Remove / }).count()).toBe(0)

  await page.getByLabel('Method', { exact: true }).selectOption('ilr')
  await button(page, 'Let them learn').click()
  await appears(page.getByRole('alert').getByText('ada alone cannot learn from others.'))
  await page.getByLabel('Method', { exact: true }).selectOption('solo')
  await button(page, 'Let them learn').click()
  await appears(headline(page, 'Done'))
  await openTab(page, 'Details')
  await page.getByText('ada is alone and has nobody to discuss with').first().waitFor()
  expect(
    await page.locator('.exchange').getByText('They practise alone: no discussion.').count(),
  ).toBeGreaterThan(0)
  expect(troubles).toEqual([])
})
