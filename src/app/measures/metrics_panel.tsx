import type { RunConfig } from '../../runs/config'
import { compact } from '../format'
import { LongName } from '../long_name'
import { PeerName, peerColour } from '../peer_colour'
import type { StepEvent } from '../state'
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
        <>
          <p class="hint">
            Of all peers
            {peers.map((peer, index) => (
              <span key={peer}>
                , then of <PeerName index={index}>{peer}</PeerName>
              </span>
            ))}
          </p>
          <dl style={{ '--columns': peers.length + 1 }}>
            {metricRows(shown.metrics, peers).map(({ name, meaning, all, perPeer }) => (
              <div key={name}>
                <dt>
                  <code>
                    <LongName>{name}</LongName>
                  </code>
                  <span class="hint">{meaning}</span>
                  {isExplained(name) ? <Reason reason={reasonFor(name, shown.metrics, config)} /> : null}
                </dt>
                <dd>{all === undefined ? '' : compact(all)}</dd>
                {perPeer.map((value, index) => (
                  <dd key={peers[index]} style={{ color: `var(${peerColour(index)})` }}>
                    <span class="visually-hidden">{peers[index]} </span>
                    {value === undefined ? '' : compact(value)}
                  </dd>
                ))}
              </div>
            ))}
          </dl>
        </>
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
