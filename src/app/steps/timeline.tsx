import type { TargetedFocusEvent, TargetedKeyboardEvent } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Exchange } from '../../ilr/events'
import { useObserved } from '../observed'
import type { ExchangeEvent } from '../state'
import { stepByKey, stepsShown } from './step_range'
import type { StepView } from './step_view'

interface Props {
  readonly view: StepView
  readonly exchanges: readonly ExchangeEvent[]
  readonly finished: number
  readonly current: number
  readonly lastStep: number
}

/** How the last answers to a step's featured question came out, as it is heard. */
const OUTCOMES = {
  right: ', answered right',
  some: ', some answers right',
  wrong: ', answered wrong',
  unknown: '',
} as const

/** Places for steps until the width is known, and at least. */
const FEWEST_PLACES = 5

/** Shows the steps around the current one. A press pins a finished step. It is one Tab stop; arrow keys move inside it. */
export function Timeline({ view, exchanges, finished, current, lastStep }: Props) {
  const pinned = useObserved(view, (now) => now.pinned)
  const strip = useRef<HTMLDivElement>(null)
  const [room, setRoom] = useState(FEWEST_PLACES)
  const [at, setAt] = useState<number | null>(null)
  const outcomes = useMemo(
    () => new Map(exchanges.map(({ step, exchange }) => [step, outcomeOf(exchange)])),
    [exchanges],
  )
  const reachable = Math.min(lastStep, Math.max(finished, current))
  const stop = Math.min(reachable, at ?? pinned ?? current)
  const go = (step: number) => view.pin(step > finished ? null : Math.max(1, step))

  useEffect(() => {
    const element = strip.current
    if (element === null) return
    const sizes = new ResizeObserver(() => {
      const place = element.querySelector('button')?.offsetWidth ?? 0
      if (place > 0) setRoom(Math.max(FEWEST_PLACES, Math.floor(element.clientWidth / place)))
    })
    sizes.observe(element)
    return () => sizes.disconnect()
  }, [])
  useEffect(() => {
    if (at !== null) strip.current?.querySelector<HTMLElement>(`[data-step="${at}"]`)?.focus()
  }, [at])
  useEffect(() => {
    if (pinned === null) return
    const leave = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return
      if (event.target instanceof Element && event.target.closest('dialog') !== null) return
      view.pin(null)
    }
    addEventListener('keydown', leave)
    return () => removeEventListener('keydown', leave)
  }, [view, pinned])

  const onKey = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    if (reachable < 1 || event.ctrlKey || event.metaKey || event.altKey) return
    const next = stepByKey(event.key, stop, [1, reachable])
    if (next === null) return
    setAt(next)
    event.preventDefault()
  }
  const onBlur = ({ currentTarget, relatedTarget }: TargetedFocusEvent<HTMLDivElement>) => {
    if (!(relatedTarget instanceof Node) || !currentTarget.contains(relatedTarget)) setAt(null)
  }
  const turn = (label: string, sign: string, step: number, enabled: boolean) => (
    <button
      type="button"
      class="timeline-turn"
      tabIndex={-1}
      aria-label={label}
      disabled={!enabled}
      onClick={() => go(step)}
    >
      {sign}
    </button>
  )
  return (
    <div class="timeline">
      {turn('Step before', '‹', (pinned ?? current) - 1, finished > 0 && (pinned ?? current) > 1)}
      <div
        class="timeline-steps"
        role="toolbar"
        aria-label="Timeline"
        ref={strip}
        onKeyDown={onKey}
        onBlur={onBlur}
      >
        {stepsShown(Math.max(1, lastStep), Math.max(1, stop), room).map((step, place) => {
          if (step === null)
            return (
              <span key={`gap ${place}`} class="timeline-gap" aria-hidden="true">
                …
              </span>
            )
          const outcome = outcomes.get(step) ?? 'unknown'
          return (
            <button
              key={step}
              type="button"
              class="timeline-step"
              data-step={step}
              data-outcome={outcome}
              disabled={step > reachable}
              tabIndex={step === stop ? 0 : -1}
              aria-label={`Step ${step}${OUTCOMES[outcome]}`}
              aria-current={step === current ? 'step' : undefined}
              aria-pressed={step === pinned}
              onClick={() => (step === pinned ? view.pin(null) : go(step))}
            >
              {step}
            </button>
          )
        })}
      </div>
      {turn('Step after', '›', (pinned ?? current) + 1, pinned !== null)}
      <button
        type="button"
        class="button button-small"
        data-shown={pinned !== null}
        aria-label="Back to now"
        onClick={() => {
          view.pin(null)
          // This button goes, so the keyboard moves to the step of now.
          setAt(reachable)
        }}
      >
        Now
      </button>
      <p class="visually-hidden" role="status">
        {pinned === null ? '' : `Step ${pinned} is pinned.`}
      </p>
    </div>
  )
}

function outcomeOf({ peers }: Exchange): keyof typeof OUTCOMES {
  const last = Object.values(peers).flatMap(
    (texts) => texts.findLast(({ stage }) => stage !== 'analyze')?.reward.correct ?? [],
  )
  if (last.length === 0) return 'unknown'
  return last.every(Boolean) ? 'right' : last.some(Boolean) ? 'some' : 'wrong'
}
