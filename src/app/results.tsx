import type { ComponentChildren } from 'preact'
import { useMemo } from 'preact/hooks'
import { measuredMethods, type RunConfig } from '../runs/config'
import type { Hideable } from '../runs/lesson'
import { CurvesPanel } from './charts/curves_panel'
import { ComparisonPanel } from './comparison/comparison_panel'
import type { Comparison } from './comparison/use_comparison'
import { InteractionPanel } from './measures/interaction_panel'
import { MetricsPanel } from './measures/metrics_panel'
import { SkillsPanel } from './measures/skills_panel'
import { WarningList } from './notices'
import type { StepEvent, ViewState } from './state'
import type { StepView } from './steps/step_view'

interface Props {
  /** What the panels show: the visitor's run, or a recorded one. */
  readonly inView: ViewState
  /** The step that the visitor pinned; null where the panels show the latest one. */
  readonly pinned: StepEvent | null
  readonly view: StepView
  /** The visitor's run. */
  readonly run: ViewState
  /** Of the run in view. */
  readonly config: RunConfig
  readonly peers: readonly string[]
  readonly comparison: Comparison
  /** Whether no run is on. */
  readonly over: boolean
  readonly hidden: ReadonlySet<Hideable>
  /** What stands behind the curves. */
  readonly children: ComponentChildren
}

/** What came of a run so far. Tokens come many times a second, these few times a minute: kept elements are not compared again. */
export function Results(props: Props) {
  const { inView, pinned, view, run, config, peers, comparison, over, hidden, children } = props
  const { evals, steps, best, warnings } = inView
  const { compared } = comparison
  const lastStep = config.steps
  const shown = pinned ?? steps.at(-1)
  const curves = useMemo(
    () => (
      <CurvesPanel
        evals={evals}
        steps={steps}
        best={best}
        peers={peers}
        evalSize={config.evalSize}
        lastStep={lastStep}
        discussing={measuredMethods(config).includes('idea3')}
        compared={compared}
        view={view}
      />
    ),
    [evals, steps, best, peers, config, lastStep, compared, view],
  )
  const others = useMemo(
    () => (
      <>
        {hidden.has('interactions') ? null : (
          <InteractionPanel
            steps={steps}
            peers={peers}
            lastStep={lastStep}
            config={config}
            shown={shown}
            view={view}
          />
        )}
        {hidden.has('skills') ? null : (
          <SkillsPanel evals={evals} peers={peers} pinned={pinned?.step ?? null} />
        )}
        {hidden.has('warnings') ? null : <WarningList warnings={warnings} />}
        {hidden.has('metrics') ? null : <MetricsPanel shown={shown} peers={peers} config={config} />}
      </>
    ),
    [evals, steps, shown, pinned, warnings, peers, lastStep, config, hidden, view],
  )
  return (
    <>
      {hidden.has('curves') ? null : curves}
      <ComparisonPanel
        run={run}
        compared={compared}
        onSingleAgent={over ? comparison.withSingleAgent : null}
        onEnd={comparison.end}
      />
      {children}
      {others}
    </>
  )
}
