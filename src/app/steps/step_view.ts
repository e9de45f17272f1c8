import { useEffect, useMemo } from 'preact/hooks'
import type { Engine } from '../engine'
import { type ExchangeView, finished } from '../exchange/exchange_view'
import { Observed, useObserved } from '../observed'
import { useAnswer } from '../on_demand'
import type { StepEvent, ViewState } from '../state'
import type { StepRange } from './step_range'

export interface StepsInView {
  /** Under the pointer, or where the arrow keys are; null where neither is on a chart. */
  readonly pointed: number | null
  readonly pinned: number | null
  /** A part of the steps; null for all of them. */
  readonly range: StepRange | null
}

const NOTHING: StepsInView = { pointed: null, pinned: null, range: null }

/** What all charts share. It is not part of the page’s state: a pointer moves often, and only the charts follow it. */
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

export interface PinnedStep {
  readonly step: StepEvent
  readonly exchange: ExchangeView
}

/**
 * Returns the pinned step once all of it is here; the store has what is no longer in memory. Unpins a step that the run in
 * view does not have.
 */
export function usePinnedStep(
  view: StepView,
  { config, steps, exchanges }: Pick<ViewState, 'config' | 'steps' | 'exchanges'>,
  engine: Pick<Engine, 'exchange'>,
  onError: (error: unknown) => void,
): PinnedStep | null {
  const wanted = useObserved(view, ({ pinned }) => pinned)
  const step = steps.find((one) => one.step === wanted) ?? null
  const here = exchanges.find((one) => one.step === wanted)?.exchange ?? null
  const run = useMemo(() => JSON.stringify(config), [config])
  useEffect(() => () => view.reset(), [view, run])
  useEffect(() => {
    if (step === null || config === null) view.pin(null)
  }, [wanted, step])

  const read = useAnswer(() => {
    if (step === null || config === null || here !== null) return null
    return engine.exchange(config, step.step).then(
      (exchange) => ({ step, exchange }),
      (error) => {
        if (view.current.pinned === step.step) {
          view.pin(null)
          onError(error)
        }
        return null
      },
    )
  }, [step, here])

  const exchange = here ?? (read?.step === step ? read?.exchange : null)
  return useMemo(
    () => (step === null || !exchange ? null : { step, exchange: finished(step.step, exchange) }),
    [step, exchange],
  )
}
