import { compact } from './format'
import { inReadingOrder, meaning } from './metric_names'
import type { StepEvent } from './state'

/** All numbers of the latest step, under the names that TRL uses. */
export function MetricsPanel({ latest }: { latest: StepEvent | undefined }) {
  return (
    <section class="card metrics" aria-labelledby="metrics-title">
      <h2 id="metrics-title">
        Numbers of {latest === undefined ? 'the latest step' : `step ${latest.step}`}
      </h2>
      {latest === undefined ? (
        <p class="hint">Shown after the first step.</p>
      ) : (
        <dl>
          {inReadingOrder(Object.keys(latest.metrics)).map((name) => (
            <div key={name}>
              <dt>
                <code>{name}</code>
                <span class="hint">{meaning(name)}</span>
              </dt>
              <dd>{compact(latest.metrics[name])}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  )
}
