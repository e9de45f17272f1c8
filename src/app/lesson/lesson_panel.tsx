import type { TargetedKeyboardEvent } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { RunConfig } from '../../runs/config'
import { type Hideable, LESSON_PAGES } from '../../runs/lesson'
import type { ComparedRun } from '../comparison/verdict'
import type { Engine } from '../engine'
import type { Tab } from '../page'
import { isOver } from '../run_bar'
import type { Portion } from '../session'
import type { ViewState } from '../state'
import type { PinnedStep } from '../steps/use_pinned_step'
import { useRootMark } from '../use_root_mark'
import type { LessonProgress } from './lesson_page'
import { LESSON_RUN } from './lesson_run'
import { isSingleAgentOf } from './lesson_runs'
import { LessonTableView } from './lesson_table'
import type { Deed } from './offers'
import { PAGES } from './pages'
import { Pointer } from './pointer'
import { TaskView } from './task_view'
import { LESSON_TITLES } from './titles'
import { useFacts } from './use_facts'
import { Worksheet } from './worksheet/worksheet'

/** What the lesson does with the page's run. */
export interface LessonDeeds {
  /** A run of its own; no further than a portion, where one is given. */
  start(config: RunConfig, portion: Portion | null): Promise<void>
  resume(): void
  step(): void
  /** The run in view once more as a single agent, beside it. */
  compare(): Promise<void>
}

interface Props {
  /** 1 for the first. */
  readonly page: number
  readonly engine: Engine
  /** The visitor's run. */
  readonly run: ViewState
  /** What the panels show: the visitor's run, or a recorded one. */
  readonly inView: ViewState
  readonly recorded: boolean
  /** The step that the visitor looks at, where that is not the latest. */
  readonly pinned: PinnedStep | null
  /** The run of the link, which is then the lesson's. */
  readonly shared: RunConfig | null
  /** The run beside the one in view. */
  readonly compared: ComparedRun | null
  readonly hidden: ReadonlySet<Hideable>
  readonly onTab: (tab: Tab) => void
  readonly deeds: LessonDeeds
  readonly onPage: (page: number) => void
  readonly onClose: () => void
}

/** The guided lesson, beside the page: one idea after the other, each in the numbers of the run in view. */
export function LessonPanel(props: Props) {
  const {
    page,
    engine,
    run,
    inView,
    recorded,
    pinned,
    shared,
    compared,
    hidden,
    onTab,
    deeds,
    onPage,
    onClose,
  } = props
  const id = useId()
  const heading = useRef<HTMLHeadingElement>(null)
  const printing = useRef<HTMLButtonElement>(null)
  /** How far the page was scrolled when the worksheet took its place. */
  const left = useRef<number | null>(null)
  const [folded, setFolded] = useState(false)
  const [worksheet, setWorksheet] = useState(false)
  const facts = useFacts(engine.recording, inView, recorded, pinned)
  const name = LESSON_PAGES[page - 1]
  const { place, idea, numbers, sheet, table, task, question, answer } = PAGES[name]

  useRootMark('sheet')
  // A screen reader reads the page that has come.
  useEffect(() => heading.current?.focus({ preventScroll: true }), [page])
  useEffect(() => {
    if (worksheet || left.current === null) return
    scrollTo(0, left.current)
    left.current = null
    printing.current?.focus({ preventScroll: true })
  }, [worksheet])

  const act = (deed: Deed) => {
    const own = shared ?? LESSON_RUN
    switch (deed) {
      case 'start':
        return deeds.start(own, null)
      case 'start-step':
        return deeds.start(own, 'step')
      case 'resume':
        return deeds.resume()
      case 'step':
        return deeds.step()
      case 'compare':
        return deeds.compare()
    }
  }
  const leave = (event: TargetedKeyboardEvent<HTMLElement>) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return
    event.preventDefault()
    onClose()
  }
  const told = facts === null ? '' : unbroken(numbers(facts))
  const filled = facts === null || table === 'hidden' ? null : sheet.filled(facts)
  return (
    <>
      <aside class="sheet lesson" aria-labelledby={`${id}-name`} data-folded={folded} onKeyDown={leave}>
        <header class="sheet-head">
          <p id={`${id}-name`}>
            Lesson <span class="quiet">{`${page} of ${LESSON_PAGES.length}`}</span>
          </p>
          <button
            type="button"
            class="button sheet-fold"
            aria-expanded={!folded}
            onClick={() => setFolded(!folded)}
          >
            {folded ? 'Unfold' : 'Fold'}
          </button>
          <button type="button" class="button" aria-label="Close the lesson" onClick={onClose}>
            Close
          </button>
        </header>
        <div class="sheet-body lesson-body" key={name}>
          <h2 ref={heading} tabIndex={-1}>
            {LESSON_TITLES[name]}
          </h2>
          <p>{idea}</p>
          {told === '' ? null : <p class="lesson-numbers">{told}</p>}
          {filled !== null && table === 'shown' ? <LessonTableView table={filled} /> : null}
          {facts?.recorded && (told !== '' || filled !== null) ? (
            <p class="hint">Numbers of the recorded run, until a run of yours has made a step.</p>
          ) : null}
          <Pointer place={hidden.has(place) ? null : place} onTab={onTab} />
          <TaskView
            key={name}
            task={task}
            run={{ status: run.status, reading: run.reading, comparable: isComparable(run) }}
            progress={progressOf(run, compared)}
            onDeed={act}
          />
          {filled !== null && table === 'unfolds' ? (
            <details>
              <summary>Check your numbers</summary>
              <LessonTableView table={filled} />
            </details>
          ) : null}
          <details>
            <summary>{question}</summary>
            <p>{answer}</p>
          </details>
          <button
            type="button"
            class="button lesson-print"
            ref={printing}
            onClick={() => {
              left.current = scrollY
              setWorksheet(true)
            }}
          >
            Print worksheet
          </button>
        </div>
        <footer class="sheet-foot">
          <button type="button" class="button" disabled={page === 1} onClick={() => onPage(page - 1)}>
            Back
          </button>
          <button
            type="button"
            class="button button-primary"
            disabled={page === LESSON_PAGES.length}
            onClick={() => onPage(page + 1)}
          >
            Next
          </button>
        </footer>
      </aside>
      {worksheet ? (
        <Worksheet
          engine={engine}
          run={run}
          compared={compared}
          planned={shared ?? LESSON_RUN}
          onClose={() => setWorksheet(false)}
        />
      ) : null}
    </>
  )
}

/** A number and its sign stay in one line. */
function unbroken(text: string): string {
  return text.replaceAll(' %', '\u00a0%')
}

function isComparable({ config, evals, step }: ViewState): boolean {
  return config?.method === 'ilr' && evals.length > 1 && step > 0
}

function progressOf(run: ViewState, compared: ComparedRun | null): LessonProgress {
  const { config, status, step, steps } = run
  const ended = config !== null && isOver(status) && step >= config.steps
  return { steps: steps.length, ended, compared: ended && isSingleAgentOf(run, compared) }
}
