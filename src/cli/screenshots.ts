/** `npm run screenshots`: see `SCREENSHOTS`. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { visitBuild } from './browsers/visit_build'
import { runCommand } from './command'
import type { Command } from './options'
import { ROOT } from './site/site'

const SCREENSHOTS = {
  usage: 'npm run screenshots --',
  about: 'Takes pictures of every view of the page, at four sizes, light and dark, for people to look at.',
  argument: { value: 'DIR', help: 'Where the pictures go; artifacts/views unless given' },
  options: {},
} satisfies Command
/** A phone, a tablet, a laptop, a desktop. */
const SIZES = [
  { width: 360, height: 800 },
  { width: 820, height: 1180 },
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
] as const
const SCHEMES = ['light', 'dark'] as const
const WISH = {
  what: 'npm run screenshots',
  wanted: 'a browser to take pictures of',
  todo: 'Install Chromium, or set CHROME_PATH',
}
/** A run that is over in seconds. */
const SMALL_RUN = {
  Seed: '7',
  Steps: '2',
  'Questions per step': '2',
  'Tries per question': '4',
  'Ability questions': '4',
  'Test every': '1',
  'Test size': '4',
}

async function shoot(page: Page, folder: string, view: string): Promise<void> {
  for (const colorScheme of SCHEMES)
    for (const size of SIZES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize(size)
      await page.evaluate(() => scrollTo(0, 0))
      // What is laid out by the width that it has is there a frame later.
      await page.evaluate(
        () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
      )
      await page.screenshot({ path: join(folder, `${view}-${size.width}-${colorScheme}.png`) })
    }
  // What is pressed next is where it is on a desktop.
  await page.setViewportSize(SIZES[2])
  console.log(view)
}

/** One visitor's way through the page. */
async function tour(page: Page, folder: string): Promise<void> {
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const openTab = (name: string) => page.getByRole('tab', { name, exact: true }).click()
  const closeDialog = async () => {
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  }
  const ended = () => page.locator('.notice-done').waitFor({ timeout: 240_000 })
  await page.locator('.run-where[data-source="recorded"]').waitFor()
  await shoot(page, folder, 'first-visit')
  await press('Skip to the end of the recording')
  for (const tab of await page.getByRole('tab').allTextContents()) {
    await openTab(tab)
    await shoot(page, folder, `tab-${tab.toLowerCase().replaceAll(' ', '-')}`)
  }
  await openTab('Discussion')
  await page
    .getByRole('button', { name: /^More: .*share$/ })
    .first()
    .click()
  await page.getByRole('dialog').getByRole('option').nth(4).click()
  await shoot(page, folder, 'tokens')
  await closeDialog()
  await press('Settings')
  await shoot(page, folder, 'settings')
  await page.getByText('More settings').click()
  for (const [label, value] of Object.entries(SMALL_RUN))
    await page.getByLabel(label, { exact: true }).fill(value)
  await page
    .getByRole('button', { name: /^Change model of/ })
    .first()
    .click()
  await page.getByRole('dialog').waitFor()
  await shoot(page, folder, 'models')
  await closeDialog()
  await press('Close the settings')
  await press('Next step')
  await page.locator('.run-headline', { hasText: 'Paused' }).waitFor({ timeout: 240_000 })
  await shoot(page, folder, 'step')
  await press('Continue')
  await ended()
  await shoot(page, folder, 'ending')
  await openTab('Ask them')
  await page.locator('.ask-example').first().click()
  await press('Ask')
  await page.getByText('All have answered.').waitFor({ timeout: 240_000 })
  await shoot(page, folder, 'ask')
  await press('Share')
  await page.getByRole('dialog').getByText('As a QR code').click()
  await page.getByRole('img', { name: 'QR code of the link' }).waitFor()
  await shoot(page, folder, 'share')
  await closeDialog()
  await press('Lesson')
  for (const _ of [2, 3, 4]) await press('Next')
  await shoot(page, folder, 'lesson')
  await press('Print worksheet')
  await page.getByRole('img', { name: 'QR code of the link' }).waitFor()
  await shoot(page, folder, 'worksheet')
  await press('Back to the page')
  await press('Close the lesson')
}

async function write(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  await visitBuild(WISH, {}, async (page, address) => {
    await page.goto(address)
    await tour(page, folder)
  })
  console.log(`Written to ${folder}`)
}

await runCommand(SCREENSHOTS, ({ args: [folder = join(ROOT, 'artifacts/views')] }) => write(folder))
