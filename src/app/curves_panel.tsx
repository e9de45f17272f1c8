import { useMemo } from 'preact/hooks'
import { ChartFigure } from './chart_figure'
import { accuracyCurves, rewardCurves } from './curves'
import { percent } from './format'
import type { EvalEvent, StepEvent, ViewState } from './state'

interface Props {
  readonly evals: readonly EvalEvent[]
  readonly steps: readonly StepEvent[]
  readonly best: ViewState['best']
  readonly peers: readonly string[]
  readonly lastStep: number
  /** Held-out questions per evaluation. */
  readonly evalSize: number
  /** Whether accuracy after a discussion is measured too. */
  readonly discussing: boolean
}

export function CurvesPanel({ evals, steps, best, peers, lastStep, evalSize, discussing }: Props) {
  const accuracy = useMemo(() => accuracyCurves(evals, peers, discussing), [evals, peers, discussing])
  const reward = useMemo(() => rewardCurves(steps, peers), [steps, peers])
  const lines = discussing ? '; solid: alone, dashed: after a discussion' : ', answered alone'
  return (
    <section class="card curves" aria-labelledby="curves-title">
      <h2 id="curves-title">Are they learning?</h2>
      <ChartFigure
        title="Accuracy on held-out questions"
        spoken="Held-out accuracy"
        hint={`${evalSize} questions never trained on${lines}`}
        curves={accuracy}
        lastStep={lastStep}
        range={[0, 100]}
        grain={10}
        digits={0}
        unit={[' %', ' percent']}
      />
      <ChartFigure
        title="Reward"
        spoken="Mean reward"
        hint="mean over the rollouts of each step"
        curves={reward}
        lastStep={lastStep}
        range={[0, 1]}
        grain={0.2}
        digits={2}
      />
      <p class="hint">
        Best on validation questions so far:{' '}
        {best === null ? '–' : `${percent(best.accuracy)} on average, at step ${best.step}`}
      </p>
    </section>
  )
}
