import type { RunConfig } from '../../runs/config'
import type { RunPanel } from '../../runs/lesson'
import type { Facts } from './facts'
import type { LessonAction } from './offers'

/** A table of a run's numbers. */
export interface LessonTable {
  readonly caption: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly [name: string, ...cells: string[]])[]
}

/** How far the visitor is, as the page can see it. */
export interface LessonProgress {
  /** Steps that the run in view has finished; 0 for a recording. */
  readonly steps: number
  /** Whether it has made all its steps. */
  readonly ended: boolean
  /** Whether a single agent has run to its end beside it. */
  readonly compared: boolean
}

/** The table as it is printed for a run, to be filled in by hand. */
export interface WorksheetTable {
  /** Whose numbers are wanted: of this step, or of the run's end. */
  readonly step: number | 'end'
  readonly caption: string
  readonly columns: readonly string[]
  /** What is known beforehand: the first cell of every row. */
  readonly rows: (config: RunConfig) => readonly string[]
  /** Filled in; null where a run has no numbers for it. */
  readonly filled: (facts: Facts) => LessonTable | null
}

/** Rows of a worksheet. */
export const eachPeer = ({ peers }: RunConfig) => peers.map(({ id }) => id)

/** A group is shown as far as it fits beside the page and on paper. */
export const MOST_TRIES = 8
export const eachTry = ({ numGenerations }: RunConfig) =>
  Array.from({ length: Math.min(numGenerations, MOST_TRIES) }, (_, k) => String(k + 1))

/** One idea, one thing to do, one question to think about. Together they have at most 120 words. */
export interface LessonPage {
  /** The panel that it points at. */
  readonly place: RunPanel
  /** True of every run. */
  readonly idea: string
  /** The same in numbers of the run in view; '' where that has none for it. */
  readonly numbers: (facts: Facts) => string
  readonly sheet: WorksheetTable
  /** Whether the page shows the worksheet's table filled in: at once, to check one's own numbers with, or not, where they stand elsewhere. */
  readonly table: 'shown' | 'unfolds' | 'hidden'
  readonly task: {
    readonly text: string
    /** What its button does; null where there is only something to look at. */
    readonly action: LessonAction | null
    /** Whether it is seen to be done. */
    readonly isDone: (progress: LessonProgress) => boolean
  }
  readonly question: string
  readonly answer: string
}

/** For tasks of which the page cannot see whether they are done. */
export const UNSEEN = () => false
