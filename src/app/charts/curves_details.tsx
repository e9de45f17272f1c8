import { useMemo } from 'preact/hooks'
import { measuredMethods, type RunConfig } from '../../config/config'
import { type ComparedRun, lineName } from '../comparison/verdict'
import { percent, testSize } from '../format'
import { peerNames, Table } from '../parts'
import type { EvalEvent, ViewState } from '../state'
import type { StepView } from '../steps/step_view'
import { ChartFigure } from './chart_figure'
import { accuracyCurves, besideOf, isSameReward, measuresOf, rewardCurves } from './curves'

interface Props extends Pick<ViewState, 'evals' | 'steps' | 'best'> {
  readonly config: RunConfig
  readonly compared: ComparedRun | null
  readonly view: StepView
}

export function CurvesDetails({ evals, steps, best, config, compared, view }: Props) {
  const peers = useMemo(() => config.peers.map(({ id }) => id), [config])
  const discussing = useMemo(() => accuracyCurves(evals, 'idea3', peers), [evals, peers])
  const reward = useMemo(() => {
    const own = rewardCurves(steps, peers)
    if (compared === null || !isSameReward(config, compared.config)) return own
    return besideOf(own, rewardCurves(compared.steps, []), lineName(config, compared.config))
  }, [steps, peers, config, compared])
  const lastStep = Math.max(config.steps, compared?.steps.at(-1)?.step ?? 0)
  const latest = evals.at(-1)
  return (
    <section class="card stack curves" aria-labelledby="curves-title">
      <h2 id="curves-title">Rewards and tests</h2>
      <div class="columns">
        <ChartFigure
          title="Reward"
          spoken="Mean reward"
          hint="mean over the rollouts of each step"
          view={view}
          curves={reward}
          lastStep={lastStep}
        />
        {measuredMethods(config).includes('idea3') ? (
          <div>
            <ChartFigure
              title="Right after discussing"
              hint={`the same ${testSize(config)} test questions, discussed first`}
              view={view}
              curves={discussing}
              lastStep={config.steps}
              scale="percent"
            />
            <details class="metric-reason">
              <summary>Why may these lines fall?</summary>
              <p>
                The peers first learned to discuss what untrained peers write. As they learn, their ideas and
                analyses change, so the answer that they fuse is wrong more often. Learning is for answering
                alone: a peer that is right alone needs no discussion.
              </p>
            </details>
          </div>
        ) : null}
      </div>
      {latest === undefined ? null : <OtherMeasures latest={latest} peers={peers} />}
      {best === null ? null : (
        <p class="hint">
          Best on validation questions so far: {percent(best.accuracy)} on average, at step {best.step}.
        </p>
      )}
    </section>
  )
}

/** What the latest test measured beside the greedy solo answers and the discussion; nothing where that is nothing. */
function OtherMeasures({ latest, peers }: { latest: EvalEvent; peers: readonly string[] }) {
  const rows = measuresOf(latest, peers)
  if (rows.length === 0) return null
  const ofAll = rows.some(({ all }) => all !== undefined)
  return (
    <Table
      class="other-measures"
      caption={`measured too, at step ${latest.step}`}
      columns={['', ...peerNames(peers), ofAll ? 'all' : '']}
      rows={rows.map(({ name, perPeer, all }) => [
        name,
        ...peers.map((_, index) => (perPeer === null ? '' : percent(perPeer[index]))),
        all === undefined ? '' : percent(all),
      ])}
    />
  )
}
