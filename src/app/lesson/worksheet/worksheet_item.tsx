import type { RunConfig } from '../../../runs/config'
import type { LessonPageName } from '../../../runs/lesson'
import { LessonTableView } from '../lesson_table'
import { PAGES } from '../pages'
import { LESSON_TITLES } from '../titles'

/** A page of the lesson on paper: what there is to do, a table to be filled in, a question, and lines for the answer. */
export function WorksheetItem({ name, config }: { name: LessonPageName; config: RunConfig }) {
  const { task, sheet, question } = PAGES[name]
  const { caption, columns, rows } = sheet
  return (
    <li>
      <h2>{LESSON_TITLES[name]}</h2>
      <div>
        <p>{task.text}</p>
        <LessonTableView table={{ caption, columns, rows: rows(config).map((row) => [row]) }} />
      </div>
      <div>
        <p>{question}</p>
        <div class="worksheet-lines" />
      </div>
    </li>
  )
}
