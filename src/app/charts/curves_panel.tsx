import { useMemo } from 'preact/hooks'
import type { ComparedRun } from '../comparison/compared_run'
import { percent } from '../format'
import type { EvalEvent, StepEvent, ViewState } from '../state'
import type { StepView } from '../steps/step_view'
import { ChartFigure } from './chart_figure'
import { accuracyCurves, besideOf, rewardCurves } from './curves'

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
  /** A run whose accuracy alone and mean reward are drawn, too; null for none. */
  readonly compared: ComparedRun | null
  readonly view: StepView
}

export function CurvesPanel(props: Props) {
  const { evals, steps, best, peers, evalSize, discussing, compared, view } = props
  const accuracy = useMemo(() => {
    const own = accuracyCurves(evals, peers, discussing)
    if (compared === null) return own
    const theirs = compared.config.peers.map(({ id }) => id)
    const all = [...new Set([...peers, ...theirs])]
    return besideOf(own, accuracyCurves(compared.evals, theirs, false, all))
  }, [evals, peers, discussing, compared])
  const reward = useMemo(() => {
    const own = rewardCurves(steps, peers)
    return compared === null ? own : besideOf(own, rewardCurves(compared.steps, []))
  }, [steps, peers, compared])
  const lastStep = Math.max(props.lastStep, compared?.steps.at(-1)?.step ?? 0)
  const lines = discussing ? '; solid: alone, dashed: after a discussion' : ', answered alone'
  const dotted = (what: string) => (compared === null ? '' : `; dotted: ${what} in “${compared.title}”`)
  return (
    <section class="card curves" aria-labelledby="curves-title">
      <h2 id="curves-title">Are they learning?</h2>
      <ChartFigure
        title="Accuracy on held-out questions"
        spoken="Held-out accuracy"
        hint={`${evalSize} questions never trained on${lines}${dotted('alone')}`}
        view={view}
        curves={accuracy}
        lastStep={lastStep}
        range={[0, 100]}
        grain={10}
        digits={0}
        unit={[' %', ' percent']}
      />
      {discussing ? (
        <details class="metric-reason">
          <summary>Why may the dashed lines fall?</summary>
          <p>
            The peers were brought up to discuss what untrained peers write. As they learn, their ideas and
            analyses change, and so the answer that is fused from them is wrong more often. What learning is
            for is the solid lines: a peer that is right alone needs no discussion.
          </p>
        </details>
      ) : null}
      <ChartFigure
        title="Reward"
        spoken="Mean reward"
        hint={`mean over the rollouts of each step${dotted('mean')}`}
        view={view}
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
