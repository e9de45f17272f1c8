import type { Stream } from '../random'

/** A question before it has a name: what was drawn, and its right solution. */
export interface Draft {
  readonly text: string
  /** The numbers in the order of the text. */
  readonly operands: readonly number[]
  readonly steps: readonly string[]
  readonly answer: number
}

interface Skill {
  readonly templates: readonly string[]
  /** Draws the numbers of a question of a level (1, 2 or 3). */
  draw(stream: Stream, level: number): number[]
  /** The right steps for these numbers and what they come to. */
  solve(operands: readonly number[]): { steps: string[]; answer: number }
}

export const LEVELS = [1, 2, 3] as const
export const NAMES = ['Tom', 'Mia', 'Sam', 'Eva', 'Leo', 'Zoe', 'Max', 'Ivy'] as const
export const THINGS = ['apples', 'pears', 'books', 'coins', 'cards', 'shells', 'stamps', 'pens'] as const

/** Largest number to add or subtract, by level. */
const LARGEST = [9, 20, 40]

/** Templates hold names {A} {B} {C}, a thing {n} and the numbers {a} {b} {c}. */
const SKILL_TABLE = {
  addsub: {
    templates: [
      '{A} has {a} {n}. {A} gets {b} more and then gives away {c}. How many {n} does {A} have now?',
      'There are {a} {n} in a box. {A} puts in {b} more and takes out {c}. How many {n} are in the box now?',
      '{A} had {a} {n}, found {b} more and lost {c}. How many {n} does {A} have now?',
    ],
    draw(stream, level) {
      const largest = LARGEST[level - 1]
      const a = stream.int(2, largest)
      const b = stream.int(2, largest)
      return [a, b, stream.int(1, Math.min(largest, a + b - 1))]
    },
    solve([a, b, c]) {
      const sum = a + b
      return { steps: [`${a}+${b}=${sum}`, `${sum}-${c}=${sum - c}`], answer: sum - c }
    },
  },
  cmp: {
    templates: [
      '{A} has {a} {n}. {B} has {b} fewer than {A}. How many {n} do they have together?',
      '{A} found {a} {n} and {B} found {b} fewer. How many {n} did they find together?',
      'There are {a} {n} in a box and {b} fewer in a bag. How many {n} are there in all?',
    ],
    draw(stream, level) {
      const a = stream.int(3, LARGEST[level - 1])
      return [a, stream.int(1, a - 1)]
    },
    solve([a, b]) {
      const other = a - b
      return { steps: [`${a}-${b}=${other}`, `${a}+${other}=${a + other}`], answer: a + other }
    },
  },
  times: {
    templates: [
      '{A} has {a} {n}. {B} has {b} times as many. How many {n} do they have together?',
      '{A} found {a} {n} and {B} found {b} times as many. How many {n} did they find together?',
      'There are {a} {n} in a box and {b} times as many in a bag. How many {n} are there in all?',
    ],
    draw(stream, level) {
      return [stream.int(3, [9, 10, 12][level - 1]), stream.int(2, [4, 6, 9][level - 1])]
    },
    solve([a, b]) {
      const other = a * b
      return { steps: [`${a}*${b}=${other}`, `${a}+${other}=${a + other}`], answer: a + other }
    },
  },
  muladd: {
    templates: [
      '{A} has {a} bags of {b} {n} and {c} more {n}. How many {n} does {A} have in all?',
      'There are {a} boxes of {b} {n} and {c} more {n}. How many {n} are there in all?',
      '{A} gets {a} bags of {b} {n} and finds {c} more. How many {n} does {A} have now?',
    ],
    draw(stream, level) {
      return [stream.int(2, 9), stream.int(2, [5, 9, 12][level - 1]), stream.int(2, LARGEST[level - 1])]
    },
    solve([a, b, c]) {
      const inBags = a * b
      return { steps: [`${a}*${b}=${inBags}`, `${inBags}+${c}=${inBags + c}`], answer: inBags + c }
    },
  },
  three: {
    templates: [
      '{A} has {a} {n}, {B} has {b} and {C} has {c}. How many {n} do they have together?',
      'There are {a} {n} in a box, {b} in a bag and {c} on a shelf. How many {n} are there in all?',
      '{A} found {a} {n}, then {b} and then {c}. How many {n} did {A} find in all?',
    ],
    draw(stream, level) {
      return [0, 0, 0].map(() => stream.int(2, LARGEST[level - 1]))
    },
    solve([a, b, c]) {
      const two = a + b
      return { steps: [`${a}+${b}=${two}`, `${two}+${c}=${two + c}`], answer: two + c }
    },
  },
} satisfies Record<string, Skill>

export type SkillName = keyof typeof SKILL_TABLE
export const SKILLS = Object.keys(SKILL_TABLE) as SkillName[]

/** All question templates, for building a vocabulary. */
export const TEMPLATES: readonly string[] = SKILLS.flatMap((skill) => SKILL_TABLE[skill].templates)

export function draftQuestion(skill: SkillName, level: number, stream: Stream): Draft {
  const { templates, draw, solve }: Skill = SKILL_TABLE[skill]
  const operands = draw(stream, level)
  const [A, B, C] = stream.shuffle(NAMES)
  const n = stream.pick(THINGS)
  const [a, b, c] = operands
  const words: Record<string, string | number | undefined> = { A, B, C, n, a, b, c }
  const text = stream.pick(templates).replace(/\{(\w)\}/g, (_, slot: string) => String(words[slot]))
  return { text, operands, ...solve(operands) }
}
