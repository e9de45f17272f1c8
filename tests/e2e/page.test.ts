/**
 * The page as a visitor meets it: the built site, a real Chromium, a real run of two small steps on wasm.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BROWSER_FLAGS, findBrowser } from '../../src/cli/browsers/browser'
import { appears } from './appears'
import { expectStill, watchShifts } from './layout_shifts'
import {
  button,
  fillSettings,
  headline,
  openSettings,
  openSite,
  openTab,
  runAnother,
  SHOTS,
  textDetails,
  type VisitedSite,
} from './visitors'

const SMALL_RUN = {
  Seed: '7',
  Steps: '2',
  'Questions per step': '2',
  'Tries per question': '2',
  'Ability questions': '4',
  'Test every': '1',
  'Test size': '4',
  'Save every': '1',
}

let site: VisitedSite

beforeAll(async () => {
  site = await openSite()
  mkdirSync(SHOTS, { recursive: true })
})
afterAll(() => site?.close())

test('a visitor starts, pauses, reloads, resumes and gets the digest of an undisturbed run', async () => {
  const { context, page, troubles } = await site.visit()
  await fillSettings(page, SMALL_RUN)
  await watchShifts(page)

  // The visitor uses the keyboard until the end of the first step.
  await button(page, 'Next step').focus()
  await page.keyboard.press('Enter')
  await appears(headline(page, 'Paused: 1 of 2 steps'))

  for (const stage of ['share', 'analyze', 'fuse'])
    for (const peer of ['dee', 'eli']) {
      const bubble = page.getByRole('article', { name: `${peer}, ${stage}` })
      expect((await bubble.locator('.stage-text').textContent())?.trim()).not.toBe('')
      await expect
        .poll(() => bubble.locator('.verdict').last().textContent())
        .toMatch(/right|wrong|unreadable|check/)
    }
  const mode = await page.locator('.mode').getAttribute('data-mode')
  expect(mode).toMatch(/^(cooperate|compete)$/)
  await expectStill(page)

  // Each peer's prompt, verbatim: the shown template, filled with the shown question.
  const question = (await page.locator('.question-text').textContent()) ?? ''
  const details = await textDetails(page, 'eli', 'fuse')
  const prompt = (await details.locator('.prompt').textContent()) ?? ''
  expect(prompt).toContain(question)
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await button(page, 'Close the settings').click()
  await openTab(page, 'Details')
  await page.getByText('Prompts of this task').click()
  await page.getByRole('heading', { name: 'For instructed models, which are told in words' }).waitFor()
  const own = page.locator('.prompts section', { hasText: 'For the little peers' })
  const template = own.locator('figure', { hasText: `Fuse, ${mode?.slice(0, 4)}` }).locator('pre')
  const [, closing] = ((await template.textContent()) ?? '').split('{analysis}')
  expect(prompt).toContain(closing)

  await page.getByRole('img', { name: /^Right alone: dee from \d+ to \d+ percent/ }).waitFor()
  await page.getByRole('img', { name: /^Mean reward: dee from/ }).waitFor()
  await page.getByRole('img', { name: /^Shares of questions: help each other from/ }).waitFor()
  await page.getByRole('img', { name: /^Calibration: shift from/ }).waitFor()
  await expect
    .poll(() => page.locator('[data-panel="skills"] tbody th').allTextContents())
    .toEqual(['lost some', 'bags of', 'both at once'])
  // The modes of both questions of the step.
  await expect.poll(() => page.locator('.question-table tbody tr').count()).toBe(2)
  await expect
    .poll(() => page.locator('.question-table tbody').textContent())
    .toMatch(/help each other|compete/)
  await expect.poll(() => page.locator('.metrics table').textContent()).toContain('frac_reward_zero_std')

  await page.reload()
  await headline(page, /was saved at step 1 of 2$/).waitFor()
  await button(page, 'Continue').click()
  await appears(page.getByText(/^Done: 2 steps/))
  const digest = await page.locator('.digest').textContent()
  expect(digest).toMatch(/^[0-9a-f]{64}$/)
  await page.screenshot({ path: join(SHOTS, 'page.png'), fullPage: true })

  // The settings came back with the run; the same run without a break ends in the same digest.
  await runAnother(page, () => button(page, 'Let them learn').click())
  await expect.poll(() => page.locator('.digest').textContent()).toBe(digest)

  expect(troubles).toEqual([])
  await context.close()
})

test('an invalid setting is reported next to it, and starts nothing', async () => {
  const { context, page } = await site.visit()
  await openSettings(page)
  await page.getByLabel('Seed', { exact: true }).fill('-3')
  await button(page, 'Let them learn').click()
  const alert = page.getByRole('alert')
  await alert.waitFor()
  await expect.poll(() => alert.textContent()).toMatch(/^Seed: enter a whole number, 0 or more\./)
  await expect.poll(() => page.getByLabel('Seed', { exact: true }).getAttribute('aria-invalid')).toBe('true')
  await expect.poll(() => button(page, 'Let them learn').isEnabled()).toBe(true)
  await page.screenshot({ path: join(SHOTS, 'page-wrong-setting.png') })
  await context.close()
})

test('the page reports a missing model file', async () => {
  const { context, page } = await site.visit()
  await context.route('**/models/dee/**/*.onnx', (route) => route.fulfill({ status: 404, body: '' }))
  await button(page, 'Let them learn').click()
  const alert = page.getByRole('alert')
  await appears(alert)
  await expect.poll(() => alert.textContent()).toMatch(/^models\/dee\/onnx\/model_q4\.onnx was not found\. /)
  await expect.poll(() => page.locator('.run-headline').textContent()).toBe('Stopped by an error')
  await expect.poll(() => button(page, 'Let them learn').isEnabled()).toBe(true)
  await context.close()
})

test('without WebGPU the page says so, says why, and offers wasm alone', async () => {
  const args = BROWSER_FLAGS.filter((flag) => flag !== '--enable-unsafe-webgpu')
  const plain = await chromium.launch({ executablePath: findBrowser() ?? undefined, args })
  const page = await plain.newPage()
  await page.goto(site.address)
  await openSettings(page)
  await page.getByText(/^No graphics card here \(WebGPU\): .+/).waitFor()
  await expect.poll(() => page.getByRole('radio', { name: 'WebGPU' }).isDisabled()).toBe(true)
  await expect.poll(() => page.getByRole('radio', { name: 'wasm' }).isChecked()).toBe(true)
  await plain.close()
})

test('nothing overflows at any window width', async () => {
  const { context, page } = await site.visit()
  await page.getByRole('img', { name: /^Right alone/ }).waitFor()
  for (const width of [360, 768, 1280, 1920]) {
    await page.setViewportSize({ width, height: 900 })
    const beyond = () => page.evaluate(() => document.body.scrollWidth - document.body.clientWidth)
    await expect.poll(beyond, { message: `at ${width} pixels` }).toBe(0)
  }
  await context.close()
})
