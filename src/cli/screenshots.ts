/** `npm run screenshots`: see `SCREENSHOTS`. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { runCommand } from './command'
import type { Command } from './options'
import { ROOT } from './site'
import { visitBuild } from './visit_build'

const SCREENSHOTS = {
  usage: 'npm run screenshots --',
  about: 'Takes 66 pictures: every view of the page at three widths, light and dark, for people to look at.',
  argument: { value: 'DIR', help: 'Where the pictures go; artifacts/views unless given' },
  options: {},
} satisfies Command
const WIDTHS = [360, 1280, 1920]
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
  'Rollouts per group': '4',
  'Ability questions': '4',
  'Test every': '1',
  'Test size': '4',
}

/** @param top what stands at the upper edge */
async function shoot(page: Page, folder: string, view: string, top = '.masthead'): Promise<void> {
  for (const colorScheme of SCHEMES)
    for (const width of WIDTHS) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize({ width, height: width === 360 ? 800 : 1000 })
      // As who comes with a window of this width finds them.
      const folds = page.locator('.settings-all')
      if (view !== 'settings' && (await folds.count()) > 0)
        await folds.evaluate((element, open) => element.toggleAttribute('open', open), width !== 360)
      await page.locator(top).evaluate((element) => element.scrollIntoView())
      // What is laid out by the width that it has is there a frame later.
      await page.evaluate(
        () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
      )
      await page.screenshot({ path: join(folder, `${view}-${width}-${colorScheme}.png`) })
    }
  console.log(view)
}

/** One visitor's way through the page. */
async function tour(page: Page, folder: string): Promise<void> {
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const closeDialog = async () => {
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  }
  await press('Skip to the end of the recording')
  await shoot(page, folder, 'recorded')
  await press('Tokens')
  await page.locator('.exchange').getByRole('option').nth(4).click()
  await shoot(page, folder, 'tokens', '.exchange')
  await press('Tokens')
  await page.getByText('You could try…').click()
  await page
    .getByRole('button', { name: /^Set it up/ })
    .first()
    .waitFor()
  await shoot(page, folder, 'experiments')
  await page.getByText('You could try…').click()
  await page.locator('.settings-all').evaluate((element) => element.toggleAttribute('open', true))
  await page.getByText('More settings').click()
  for (const [label, value] of Object.entries(SMALL_RUN))
    await page.getByLabel(label, { exact: true }).fill(value)
  await shoot(page, folder, 'settings')
  await page.setViewportSize({ width: 1280, height: 1000 })
  await press('Change model of bo…')
  await page.getByRole('dialog').waitFor()
  await shoot(page, folder, 'models')
  await closeDialog()
  await page.locator('.settings-all').evaluate((element) => element.toggleAttribute('open', true))
  await page.getByText('More settings').click()
  await press('Let them learn')
  await page.locator('.run-headline', { hasText: 'Done' }).waitFor({ timeout: 240_000 })
  await shoot(page, folder, 'run')
  await page.locator('.ask').scrollIntoViewIfNeeded()
  await page.locator('.ask-example').first().click()
  await press('Ask')
  await page.getByText('All have answered.').waitFor({ timeout: 240_000 })
  await shoot(page, folder, 'ask', '.ask')
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
  await press('Compare with a single agent')
  await page.locator('.run-headline', { hasText: 'Done' }).waitFor({ timeout: 240_000 })
  await shoot(page, folder, 'compared')
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
