import type { RunConfig } from '../../config/config'
import { compact } from '../format'
import { LongName, peerNames, Table } from '../parts'
import type { StepEvent, Warning } from '../state'
import { isExplained, type MetricReason, metricRows, reasonFor } from './metrics'

interface Props {
  readonly shown: StepEvent | undefined
  readonly config: RunConfig
}

/** All numbers of a step, under the names that TRL uses. */
export function MetricsPanel({ shown, config }: Props) {
  const peers = config.peers.map(({ id }) => id)
  return (
    <section class="card stack metrics" aria-labelledby="metrics-title">
      <h2 id="metrics-title">Numbers of {shown === undefined ? 'the latest step' : `step ${shown.step}`}</h2>
      {shown === undefined ? (
        <p class="hint">Shown after the first step.</p>
      ) : (
        <Table
          class="numbers"
          aria-labelledby="metrics-title"
          columns={['number', 'all', ...peerNames(peers)]}
          rows={metricRows(shown.metrics, peers).map(({ name, meaning, all, perPeer }) => [
            <>
              <code>
                <LongName>{name}</LongName>
              </code>
              <p class="hint">{meaning}</p>
              {isExplained(name) ? <Reason reason={reasonFor(name, shown.metrics, config)} /> : null}
            </>,
            ...[all, ...perPeer].map((value) => (value === undefined ? '' : compact(value))),
          ])}
        />
      )}
    </section>
  )
}

/** Its room is kept where there is nothing to explain, so that nothing moves from step to step. */
function Reason({ reason }: { reason: MetricReason | null }) {
  return (
    <details class="metric-reason" data-shown={reason !== null}>
      <summary>{reason?.question ?? '–'}</summary>
      <p>{reason?.answer}</p>
    </details>
  )
}

export function WarningList({ warnings }: { warnings: readonly Warning[] }) {
  return (
    <section class="card stack warnings" aria-labelledby="warnings-title">
      <h2 id="warnings-title">Warnings</h2>
      {warnings.length === 0 ? (
        <p class="hint">None so far.</p>
      ) : (
        <ul class="stack">
          {warnings.map(({ step, message, count }, index) => (
            <li key={index}>
              <span class="tag">step {step}</span> {message}
              {count > 1 ? ` (${count} times)` : ''}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
