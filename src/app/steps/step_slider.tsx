import type { TargetedKeyboardEvent, TargetedPointerEvent } from 'preact'
import { useRef, useState } from 'preact/hooks'
import {
  fractionOf,
  rangeBetween,
  type StepRange,
  showing,
  stepAt,
  stepByKey,
  within,
  zoomed,
} from './step_range'
import type { StepsInView, StepView } from './step_view'

interface Props {
  readonly view: StepView
  readonly now: StepsInView
  /** What the axis spans, and what it would span with all steps. */
  readonly range: StepRange
  readonly all: StepRange
  /** The first and the last step of which there is a value; null where there is none yet. */
  readonly known: StepRange | null
  readonly label: string
  readonly valueText: string
}

/** A pointer that went down, where it did, and what became of it. */
interface Press {
  readonly x: number
  readonly step: number
  down: boolean
  moved: boolean
}

/** Pixels that a pointer may move and still have pressed, not dragged. */
const STILL = 5

/** Lies over a chart's plot. Pointer, finger or arrow keys point at a step; a press or Enter pins it; dragging or + and − zoom. */
export function StepSlider({ view, now, range, all, known, label, valueText }: Props) {
  const pressed = useRef<Press | null>(null)
  /** What was pinned before the last click: a double click leaves that as it was. */
  const pinnedBefore = useRef<number | null>(null)
  const [dragged, setDragged] = useState<StepRange | null>(null)
  const step = now.pointed ?? now.pinned ?? known?.[1] ?? 0

  const stepUnder = ({ clientX, currentTarget }: TargetedPointerEvent<HTMLDivElement>) => {
    const { left, width } = currentTarget.getBoundingClientRect()
    return within(stepAt((clientX - left) / width, range), known ?? range)
  }
  const onKey = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    if (known === null || event.ctrlKey || event.metaKey || event.altKey) return
    const next = stepByKey(event.key, step, known)
    if (next !== null) {
      view.point(next)
      if (now.range !== null) view.zoom(showing(next, now.range))
    } else if (event.key === 'Enter' || event.key === ' ') view.togglePin(step)
    else if (event.key === '+' || event.key === '=') view.zoom(part(zoomed(range, 0.5, step, all), all))
    else if (event.key === '-') view.zoom(part(zoomed(range, 2, step, all), all))
    else return
    event.preventDefault()
  }

  return (
    <div
      class="step-slider"
      role="slider"
      tabIndex={known === null ? -1 : 0}
      aria-label={label}
      aria-disabled={known === null}
      aria-valuemin={known?.[0] ?? 0}
      aria-valuemax={known?.[1] ?? 0}
      aria-valuenow={within(step, known ?? [0, 0])}
      aria-valuetext={valueText}
      onPointerDown={(event) => {
        if (known === null || event.button !== 0) return
        pressed.current = { x: event.clientX, step: stepUnder(event), down: true, moved: false }
        event.currentTarget.setPointerCapture(event.pointerId)
      }}
      onPointerMove={(event) => {
        if (known === null) return
        const under = stepUnder(event)
        view.point(under)
        const from = pressed.current
        if (from === null || !from.down) return
        from.moved ||= Math.abs(event.clientX - from.x) > STILL
        // A finger that moves looks at one step after the other.
        if (from.moved && event.pointerType !== 'touch') setDragged([from.step, under])
      }}
      onPointerUp={() => {
        if (pressed.current !== null) pressed.current.down = false
        if (dragged !== null) view.zoom(part(rangeBetween(...dragged, all), all))
        setDragged(null)
      }}
      onPointerCancel={() => {
        pressed.current = null
        setDragged(null)
      }}
      onClick={({ detail }) => {
        const from = pressed.current
        if (from === null || from.moved || detail > 1) return
        pinnedBefore.current = now.pinned
        view.togglePin(from.step)
      }}
      onDblClick={() => {
        view.pin(pinnedBefore.current)
        view.zoom(null)
      }}
      onPointerLeave={() => view.point(null)}
      onFocus={({ currentTarget }) => {
        // So that what is read out stays as it is while the run goes on.
        if (known !== null && currentTarget.matches(':focus-visible')) view.point(step)
      }}
      onBlur={() => view.point(null)}
      onKeyDown={onKey}
    >
      {dragged === null ? null : (
        <Mark name="step-selection" from={dragged[0]} to={dragged[1]} range={range} />
      )}
      {now.pinned === null ? null : <Mark name="step-pin" from={now.pinned} to={now.pinned} range={range} />}
    </div>
  )
}

/** A line at a step, or a band between two; nothing if it is out of sight. */
function Mark(props: { name: string; from: number; to: number; range: StepRange }) {
  const [low, high] = [props.from, props.to]
    .map((step) => fractionOf(step, props.range))
    .sort((a, b) => a - b)
  if (high < 0 || low > 1) return null
  return <div class={props.name} style={{ left: `${low * 100}%`, width: `${(high - low) * 100}%` }} />
}

/** Null where nothing is left out: then the axis goes on growing with the run. */
function part(range: StepRange, all: StepRange): StepRange | null {
  return range[0] <= all[0] && range[1] >= all[1] ? null : range
}
