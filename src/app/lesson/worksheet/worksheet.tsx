import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { RunConfig } from '../../../runs/config'
import { LESSON_PAGES } from '../../../runs/lesson'
import { resultOf } from '../../../runs/reproduction'
import { shareLink } from '../../../runs/share_link'
import type { ComparedRun } from '../../comparison/verdict'
import type { Engine } from '../../engine'
import { runTitle } from '../../runs/run_title'
import { ONLY_HERE, usePageAddress } from '../../sharing/page_address'
import { QrImage } from '../../sharing/qr_view'
import type { ViewState } from '../../state'
import { useRootMark } from '../../use_root_mark'
import { isSingleAgentOf, lessonRun } from '../lesson_runs'
import { AnswerKey } from './answer_key'
import { WorksheetItem } from './worksheet_item'

interface Props {
  readonly engine: Engine
  /** The visitor's run, and the one beside it. */
  readonly run: ViewState
  readonly compared: ComparedRun | null
  /** The run of the lesson, as long as there is none. */
  readonly planned: RunConfig
  readonly onClose: () => void
}

/** The lesson on paper: takes the place of the page until it is closed, and is what is printed. */
export function Worksheet({ engine, run, compared, planned, onClose }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)
  const [withKey, setWithKey] = useState(false)
  const { config: own, steps, evals } = lessonRun(run, compared)
  const config = own ?? planned
  const { address, onlyHere } = usePageAddress()
  const link = useMemo(() => linkOf(address, config, { steps, evals }), [address, config, steps, evals])
  useRootMark('worksheet')
  useEffect(() => {
    scrollTo(0, 0)
    heading.current?.focus({ preventScroll: true })
  }, [])
  useEffect(() => {
    // Wherever the focus is: printing may have taken it.
    const leave = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      onClose()
    }
    addEventListener('keydown', leave)
    return () => removeEventListener('keydown', leave)
  }, [onClose])
  return (
    <main class="worksheet">
      <div class="row worksheet-tools">
        <button type="button" class="button button-primary" onClick={() => print()}>
          Print
        </button>
        <button type="button" class="button" onClick={onClose}>
          Back to the page
        </button>
        <label class="tick">
          <input
            type="checkbox"
            checked={withKey}
            onChange={(event) => setWithKey(event.currentTarget.checked)}
          />
          <span>With an answer key for teachers, on pages of its own</span>
        </label>
        {onlyHere ? <p class="hint hint-strong">{ONLY_HERE}</p> : null}
      </div>
      <header class="worksheet-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            Two tiny AIs that teach each other
          </h1>
          <p class="worksheet-name">
            <span>Name</span>
            <span>Date</span>
          </p>
          <p>
            The run: {runTitle({ name: '', config })}, {config.steps} steps.
            {link === null ? null : (
              <>
                {' '}
                Open it with the code, or at <a href={link}>{link}</a>
              </>
            )}
          </p>
        </div>
        {link === null ? null : <QrImage link={link} />}
      </header>
      <ol class="worksheet-items">
        {LESSON_PAGES.map((name) => (
          <WorksheetItem key={name} name={name} config={config} />
        ))}
      </ol>
      {withKey ? (
        <AnswerKey
          engine={engine}
          run={own}
          steps={steps.length}
          alone={isSingleAgentOf(run, compared) ? run.evals : null}
        />
      ) : null}
    </main>
  )
}

/** To the run, with what it has come to, and the lesson at its beginning; null for a run that nobody else could repeat. */
function linkOf(
  page: string,
  config: RunConfig,
  { steps, evals }: Pick<ViewState, 'steps' | 'evals'>,
): string | null {
  const ids = config.peers.map(({ id }) => id)
  const shared = { config, models: ids.map(() => null), result: resultOf(steps, evals, ids) }
  try {
    return shareLink(page, shared, { hide: [], autostart: false, page: 1 })
  } catch {
    return null
  }
}
