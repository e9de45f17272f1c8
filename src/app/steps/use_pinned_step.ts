import { useEffect, useMemo } from 'preact/hooks'
import type { Engine } from '../engine'
import { type ExchangeView, finished } from '../exchange/exchange_view'
import { useObserved } from '../observed'
import { useAnswer } from '../on_demand'
import type { StepEvent, ViewState } from '../state'
import type { StepView } from './step_view'

/** A step that is looked at while the run goes on. */
export interface PinnedStep {
  readonly step: StepEvent
  readonly exchange: ExchangeView
}

/**
 * The step that is pinned, once all of it is here: what the page no longer has in memory is read from the store. Null where none
 * is pinned. A step that the run in view does not have is let go.
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
