import { problemText } from './problem_text'
import type { Problem, Warning } from './state'

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
