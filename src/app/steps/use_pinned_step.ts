import { useEffect, useMemo, useState } from 'preact/hooks'
import type { Exchange } from '../../ilr/events'
import type { Engine } from '../engine'
import { type ExchangeView, finished } from '../exchange/exchange_view'
import type { StepEvent, ViewState } from '../state'
import { type StepView, useStepsInView } from './step_view'

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
  const wanted = useStepsInView(view, ({ pinned }) => pinned)
  const [read, setRead] = useState<{ readonly step: StepEvent; readonly exchange: Exchange } | null>(null)
  const step = useMemo(() => steps.find((one) => one.step === wanted) ?? null, [steps, wanted])
  const here = useMemo(
    () => exchanges.find((one) => one.step === wanted)?.exchange ?? null,
    [exchanges, wanted],
  )
  const run = useMemo(() => JSON.stringify(config), [config])
  useEffect(() => () => view.reset(), [view, run])

  useEffect(() => {
    if (wanted === null) return
    if (step === null || config === null) return view.pin(null)
    if (here !== null || read?.step === step) return
    let current = true
    engine.exchange(config, wanted).then(
      (exchange) => current && setRead({ step, exchange }),
      (error) => {
        if (!current) return
        view.pin(null)
        onError(error)
      },
    )
    return () => {
      current = false
    }
  }, [wanted, step, here])

  const exchange = here ?? (step !== null && read?.step === step ? read.exchange : null)
  return useMemo(
    () => (step === null || exchange === null ? null : { step, exchange: finished(step.step, exchange) }),
    [step, exchange],
  )
}
