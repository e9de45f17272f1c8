/** Compares kept runs with other peers and other lengths, by keyboard. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { presetConfig } from '../../src/config/presets'
import { appears } from './appears'
import { comparison, described, rows, SMALL } from './comparison_panel'
import { button, headline, linkTo, openSite, openTab, runAnother, SHOTS, type VisitedSite } from './visitors'

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
  mkdirSync(SHOTS, { recursive: true })
})
afterAll(() => site?.close())

async function shots(page: Page, name: string, context: BrowserContext): Promise<void> {
  for (const width of [360, 1280])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme })
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
      expect([width, wide]).toEqual([width, false])
      const cut = page
        .locator('.curves .legend li', { hasText: 'other:' })
        .evaluateAll((all) =>
          all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent),
        )
      expect(await cut).toEqual([])
      await page.screenshot({ path: join(SHOTS, `${name}-${width}-${colorScheme}.png`), fullPage: true })
    }
  await page.setViewportSize({ width: 1280, height: 900 })
  expect(context.pages()).toHaveLength(1)
}

test('kept runs, other peers and other lengths, by keyboard', async () => {
  const ilr = presetConfig('duet', { ...SMALL, steps: 2 })
  const { context, page, troubles } = await site.visit(`${site.address}${linkTo(ilr)}`)
  await button(page, 'Let them learn').click()
  await appears(page.getByText(/^Done: 2 steps/))
  const ofIlr = [await described(page, 'ada'), await described(page, 'bo')]
  await openTab(page, 'Compare')
  await runAnother(page, () => button(comparison(page), 'The same without discussion').click())
  await openTab(page, 'Compare')
  const ofSolo = [await described(page, 'ada'), await described(page, 'bo')]
  await shots(page, 'compare', context)

  // Both are kept. From now on by keyboard: a third run with other peers and one step less is compared with
  // the first.
  const halves = presetConfig('halves', { ...SMALL, steps: 1 })
  await page.goto(`${site.address}${linkTo(halves)}`)
  await page.reload()
  await openTab(page, 'Details')
  await page.getByText('Kept runs (2)').focus()
  await page.keyboard.press('Enter')
  const kept = (name: string) =>
    page.locator('.kept-run').filter({ has: page.getByPlaceholder(name, { exact: true }) })
  await button(kept('duet, seed 5'), 'Compare').focus()
  await page.keyboard.press('Enter')
  await openTab(page, 'Compare')
  await comparison(page).getByText('Let a run learn, or show a kept one').waitFor()
  await page.getByRole('status').getByText('Compared with duet, seed 5.').waitFor({ state: 'attached' })
  await button(page, 'Let them learn').focus()
  await page.keyboard.press('Enter')
  await appears(page.getByText(/^Done: 1 step/))
  await openTab(page, 'Compare')
  const gains = await rows(page, /^Right alone/)
  expect(gains.map((cells) => cells.slice(0, 3))).toEqual([
    ['dee', await described(page, 'dee'), '–'],
    ['eli', await described(page, 'eli'), '–'],
    ['ada', '–', ofIlr[0]],
    ['bo', '–', ofIlr[1]],
    ['mean', expect.stringMatching(/^\d+ → \d+ %$/), expect.stringMatching(/^\d+ → \d+ %$/)],
  ])
  expect((await rows(page, /settings differ/)).map(([name]) => name)).toEqual([
    ...['Preset', 'Peers', 'task', 'Steps'],
  ])
  await shots(page, 'compare-others', context)

  await openTab(page, 'Details')
  await page.getByText('Kept runs (3)').waitFor()
  await button(kept('duet, seed 5'), 'Show').focus()
  await page.keyboard.press('Enter')
  await headline(page, '2 of 2 steps').waitFor()
  await openTab(page, 'Compare')
  await comparison(page).getByText('No setting differs').waitFor()
  // Its single agent is kept already, so it appears at once.
  await button(comparison(page), 'The same without discussion').focus()
  await page.keyboard.press('Enter')
  await comparison(page)
    .getByRole('table', { name: /^2 settings differ/ })
    .waitFor()
  expect(await described(page, 'ada')).toBe(ofSolo[0])
  expect(await described(page, 'ada, discussing')).toBe(ofIlr[0])
  await button(page, 'Stop comparing').focus()
  await page.keyboard.press('Enter')
  await button(page, 'Stop comparing').waitFor({ state: 'detached' })
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Let them learn')
  expect(await described(page, 'ada, discussing')).toContain('undefined')
  await expect.poll(() => page.getByText('Kept runs (3)').count()).toBe(1)
  expect(troubles).toEqual([])
  await context.close()
})

test('one press compares a discussion with a single agent', async () => {
  const ilr = presetConfig('duet', { ...SMALL, steps: 1 })
  const { context, page, troubles } = await site.visit(`${site.address}${linkTo(ilr)}`)
  await openTab(page, 'Compare')
  await comparison(page).getByText('Let them learn and discuss').waitFor()
  await expect.poll(() => comparison(page).getByRole('button').count()).toBe(0)
  await button(page, 'Let them learn').click()
  await appears(page.getByText(/^Done: 1 step/))
  const ofIlr = [await described(page, 'ada'), await described(page, 'bo')]

  await runAnother(page, async () => {
    await button(page.locator('.notice-done'), 'The same without discussion').click()
    await appears(page.locator('.mode', { hasText: 'They practise alone: no discussion.' }))
    // The other run is shown from the beginning, and nothing of it moves.
    await comparison(page).getByText('Beside “duet, seed 5”').waitFor({ state: 'attached' })
    expect(await described(page, 'bo, discussing')).toBe(ofIlr[1])
  })
  const ofSolo = [await described(page, 'ada'), await described(page, 'bo')]
  await openTab(page, 'Compare')
  expect(await rows(page, /^2 settings differ/)).toEqual([
    ['Method', 'Discuss', 'Practise alone'],
    ['Calibration', 'on', 'off'],
  ])
  const [ada, bo, mean] = await rows(page, /^Right alone/)
  expect([ada.slice(0, 3), bo.slice(0, 3)]).toEqual([
    ['ada', ofIlr[0], ofSolo[0]],
    ['bo', ofIlr[1], ofSolo[1]],
  ])
  expect(mean[0]).toBe('mean')
  const last = (gain: string) => Number(/(\d+) %$/.exec(gain)?.[1])
  expect(ada[3]?.replace('−', '-').replace('+', '')).toBe(String(last(ofIlr[0]) - last(ofSolo[0])))
  // Discussing comes first, though the run without it is in view; the ending says the same.
  const verdict = await page.locator('.comparison-verdict').textContent()
  const [discussing, alone] = [mean[1], mean[2]].map((gain) =>
    gain?.replace(' →', '\u00a0→').replace(' %', '\u00a0%'),
  )
  expect(verdict).toContain(`Discussing ${discussing}, alone ${alone}: `)
  await expect.poll(() => page.locator('.notice-done').textContent()).toContain(verdict ?? 'a verdict')
  expect(troubles).toEqual([])
  await context.close()
})
