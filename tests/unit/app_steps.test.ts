import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { besideOf, type Curves, indexUpTo, valueUpTo } from '../../src/app/charts/curves'
import {
  fractionOf,
  rangeBetween,
  type StepRange,
  showing,
  stepAt,
  stepByKey,
  stepsShown,
  zoomed,
} from '../../src/app/steps/step_range'
import { type StepsInView, StepView } from '../../src/app/steps/step_view'

describe('the axis of steps', () => {
  test('a position maps to the nearest step, and a step to its position', () => {
    expect([0, 0.24, 0.26, 1, 1.7, -3].map((fraction) => stepAt(fraction, [4, 6]))).toEqual([
      4, 4, 5, 6, 6, 4,
    ])
    expect([3, 4, 5, 8].map((step) => fractionOf(step, [4, 8]))).toEqual([-0.25, 0, 0.25, 1])
  })

  test('zooming in keeps the viewed step in place; zooming out ends with all steps', () => {
    expect(zoomed([0, 100], 0.5, 50, [0, 100])).toEqual([25, 75])
    expect(zoomed([0, 100], 0.5, 100, [0, 100])).toEqual([50, 100])
    expect(zoomed([25, 75], 2, 30, [0, 100])).toEqual([0, 100])
    expect(zoomed([0, 3], 0.5, 1, [0, 3])).toEqual([0, 2])
  })

  test('dragging zooms to the dragged range, at least two steps', () => {
    expect(rangeBetween(7, 3, [0, 20])).toEqual([3, 7])
    expect(rangeBetween(20, 20, [0, 20])).toEqual([18, 20])
    expect(rangeBetween(0, 0, [0, 1])).toEqual([0, 1])
  })

  test.each([
    [4, 2, 9, [1, 2, 3, 4]],
    [9, 9, 9, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    [24, 1, 9, [1, 2, 3, 4, 5, 6, 7, null, 24]],
    [24, 12, 9, [1, null, 10, 11, 12, 13, 14, null, 24]],
    [24, 23, 9, [1, null, 18, 19, 20, 21, 22, 23, 24]],
    [10, 6, 9, [1, null, 4, 5, 6, 7, 8, 9, 10]],
    [3000, 1500, 5, [1498, 1499, 1500, 1501, 1502]],
    [3000, 3000, 5, [2996, 2997, 2998, 2999, 3000]],
    [3000, 1, 5, [1, 2, 3, 4, 5]],
  ])('of %i steps around step %i, %i places show %j', (last, around, room, shown) =>
    expect(stepsShown(last, around, room)).toEqual(shown),
  )

  test('the timeline always shows the step in view, and both ends where there is room, in order', () => {
    const cases = fc.record({
      last: fc.nat(5000),
      around: fc.nat(5000),
      room: fc.integer({ min: 5, max: 40 }),
    })
    fc.assert(
      fc.property(cases, ({ last, around, room }) => {
        fc.pre(last > 0 && around > 0 && around <= last)
        const shown = stepsShown(last, around, room)
        const steps = shown.filter((step) => step !== null)
        expect(shown).toHaveLength(Math.min(last, room))
        expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b))
        expect(steps).toEqual(expect.arrayContaining(room < 9 ? [around] : [1, around, last]))
        // A gap leaves steps out.
        shown.forEach((step, i) => {
          if (step === null) expect((shown[i + 1] ?? 0) - (shown[i - 1] ?? 0)).toBeGreaterThan(2)
        })
      }),
    )
  })

  test('a step outside the view moves the axis no further than needed', () => {
    expect(showing(9, [2, 6])).toEqual([5, 9])
    expect(showing(1, [2, 6])).toEqual([1, 5])
    expect(showing(4, [2, 6])).toEqual([2, 6])
  })

  test('it always spans whole steps within all of them', () => {
    const steps = fc.integer({ min: 1, max: 5000 })
    fc.assert(
      fc.property(steps, steps, steps, fc.constantFrom(0.5, 2), (last, one, other, factor) => {
        const all: StepRange = [0, last]
        const dragged = rangeBetween(Math.min(one, last), Math.min(other, last), all)
        for (const [from, to] of [dragged, zoomed(dragged, factor, Math.min(other, last), all)]) {
          expect(Number.isInteger(from) && Number.isInteger(to)).toBe(true)
          expect(from).toBeGreaterThanOrEqual(0)
          expect(to).toBeLessThanOrEqual(last)
          expect(to - from).toBeGreaterThanOrEqual(Math.min(2, last))
        }
        expect(dragged[0]).toBeLessThanOrEqual(Math.min(one, other, last))
        expect(dragged[1]).toBeGreaterThanOrEqual(Math.min(last, Math.max(one, other)))
      }),
      { seed: 1 },
    )
  })
})

test('keys move between steps as on any slider, within the steps that have values', () => {
  const from = (key: string, step = 20) => stepByKey(key, step, [1, 23])
  expect(['ArrowLeft', 'ArrowDown', 'ArrowRight', 'ArrowUp'].map((key) => from(key))).toEqual([
    19, 19, 21, 21,
  ])
  expect(['PageUp', 'PageDown', 'Home', 'End'].map((key) => from(key))).toEqual([23, 10, 1, 23])
  expect(from('ArrowLeft', 1)).toBe(1)
  expect(from('a')).toBeNull()
  expect(from('toString')).toBeNull()
})

test('all charts get the same step; pressing a pinned one unpins it', () => {
  const view = new StepView()
  const told: StepsInView[] = []
  const leave = view.subscribe((now) => told.push(now))
  view.point(3)
  view.point(3)
  view.togglePin(0)
  expect(told).toHaveLength(2)
  expect(view.current).toEqual({ pointed: 3, pinned: 1, range: null })
  view.togglePin(1)
  view.zoom([2, 4])
  expect(view.current).toEqual({ pointed: 3, pinned: null, range: [2, 4] })
  view.reset()
  leave()
  view.pin(2)
  expect(told.at(-1)).toEqual({ pointed: null, pinned: null, range: null })
})

test('a curve shows at a step the last measurement up to it', () => {
  const curves: Curves = {
    x: [0, 5, 10],
    lines: [{ label: 'ada', colour: '--ink', stroke: 'solid', values: [60, null, 80] }],
  }
  const at = (step: number) => valueUpTo(curves, curves.lines[0], step)
  expect([0, 4, 5, 9, 10, 99].map(at)).toEqual([60, 60, 60, 60, 80, 80])
  expect(indexUpTo([1, 2], [0.5, 0.6], 0)).toBeNull()
  // Next to a run with other steps, each line keeps its own steps.
  const beside = besideOf(curves, { x: [7], lines: [{ ...curves.lines[0], values: [70] }] }, 'alone')
  expect(beside.lines.map((line) => valueUpTo(beside, line, 8))).toEqual([60, 70])
})
