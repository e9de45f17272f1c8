import { useEffect, useState } from 'preact/hooks'
import type { StepsInView, StepView } from './step_view'

/** What is in view, all of it or what is picked from it; a component is drawn anew only where that changes. */
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
