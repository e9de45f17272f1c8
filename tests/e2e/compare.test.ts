/** A run beside a single agent, as a visitor puts them there. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { presetConfig } from '../../src/runs/presets'
import { appears } from './appears'
import { comparison, described, rows, SMALL } from './comparison_panel'
import { button, linkTo, openSite, runAnother, type VisitedSite } from './visitors'

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

test('a discussion beside a single agent in one press', async () => {
  const ilr = presetConfig('duet', { ...SMALL, steps: 1 })
  const { context, page, troubles } = await site.visit(`${site.address}${linkTo(ilr)}`)
  expect(await comparison(page).count()).toBe(0)
  await button(page, 'Learn').click()
  await appears(page.getByText(/^Done: 1 step/))
  const ofIlr = [await described(page, 'ada alone'), await described(page, 'bo alone')]

  await runAnother(page, async () => {
    await button(page, 'Compare with a single agent').click()
    await appears(page.locator('.mode', { hasText: 'Single agent: no discussion.' }))
    // The other run is there from the beginning, and nothing of it moves.
    await comparison(page).getByText('Beside “duet, seed 5”').waitFor()
    expect(await described(page, 'other: bo')).toBe(ofIlr[1])
  })
  const ofSolo = [await described(page, 'ada alone'), await described(page, 'bo alone')]
  expect(await rows(page, /^2 settings differ/)).toEqual([
    ['Method', 'solo', 'ilr'],
    ['Calibration', 'off', 'on'],
  ])
  const [ada, bo, mean] = await rows(page, /^Right when answering alone/)
  expect([ada.slice(0, 3), bo.slice(0, 3)]).toEqual([
    ['ada', ofSolo[0], ofIlr[0]],
    ['bo', ofSolo[1], ofIlr[1]],
  ])
  expect(mean[0]).toBe('mean')
  const last = (gain: string) => Number(/(\d+) %$/.exec(gain)?.[1])
  expect(ada[3]?.replace('−', '-').replace('+', '')).toBe(String(last(ofSolo[0]) - last(ofIlr[0])))
  expect(troubles).toEqual([])
  await context.close()
})
