/** Panels of a hidden tab: words arrive many times a second, but nobody sees the drawing. */
import { h, render } from 'preact'
import { expect, test } from 'vitest'
import type { Page, Tab } from '../../src/app/page'
import { Tabs } from '../../src/app/tabs'
import { RUN_PANELS } from '../../src/runs/lesson'

const SHOWN = ['try', 'warnings']
const SAME = { hidden: new Set(RUN_PANELS.filter((name) => !SHOWN.includes(name))), over: true }
const RUN = { config: null, warnings: [] }

test('a hidden tab draws its panels when a run ends or the tab is opened, not every frame', async () => {
  const place = document.createElement('div')
  let asked = 0
  const frame = (tab: Tab, more: object = {}) => {
    const page = {
      ...SAME,
      tab,
      kept: { saved: null },
      models: { places: null },
      next: null,
      run: { ...RUN },
      // The warnings panel reads this getter whenever it draws.
      get inView() {
        asked++
        return RUN
      },
      ...more,
    }
    render(h(Tabs, { page: page as unknown as Page }), place)
  }
  const asks = (work: () => void) => {
    const before = asked
    work()
    return asked - before
  }
  expect(asks(() => frame('details'))).toBe(1)
  frame('compare')
  expect(asks(() => frame('compare'))).toBe(0)
  expect(asks(() => frame('compare', { over: false }))).toBe(1)
  expect(asks(() => frame('details', { over: false }))).toBe(1)
  render(null, place)
})
