import { useEffect, useState } from 'preact/hooks'
import type { StepRange } from './step_range'

/** Which steps all charts show, and which one the visitor looks at. */
export interface StepsInView {
  /** Under the pointer, or where the arrow keys are; null where neither is on a chart. */
  readonly pointed: number | null
  /** Chosen to be looked at while the run goes on. */
  readonly pinned: number | null
  /** A part of the steps; null for all of them. */
  readonly range: StepRange | null
}

const NOTHING: StepsInView = { pointed: null, pinned: null, range: null }

/**
 * What the charts have in common, so that they move together. It is kept beside the page's state and not in it: a pointer moves
 * often, and only the charts follow it.
 */
export class StepView {
  private now = NOTHING
  private readonly listeners = new Set<(now: StepsInView) => void>()

  get current(): StepsInView {
    return this.now
  }

  subscribe(listener: (now: StepsInView) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  point(step: number | null): void {
    if (step !== this.now.pointed) this.show({ ...this.now, pointed: step })
  }

  /** Steps are counted from 1: before that nothing is discussed. */
  pin(step: number | null): void {
    const pinned = step === null ? null : Math.max(1, step)
    if (pinned !== this.now.pinned) this.show({ ...this.now, pinned })
  }

  /** Pins a step, or lets it go where it is pinned. */
  togglePin(step: number): void {
    this.pin(Math.max(1, step) === this.now.pinned ? null : step)
  }

  zoom(range: StepRange | null): void {
    this.show({ ...this.now, range })
  }

  /** Another run has other steps. */
  reset(): void {
    if (this.now !== NOTHING) this.show(NOTHING)
  }

  private show(now: StepsInView): void {
    this.now = now
    for (const listener of this.listeners) listener(now)
  }
}

/** Returns what is in view, or a part of it; a component renders again only when that changes. */
export function useStepsInView<T = StepsInView>(
  view: StepView,
  pick: (now: StepsInView) => T = (now) => now as T,
): T {
  const [now, setNow] = useState(() => pick(view.current))
  useEffect(() => {
    setNow(() => pick(view.current))
    return view.subscribe((next) => setNow(() => pick(next)))
  }, [view])
  return now
}
