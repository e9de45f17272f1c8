import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { RunConfig } from '../../config/config'
import { LESSON_PAGES, type LessonPageName } from '../../runs/lesson'
import { resultOf } from '../../runs/reproduction'
import { shareLink } from '../../runs/share_link'
import { Button, Tick } from '../controls'
import { useRootMark } from '../document'
import type { Engine } from '../engine'
import { useAnswer } from '../on_demand'
import type { Page } from '../page'
import { Table } from '../parts'
import { runTitle } from '../runs/use_kept_runs'
import { ONLY_HERE, QrImage, usePageAddress } from '../sharing/page_address'
import type { ViewState } from '../state'
import { type Facts, factsAt, isSingleAgentOf, lessonRun, testsOf } from './facts'
import { firstCells, LESSON_TITLES } from './lesson_page'
import { PAGES } from './pages'

interface Props {
  readonly page: Pick<Page, 'engine' | 'run' | 'comparison'>
  /** The run of the lesson before one was started. */
  readonly planned: RunConfig
  readonly onClose: () => void
}

/** The lesson on paper. It replaces the page until it is closed, and it is what is printed. */
export function Worksheet({ page, planned, onClose }: Props) {
  const { engine, run } = page
  const { compared } = page.comparison
  const heading = useRef<HTMLHeadingElement>(null)
  const [withKey, setWithKey] = useState(false)
  const { config: own, steps, evals } = lessonRun(run, compared)
  const config = own ?? planned
  const alone = isSingleAgentOf(run, compared) ? testsOf(run) : null
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
        <Button primary onClick={() => print()}>
          Print
        </Button>
        <Button onClick={onClose}>Back to the page</Button>
        <Tick checked={withKey} onChange={setWithKey}>
          With an answer key for teachers, on pages of its own
        </Tick>
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
      <Items
        of={(name) => {
          const { task, sheet, question } = PAGES[name]
          const { caption, columns } = sheet
          const rows = firstCells(sheet, config).map((cell) => [cell] as const)
          return [
            <>
              <p>{task.text}</p>
              <Table class="lesson-table" caption={caption} columns={columns} rows={rows} />
            </>,
            <>
              <p>{question}</p>
              <div class="worksheet-lines" />
            </>,
          ]
        }}
      />
      {withKey ? <AnswerKey engine={engine} run={own} steps={steps.length} alone={alone} /> : null}
    </main>
  )
}

/** Returns a link to the run, its result and the lesson; null for a run that nobody else could repeat. */
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

type TwoColumns = readonly [left: ComponentChildren, right: ComponentChildren]

/** The pages of the lesson on paper, one below the other. */
function Items({ of }: { readonly of: (name: LessonPageName) => TwoColumns }) {
  return (
    <ol class="worksheet-items">
      {LESSON_PAGES.map((name) => {
        const [left, right] = of(name)
        return (
          <li key={name}>
            <h2>{LESSON_TITLES[name]}</h2>
            <div>{left}</div>
            <div>{right}</div>
          </li>
        )
      })}
    </ol>
  )
}

interface KeyProps {
  readonly engine: Engine
  readonly run: RunConfig | null
  /** How many steps it has made: its record grows with each. */
  readonly steps: number
  /** Tests of that run as a single agent; null where it has not been run. */
  readonly alone: Facts['alone']
}

/** The answers that pupils should find, in the numbers of the run as far as this browser keeps it. */
function AnswerKey({ engine, run, steps, alone }: KeyProps) {
  const record = useAnswer(() => run && engine.record(run), [engine, run, steps])
  return (
    <section class="worksheet-key" aria-labelledby="worksheet-key-title">
      <h2 id="worksheet-key-title">Answer key</h2>
      <p>
        {record === null
          ? 'No numbers yet. Let the run of the lesson end on this page, then print the key again.'
          : `Numbers of ${runTitle({ name: '', config: record.config })}, after ${record.state.step} of ${record.config.steps} steps. An exact run has the same numbers on every machine.`}
      </p>
      <Items
        of={(name) => {
          const { sheet, numbers, question, answer } = PAGES[name]
          const facts = record === null ? null : factsAt(sheet.step, record, false)
          const filled = facts === null ? null : sheet.filled({ ...facts, alone })
          return [
            <>
              {facts === null ? null : <p>{numbers(facts)}</p>}
              {filled === null ? null : <Table class="lesson-table" {...filled} columns={sheet.columns} />}
            </>,
            <>
              <p>{question}</p>
              <p>{answer}</p>
            </>,
          ]
        }}
      />
    </section>
  )
}
