import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Button } from './controls'
import { CAME_FROM_KEPT, takeOver } from './offline/kept_page'
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

interface NoticeProps {
  readonly label: string
  readonly problem?: boolean
  /** Set for a notice that comes by itself, so that a screen reader reads it. */
  readonly role?: 'status'
  readonly children: ComponentChildren
  /** The button, where there is something to do now. */
  readonly action: ComponentChildren
}

function Notice({ label, problem, role, children, action }: NoticeProps) {
  return (
    <section class={problem ? 'notice row notice-problem' : 'notice row'} aria-label={label}>
      <p role={role}>{children}</p>
      {action}
    </section>
  )
}

/**
 * Says what the visitor has to know before anything else: what is wrong, what a link brought, what another tab does.
 * @param children the notice of a link
 */
export function PageNotices({
  page,
  children,
}: {
  readonly page: Page
  readonly children: ComponentChildren
}) {
  const { run, over, kept } = page
  const damaged = over ? (kept.saved?.damaged ?? []) : []
  return (
    <div class="stack notices">
      {run.problem === null ? null : <ProblemNotice problem={run.problem} />}
      {over && kept.trouble !== null ? <ProblemNotice problem={kept.trouble} /> : null}
      {children}
      {over ? <ElsewhereNotice page={page} /> : null}
      {damaged.map(({ id, error }) => {
        const action = <Button onClick={() => kept.forget(id)}>Delete it</Button>
        return (
          <Notice key={id} label="Damaged run" problem action={action}>
            {errorText(error)}
          </Notice>
        )
      })}
      <OfflineNotices page={page} />
    </div>
  )
}

/** A run that another tab runs can be read here, and started in no second tab. */
function ElsewhereNotice({ page: { kept, run, readAlong } }: { readonly page: Page }) {
  const there = kept.saved?.runs.find(({ id }) => kept.elsewhere.has(id))
  // A start that failed because of the other tab leads there, too.
  if (there === undefined || (run.config !== null && run.status !== 'failed')) return null
  const action = (
    <Button primary onClick={() => void kept.open(there, readAlong)}>
      Read along
    </Button>
  )
  return (
    <Notice label="Run in another tab" action={action}>
      Your run of {there.config.preset} goes on in another tab of this browser. You can read along here.
    </Notice>
  )
}

/**
 * Tells of a newer version, and of what this way of opening the page leaves out. Offers to reload while no run is on; the page
 * never reloads by itself, since another tab may have a run, too.
 */
function OfflineNotices({ page: { offline, over } }: { readonly page: Page }) {
  const [others, setOthers] = useState(0)
  const { kept, cleared, newer } = offline
  // A page that came from the service worker has its isolation headers.
  const isFasterReloaded = isSecureContext && kept && !CAME_FROM_KEPT
  const whenOver = over ? null : ' You can reload when this run is over.'
  const reload = (act: () => void) => (over ? <Button onClick={act}>Reload</Button> : null)
  const again = reload(() => location.reload())
  return (
    <>
      {/* Without the service worker, which sent isolation headers, the browser may refuse this page new workers. */}
      {cleared ? (
        <Notice label="Cleared data" role="status" action={again}>
          All data of this site were cleared. Reload the page{over ? '' : ' when this run is over'}: until
          then it needs a network, and another run may not start.
        </Notice>
      ) : null}
      {newer === null ? null : (
        <Notice
          label="New version"
          role="status"
          action={reload(async () => setOthers(await takeOver(newer)))}
        >
          A new version of this page is there.{whenOver}
          {others === 0 ? null : ' Close this page’s other tabs first.'}
        </Notice>
      )}
      {/* Without the two isolation headers there is no shared memory, and wasm runs on one thread. */}
      {crossOriginIsolated ? null : (
        <Notice label="Speed" action={isFasterReloaded ? again : null}>
          {!isSecureContext ? (
            'This page came over plain http, so the browser leaves things out. Runs work, with the same results, but slower: one thread on wasm, no WebGPU. Models from elsewhere and opening the page without a network need https, or a page that this machine serves itself (localhost).'
          ) : isFasterReloaded ? (
            <>Reloaded once, this page computes faster: on several threads instead of one.{whenOver}</>
          ) : (
            <>
              This page was served without cross-origin isolation, so wasm has one thread and is slower. The
              server has to send <code>Cross-Origin-Opener-Policy: same-origin</code> and{' '}
              <code>Cross-Origin-Embedder-Policy: require-corp</code>.
            </>
          )}
        </Notice>
      )}
    </>
  )
}
