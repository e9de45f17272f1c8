import { useMemo } from 'preact/hooks'
import { hasDiscussion, type RunConfig } from '../../config/config'
import type { QuestionRecord } from '../../ilr/events'
import { whyNotDiscussed } from '../../ilr/interaction/mode_reason'
import { ChartFigure } from '../charts/chart_figure'
import { calibrationCurves, interactionCurves } from '../charts/curves'
import { fixed } from '../format'
import { peerNames, Table } from '../parts'
import type { StepEvent } from '../state'
import type { StepView } from '../steps/step_view'
import { skillName } from '../stories'

interface Props {
  readonly steps: readonly StepEvent[]
  readonly config: RunConfig
  readonly shown: StepEvent | undefined
  readonly view: StepView
}

const MODE_WORDS = { cooperate: 'help each other', compete: 'compete', none: 'not discussed' } as const

export function InteractionPanel({ steps, config, shown, view }: Props) {
  const interaction = useMemo(() => interactionCurves(steps), [steps])
  const calibration = useMemo(() => calibrationCurves(steps), [steps])
  const { method, questionsPerStep, steps: lastStep } = config
  const discusses = hasDiscussion(config)
  const peers = config.peers.map(({ id }) => id)
  return (
    <section class="card stack" aria-labelledby="interaction-title">
      <h2 id="interaction-title">How do they interact?</h2>
      {discusses ? null : <p>{whyNotDiscussed(method)}</p>}
      <div class="columns">
        <div class="question-table">
          <h3>{shown === undefined ? 'Questions of the latest step' : `Questions of step ${shown.step}`}</h3>
          <p class="hint">
            P: the chance that a peer solves it alone; the peers disagree where they would pick different
            modes
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard */}
          <div class="question-rows" style={{ '--rows': questionsPerStep + 1 }} tabIndex={0}>
            <Table
              columns={['question', ...peerNames(peers).map((name) => <>P {name}</>), 'mode', 'peers']}
              rows={(shown?.questions ?? []).map((record) => [
                `${skillName(record.skill).name}, level ${record.level}`,
                ...peers.map((peer) => fixed(record.judgement[peer]?.p)),
                <span class="question-mode" data-mode={record.mode ?? 'none'}>
                  {MODE_WORDS[record.mode ?? 'none']}
                </span>,
                agreement(record),
              ])}
            />
          </div>
        </div>
        {discusses ? (
          <ChartFigure
            title="Together or against each other"
            hint="shares of a step’s questions; help each other: of those discussed"
            spoken="Shares of questions"
            view={view}
            curves={interaction}
            lastStep={lastStep}
          />
        ) : null}
        <ChartFigure
          title="Calibration"
          hint="how far the peers’ rewards move an advantage, and the share of terms cut at their limit"
          view={view}
          curves={calibration}
          lastStep={lastStep}
        />
      </div>
    </section>
  )
}

function agreement({ judgement, disagreement }: QuestionRecord): string {
  if (Object.keys(judgement).length === 0) return '–'
  return disagreement ? 'disagree' : 'agree'
}
