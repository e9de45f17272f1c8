/** Ranges of steps, both ends included: the axis of a chart, and the steps of the timeline. */
export type StepRange = readonly [first: number, last: number]

/** The least that a chart spans: with less there is no curve to see. */
const LEAST_SPAN = 2

/** The step at a fraction in [0, 1] of the axis. */
export function stepAt(fraction: number, [first, last]: StepRange): number {
  return Math.round(first + Math.min(1, Math.max(0, fraction)) * (last - first))
}

/** Where a step is on the axis: a fraction, in [0, 1] where it is in sight. */
export function fractionOf(step: number, [first, last]: StepRange): number {
  return (step - first) / (last - first)
}

/** From one step to another, widened to the least span, within `all`. */
export function rangeBetween(one: number, other: number, all: StepRange): StepRange {
  const middle = (one + other) / 2
  return moved(all, middle, Math.max(LEAST_SPAN, Math.abs(other - one)), 0.5)
}

/** `factor` times as many steps, with step `around` staying in its place on the axis as far as `all` allows. */
export function zoomed(range: StepRange, factor: number, around: number, all: StepRange): StepRange {
  const span = Math.max(LEAST_SPAN, Math.round((range[1] - range[0]) * factor))
  const anchor = Math.min(range[1], Math.max(range[0], around))
  return moved(all, anchor, span, fractionOf(anchor, range))
}

/** As many steps, moved no further than it takes to have `step` in sight. */
export function showing(step: number, range: StepRange): StepRange {
  const shift = Math.min(0, step - range[0]) + Math.max(0, step - range[1])
  return [range[0] + shift, range[1] + shift]
}

/** `span` steps with step `anchor` at a fraction of the axis, moved and cut to lie within `all`. */
function moved(all: StepRange, anchor: number, span: number, fraction: number): StepRange {
  const width = Math.min(span, all[1] - all[0])
  const first = Math.min(all[1] - width, Math.max(all[0], Math.round(anchor - fraction * width)))
  return [first, first + width]
}

/** With fewer places than these a timeline has no room for its ends. */
const PLACES_WITH_ENDS = 9

/** Returns the steps around `around` and, where there is room, the first and the last step. Null is a gap. */
export function stepsShown(last: number, around: number, room: number): (number | null)[] {
  const places = Math.min(last, room)
  const from = Math.min(last - places, Math.max(0, around - 1 - Math.floor(places / 2)))
  const steps = Array.from({ length: places }, (_, i): number | null => from + i + 1)
  if (room < PLACES_WITH_ENDS) return steps
  if (from > 0) steps.splice(0, 2, 1, null)
  if (from + places < last) steps.splice(-2, 2, null, last)
  return steps
}

/** Steps that Page Up and Page Down go. */
const PAGE = 10

/** Returns the step that a key leads to, as on any slider; null for other keys. */
export function stepByKey(key: string, step: number, [first, last]: StepRange): number | null {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: step - 1,
    ArrowDown: step - 1,
    ArrowRight: step + 1,
    ArrowUp: step + 1,
    PageDown: step - PAGE,
    PageUp: step + PAGE,
    Home: first,
    End: last,
  }
  return Object.hasOwn(steps, key) ? within(steps[key], [first, last]) : null
}

export function within(step: number, [first, last]: StepRange): number {
  return Math.min(last, Math.max(first, step))
}
