import type { RunConfig } from '../runs/config'
import { duration } from './format'
import { problemText } from './problem_text'
import type { DoneEvent, Problem, Warning } from './state'

/** An error where the visitor looks: what it means, with its parts in a fold. */
export function ProblemNotice({ problem }: { problem: Problem }) {
  const { what, found, wanted, todo } = problem
  return (
    <section class="notice notice-problem" role="alert">
      <p>{problemText(problem)}</p>
      {found === undefined ? null : (
        <details>
          <summary>What exactly?</summary>
          <p>
            {what}: found {found}, wanted {wanted}. {todo}.
          </p>
        </details>
      )}
    </section>
  )
}

const ENDINGS: Readonly<Record<DoneEvent['reason'], string | null>> = {
  steps: null,
  budget: 'It ended because its token budgets are used up.',
  'early-stop': 'It ended because the peers no longer got better on the validation questions.',
}

export function DoneNotice({ done, backend }: { done: DoneEvent; backend: RunConfig['backend'] }) {
  return (
    <section class="notice notice-done" aria-label="Result">
      <h2>
        Done: {done.steps} {done.steps === 1 ? 'step' : 'steps'} in {duration(done.seconds)}
      </h2>
      {ENDINGS[done.reason] === null ? null : <p>{ENDINGS[done.reason]}</p>}
      <p>
        Digest <code class="digest">{done.digest}</code>
      </p>
      <p class="hint">
        {backend === 'wasm'
          ? 'The same settings, models and seed give the same digest.'
          : 'The same settings, models and seed on this device and browser give the same digest.'}
      </p>
    </section>
  )
}

export function WarningList({ warnings }: { warnings: readonly Warning[] }) {
  return (
    <section class="card warnings" aria-labelledby="warnings-title">
      <h2 id="warnings-title">Warnings</h2>
      {warnings.length === 0 ? (
        <p class="hint">None so far.</p>
      ) : (
        <ul>
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
