import type { RunConfig } from '../../config/config'
import type { LessonPageName, RunPanel } from '../../runs/lesson'
import type { Facts } from './facts'

/** Titles of the pages, also where a link to one is made. */
export const LESSON_TITLES: Readonly<Record<LessonPageName, string>> = {
  policy: 'Each peer answers alone',
  rollouts: 'One question, many tries',
  reward: 'A number for every answer',
  advantage: 'Better than your own average',
  discussion: 'Why discuss?',
  calibration: 'Rewards in the light of others',
  learned: 'What was learned?',
  limits: 'What this does not show',
}

/** One step of the lesson's run; all its steps; the same run as a single agent. */
export type LessonAction = 'step' | 'learn' | 'compare'

export interface FilledTable {
  readonly caption: string
  readonly rows: readonly (readonly [name: string, ...cells: string[]])[]
}

/** How far the visitor is, as the page can see it. */
export interface LessonProgress {
  readonly steps: number
  readonly ended: boolean
  /** Whether a single agent has run to its end beside it. */
  readonly compared: boolean
}

/** The table as it is printed for a run, to be filled in by hand. */
interface WorksheetTable {
  readonly step: number | 'end'
  readonly caption: string
  /** The first one says what a row is about. */
  readonly columns: readonly [of: 'peer' | 'try', ...others: string[]]
  readonly filled: (facts: Facts) => FilledTable | null
}

/** A group is shown as far as it fits beside the page and on paper. */
export const MOST_TRIES = 8

/** The first cell of every row, which is known beforehand. */
export function firstCells({ columns: [of] }: WorksheetTable, { peers, numGenerations }: RunConfig) {
  if (of === 'peer') return peers.map(({ id }) => id)
  return Array.from({ length: Math.min(numGenerations, MOST_TRIES) }, (_, k) => String(k + 1))
}

/** One idea, one thing to do, one question to think about. Together they have at most 120 words. */
export interface LessonPage {
  readonly place: RunPanel
  /** True of every run. */
  readonly idea: string
  /** The same in numbers of the run in view; '' where that has none for it. */
  readonly numbers: (facts: Facts) => string
  /** Whether the page begins with these numbers and explains its terms from them. */
  readonly numbersFirst?: boolean
  readonly sheet: WorksheetTable
  /** Whether the page shows the filled table at once, on request to check one's own numbers, or not at all. */
  readonly table: 'shown' | 'unfolds' | 'hidden'
  readonly task: {
    readonly text: string
    /** What its button does, and whether it is done. Without it the task is to look at something. */
    readonly press?: { readonly action: LessonAction; readonly isDone: (progress: LessonProgress) => boolean }
  }
  readonly question: string
  readonly answer: string
}
