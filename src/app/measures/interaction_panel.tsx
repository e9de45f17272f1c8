import { useMemo } from 'preact/hooks'
import { whyNotDiscussed } from '../../ilr/mode_reason'
import type { RunConfig } from '../../runs/config'
import { ChartFigure } from '../charts/chart_figure'
import { calibrationCurves, interactionCurves } from '../charts/curves'
import type { StepEvent } from '../state'
import type { StepView } from '../steps/step_view'
import { QuestionTable } from './question_table'

interface Props {
  readonly steps: readonly StepEvent[]
  readonly peers: readonly string[]
  readonly lastStep: number
  readonly config: RunConfig
  /** The step that is pinned, or the latest one. */
  readonly shown: StepEvent | undefined
  readonly view: StepView
}

/** How the questions of a step were dealt with, and how the peers interact over time. */
export function InteractionPanel({ steps, peers, lastStep, config, shown, view }: Props) {
  const interaction = useMemo(() => interactionCurves(steps), [steps])
  const calibration = useMemo(() => calibrationCurves(steps), [steps])
  const { method, questionsPerStep } = config
  return (
    <section class="card stack" aria-labelledby="interaction-title">
      <h2 id="interaction-title">How do they interact?</h2>
      {method === 'ilr' ? null : <p>{whyNotDiscussed(method)}</p>}
      <div class="columns">
        <QuestionTable shown={shown} peers={peers} questionsPerStep={questionsPerStep} />
        {method === 'ilr' ? (
          <ChartFigure
            title="Together or against each other"
            hint="shares of a step’s questions; help each other: of those discussed"
            spoken="Shares of questions"
            view={view}
            curves={interaction}
            lastStep={lastStep}
            range={[0, 1]}
            grain={0.2}
            digits={2}
          />
        ) : null}
        <ChartFigure
          title="Calibration"
          hint="how far the peers’ rewards move an advantage, and the share of terms cut at their limit"
          view={view}
          curves={calibration}
          lastStep={lastStep}
          range={[0, 1]}
          grain={0.2}
          digits={2}
        />
      </div>
    </section>
  )
}
