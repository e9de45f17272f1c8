import { Observed } from '../observed'
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
export class StepView extends Observed<StepsInView> {
  constructor() {
    super(NOTHING)
  }

  point(step: number | null): void {
    if (step !== this.current.pointed) this.show({ ...this.current, pointed: step })
  }

  /** Steps are counted from 1: before that nothing is discussed. */
  pin(step: number | null): void {
    const pinned = step === null ? null : Math.max(1, step)
    if (pinned !== this.current.pinned) this.show({ ...this.current, pinned })
  }

  /** Pins a step, or lets it go where it is pinned. */
  togglePin(step: number): void {
    this.pin(Math.max(1, step) === this.current.pinned ? null : step)
  }

  zoom(range: StepRange | null): void {
    this.show({ ...this.current, range })
  }

  /** Another run has other steps. */
  reset(): void {
    if (this.current !== NOTHING) this.show(NOTHING)
  }
}
