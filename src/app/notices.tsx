import type { ComponentChildren } from 'preact'
import { Button } from './controls'
import { OfflineNotices } from './offline/offline_notices'
import type { Page } from './page'
import { errorText, problemText } from './problem_text'
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

/** What the visitor has to know before anything else: what is wrong, what a link brought, what another tab does. */
export function PageNotices({
  page,
  children,
}: {
  readonly page: Page
  readonly children: ComponentChildren
}) {
  const { run, over, kept, offline } = page
  return (
    <div class="stack notices">
      {run.problem === null ? null : <ProblemNotice problem={run.problem} />}
      {over && kept.trouble !== null ? <ProblemNotice problem={kept.trouble} /> : null}
      {children}
      {over ? <ElsewhereNotice page={page} /> : null}
      {over && kept.saved !== null
        ? kept.saved.damaged.map(({ id, error }) => (
            <section key={id} class="notice row notice-problem" aria-label="Damaged run">
              <p>{errorText(error)}</p>
              <Button onClick={() => kept.forget(id)}>Delete it</Button>
            </section>
          ))
        : null}
      <OfflineNotices page={offline} over={over} />
    </div>
  )
}

/** A run that another tab runs can be read here, and started in no second tab. */
function ElsewhereNotice({ page: { kept, run, readAlong } }: { readonly page: Page }) {
  const there = kept.saved?.runs.find(({ id }) => kept.elsewhere.has(id))
  // A start that failed because of the other tab leads there, too.
  if (there === undefined || (run.config !== null && run.status !== 'failed')) return null
  return (
    <section class="notice row" aria-label="Run in another tab">
      <p>
        Your run of {there.config.preset} goes on in another tab of this browser. You can read along here.
      </p>
      <Button primary onClick={() => void kept.open(there, readAlong)}>
        Read along
      </Button>
    </section>
  )
}
