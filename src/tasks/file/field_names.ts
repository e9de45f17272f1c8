import { type Fields, isFields } from './table'

/**
 * The names that published question files give to their fields, the preferred one first. Case, spaces, `_` and
 * `-` do not matter.
 */
const NAMES = {
  /** Stands before the question and belongs to it: ASDiv, SVAMP. */
  body: ['body'],
  question: ['question', 'problem', 'prompt', 'sQuestion', 'query', 'messages', 'conversations'],
  answer: [
    'answer',
    'final_answer',
    'ground_truth',
    'correct',
    'answerKey',
    'correct_answer',
    'reward_model',
    'result',
    'lSolutions',
    'solution',
    'messages',
    'conversations',
  ],
  /** A text whose calculations are the steps of a right solution. */
  solution: ['solution', 'answer', 'ground_truth', 'rationale'],
  choices: ['choices', 'options'],
  /** Numbers that stand in the question as `number0` or `N_00`: MAWPS. */
  numbers: ['numbers'],
  level: ['level', 'grade'],
  skill: ['type', 'problem_type', 'subject'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type Meaning = keyof typeof NAMES

const plain = (name: string): string => name.toLowerCase().replace(/[\s_-]/g, '')

const PLAIN: ReadonlyMap<Meaning, readonly string[]> = new Map(
  Object.entries(NAMES).map(([meaning, names]) => [meaning as Meaning, names.map(plain)]),
)

export const isQuestionField = (name: string): boolean =>
  PLAIN.get('question')?.includes(plain(name)) ?? false

/** Whether a field of this name may belong to a question. */
export const hasMeaning = (name: string): boolean =>
  [...PLAIN.values()].some((names) => names.includes(plain(name))) || CHOICE_COLUMN.test(name)

/** A field of a row that has a value, by its name in the file. */
export interface Found {
  readonly name: string
  readonly value: unknown
}

/** Returns the fields of a row that have this meaning, the preferred one first. */
export function fieldsFor(meaning: Meaning, fields: Fields): Found[] {
  const entries = Object.entries(fields).map(([name, value]) => ({ name, value }))
  const known = PLAIN.get(meaning) ?? []
  return known.flatMap((wanted) => {
    const found = entries.find(({ name }) => plain(name) === wanted)
    return found === undefined ? [] : inside(found)
  })
}

/** verl keeps the right answer inside of a field. */
function inside({ name, value }: Found): readonly Found[] {
  if (plain(name) !== 'rewardmodel') return [{ name, value }]
  const truth = isFields(value) ? value.ground_truth : undefined
  return truth === undefined ? [] : [{ name: `${name}.ground_truth`, value: truth }]
}

/** A column of one choice. Columns `a` and `b` may be the numbers of a sum. */
const CHOICE_COLUMN = /^(?:(?:[Oo]ption|[Cc]hoice)[\s_-]?([A-Ja-j])|([A-J]))$/

/** Columns of a table that hold one choice each: `A`, `option_b`, `Choice C`. */
export function choiceColumns(fields: Fields): { readonly names: string; readonly values: unknown[] } | null {
  const letterOf = (name: string) => CHOICE_COLUMN.exec(name)?.slice(1).join('').toUpperCase()
  const columns = Array.from('ABCDEFGHIJ', (letter) =>
    Object.entries(fields).find(([name]) => letterOf(name) === letter),
  )
  const end = columns.findIndex((column) => column === undefined || blank(column[1]))
  const used = columns.slice(0, end < 0 ? columns.length : end).filter((column) => column !== undefined)
  if (used.length < 2) return null
  return { names: `${used[0][0]}–${used[used.length - 1][0]}`, values: used.map(([, value]) => value) }
}

export const blank = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === 'string' && value.trim() === '')
