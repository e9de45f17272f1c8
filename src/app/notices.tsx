import { problemText } from './problem_text'
import type { Problem } from './state'

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
