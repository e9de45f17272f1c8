import { useMemo } from 'preact/hooks'
import type { RunConfig } from '../../config/config'
import { type ComparedRun, lineName } from '../comparison/verdict'
import { testSize } from '../format'
import type { EvalEvent } from '../state'
import type { StepView } from '../steps/step_view'
import { ChartFigure } from './chart_figure'
import { accuracyCurves, besideOf } from './curves'

interface Props {
  readonly evals: readonly EvalEvent[]
  readonly config: RunConfig
  readonly compared: ComparedRun | null
  readonly view: StepView
}

export function AccuracyPanel({ evals, config, compared, view }: Props) {
  const peers = useMemo(() => config.peers.map(({ id }) => id), [config])
  const curves = useMemo(() => {
    const own = accuracyCurves(evals, 'solo', peers)
    if (compared === null) return own
    const theirs = compared.config.peers.map(({ id }) => id)
    const among = [...new Set([...peers, ...theirs])]
    const other = accuracyCurves(compared.evals, 'solo', theirs, among)
    return besideOf(own, other, lineName(config, compared.config))
  }, [evals, peers, config, compared])
  return (
    <section class="card accuracy" aria-label="Right alone">
      <ChartFigure
        title="Right alone"
        heading="h2"
        hint={`${testSize(config)} test questions that they never learn from`}
        view={view}
        curves={curves}
        lastStep={Math.max(config.steps, compared?.steps.at(-1)?.step ?? 0)}
        scale="percent"
      />
      <p class="visually-hidden" role="status">
        {compared === null ? '' : `Compared with ${compared.title}.`}
      </p>
    </section>
  )
}
