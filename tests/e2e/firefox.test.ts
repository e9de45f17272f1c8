/** The page in Firefox, which Playwright cannot drive as its makers ship it: on wasm, without WebGPU. */
import { type Browser, launch, type Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findFirefox } from '../../src/cli/browser'
import { ensureBuild, type Site, serveBuild } from '../../src/cli/site'
import { linkTo, quickRun } from './visitors'

/** Far beyond what it takes alone: two cores may be busy with other tests. */
const LONG = { timeout: 240_000 }
const RUN = quickRun({ steps: 2 })

let site: Site
let firefox: Browser | undefined
beforeAll(async () => {
  const executablePath = findFirefox()
  if (executablePath === null) return
  await ensureBuild()
  site = await serveBuild(0)
  firefox = await launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    protocolTimeout: 300_000,
  })
}, 240_000)
afterAll(async () => {
  await firefox?.close()
  await site?.close()
})

const said = (page: Page, text: string) =>
  page.locator(`::-p-xpath(//*[starts-with(normalize-space(), "${text}")])`).setTimeout(LONG.timeout).wait()
const press = (page: Page, name: string) =>
  page.locator(`::-p-xpath(//button[normalize-space() = "${name}"])`).setTimeout(LONG.timeout).click()
const texts = (page: Page, selector: string) =>
  page.$$eval(selector, (elements) => elements.map(({ textContent }) => textContent ?? ''))

test('a recording plays, WebGPU is said to be missing, and peers learn, are looked at and asked on wasm', async ({
  skip,
}) => {
  if (firefox === undefined) return skip('no Firefox here')
  const page = await firefox.newPage()
  const troubles: string[] = []
  page.on('pageerror', (error) => troubles.push(error instanceof Error ? error.message : String(error)))
  page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()))
  await page.setViewport({ width: 1280, height: 900 })
  await page.goto(site.url)
  await page.waitForSelector('.stage-text .word', LONG)
  expect(await texts(page, '.exchange-step')).toEqual([expect.stringMatching(/^recorded, step \d+$/)])

  await said(page, 'No WebGPU here: ')
  expect(await texts(page, '.hint-strong')).toEqual([expect.stringMatching(/dom\.webgpu\.enabled/)])
  expect(await page.$eval('input[value=webgpu]', (radio) => radio.matches(':disabled'))).toBe(true)

  // The same page, by a link to a small run.
  await page.goto(site.url + linkTo(RUN))
  await press(page, 'Start the shared run')
  await said(page, 'Done: 2 steps')
  expect(await texts(page, '.exchange-step')).toEqual(['step 2'])
  expect(await texts(page, '.digest')).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
  const written = await texts(page, '.stage-text')
  expect(written).toHaveLength(6)
  expect(written.every((text) => text.trim() !== '')).toBe(true)

  await press(page, 'Tokens')
  await page.waitForSelector('[role=listbox] [role=option]', LONG)
  expect(await texts(page, '[role=listbox]')).toHaveLength(6)

  await press(page, 'Lesson')
  await said(page, 'Lesson 1 of 8')
  await press(page, 'Next')
  await said(page, 'Lesson 2 of 8')
  await page.keyboard.press('Escape')
  await page.waitForSelector('.lesson', { ...LONG, hidden: true })

  await page.$eval('.ask', (panel) => panel.scrollIntoView())
  await page.waitForSelector('.ask textarea', LONG)
  await page.type(
    '.ask textarea',
    'Max has 9 pens. Tom has 6 fewer than Max. How many pens do they have together?',
  )
  await press(page, 'Ask')
  await said(page, 'All have answered')
  expect((await texts(page, '.ask-answers .ask-final')).every((text) => /\d/.test(text))).toBe(true)
  expect(troubles).toEqual([])
}, 300_000)
