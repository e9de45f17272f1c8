import { useEffect, useState } from 'preact/hooks'
import type { RunConfig } from '../../../runs/config'
import type { RunRecord } from '../../../runs/file/run_record'
import { LESSON_PAGES } from '../../../runs/lesson'
import type { Engine } from '../../engine'
import { runTitle } from '../../runs/run_title'
import type { EvalEvent } from '../../state'
import { factsAt } from '../facts'
import { LessonTableView } from '../lesson_table'
import { PAGES } from '../pages'
import { LESSON_TITLES } from '../titles'

interface Props {
  readonly engine: Engine
  /** The run that the numbers are of; null where there is none. */
  readonly run: RunConfig | null
  /** How many steps it has made: with every one more of it is known. */
  readonly steps: number
  /** Tests of that run as a single agent; null where it has not been run. */
  readonly alone: readonly EvalEvent[] | null
}

/** What pupils should have found, in the numbers of the run in view, as far as this browser keeps it. */
export function AnswerKey({ engine, run, steps, alone }: Props) {
  const [record, setRecord] = useState<RunRecord | null>(null)
  useEffect(() => {
    let current = true
    if (run !== null)
      engine.record(run).then(
        (found) => current && setRecord(found),
        () => current && setRecord(null),
      )
    return () => {
      current = false
    }
  }, [engine, run, steps])
  const [before, now] = [alone?.at(0), alone?.at(-1)]
  const tests = before && now ? { before, now } : null
  return (
    <section class="worksheet-key" aria-labelledby="worksheet-key-title">
      <h2 id="worksheet-key-title">Answer key</h2>
      <p>
        {record === null
          ? 'No numbers yet. Let the run of the lesson end on this page, then print the key again.'
          : `Numbers of ${runTitle({ name: '', config: record.config })}, after ${record.state.step} of ${record.config.steps} steps. An exact run has the same numbers on every machine.`}
      </p>
      <ol class="worksheet-items">
        {LESSON_PAGES.map((name) => {
          const { sheet, numbers, question, answer } = PAGES[name]
          const facts = record === null ? null : factsAt(sheet.step, record, false)
          const filled = facts === null ? null : sheet.filled({ ...facts, alone: tests })
          return (
            <li key={name}>
              <h2>{LESSON_TITLES[name]}</h2>
              <div>
                {facts === null ? null : <p>{numbers(facts)}</p>}
                {filled === null ? null : <LessonTableView table={filled} />}
              </div>
              <div>
                <p>{question}</p>
                <p>{answer}</p>
              </div>
            </li>
          )
        })}
      </ol>
    </section>
  )
}
