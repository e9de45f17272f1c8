import type { Stream } from '../random'

/** A drawn question with its right solution, before it has an id. */
export interface Draft {
  readonly text: string
  /** The numbers in the order of the text. */
  readonly operands: readonly number[]
  readonly steps: readonly string[]
  readonly answer: number
}

interface Skill {
  /**
   * Names of the readings a question needs, one per step that is read from the text. A plain skill has one
   * reading of its own name. A question of `halves` has two, and its last step adds their results.
   */
  readonly readings: readonly string[]
  readonly templates: readonly string[]
  /** Draws the numbers for a question of this level. */
  draw(stream: Stream, level: number): number[]
  /** Returns the right steps for these numbers, and their result. */
  solve(operands: readonly number[]): { steps: string[]; answer: number }
}

/** Levels of training questions. `OOD_LEVEL` has numbers that none of them has. */
export const LEVELS = [1, 2, 3] as const
export const OOD_LEVEL = 4
export const NAMES = ['Tom', 'Mia', 'Sam', 'Eva', 'Leo', 'Zoe', 'Max', 'Ivy'] as const
export const THINGS = ['apples', 'pears', 'books', 'coins', 'cards', 'shells', 'stamps', 'pens'] as const

/** Largest number to add or subtract, by level. */
const LARGEST = [9, 20, 40, 65]
/** Smallest first number. At `OOD_LEVEL` it exceeds all first numbers of training. */
const smallest = (level: number, least: number) => (level === OOD_LEVEL ? 41 : least)

/** Templates hold names {A} {B} {C}, a thing {n} and the numbers {a} {b} {c} {d}. */
const CMP = [
  '{A} has {a} {n}. {B} has {b} fewer than {A}. How many {n} do they have together?',
  '{A} found {a} {n} and {B} found {b} fewer. How many {n} did they find together?',
  'There are {a} {n} in a box and {b} fewer in a bag. How many {n} are there in all?',
]
const THREE = [
  '{A} has {a} {n}, {B} has {b} and {C} has {c}. How many {n} do they have together?',
  'There are {a} {n} in a box, {b} in a bag and {c} on a shelf. How many {n} are there in all?',
  '{A} found {a} {n}, then {b} and then {c}. How many {n} did {A} find in all?',
]
const LOSE_BAGS = [
  '{A} had {a} {n} and lost {b}. {B} has {c} bags of {d} {n}. How many {n} do they have together?',
  '{A} has {a} {n} and gives away {b}. {B} found {c} boxes of {d} {n}. How many {n} are there in all?',
  'There are {a} {n} in a box. {A} takes out {b} and puts in {c} bags of {d} {n}. How many {n} are in the box now?',
]
const BAGS_LOSE = [
  '{A} has {a} bags of {b} {n}. {B} had {c} {n} and lost {d}. How many {n} do they have together?',
  '{A} found {a} boxes of {b} {n}. {B} has {c} {n} and gives away {d}. How many {n} are there in all?',
  'There are {a} bags of {b} {n} in a box. {A} had {c} {n} and lost {d}. How many {n} are there in all?',
]

const SKILL_TABLE = {
  addsub: {
    readings: ['addsub'],
    templates: [
      '{A} has {a} {n}. {A} gets {b} more and then gives away {c}. How many {n} does {A} have now?',
      'There are {a} {n} in a box. {A} puts in {b} more and takes out {c}. How many {n} are in the box now?',
      '{A} had {a} {n}, found {b} more and lost {c}. How many {n} does {A} have now?',
    ],
    draw(stream, level) {
      const largest = LARGEST[level - 1]
      const a = stream.int(smallest(level, 2), largest)
      const b = stream.int(2, largest)
      return [a, b, stream.int(1, Math.min(largest, a + b - 1))]
    },
    solve([a, b, c]) {
      const sum = a + b
      return { steps: [`${a}+${b}=${sum}`, `${sum}-${c}=${sum - c}`], answer: sum - c }
    },
  },
  cmp: {
    readings: ['cmp'],
    templates: CMP,
    draw(stream, level) {
      const a = stream.int(smallest(level, 3), LARGEST[level - 1])
      return [a, stream.int(1, a - 1)]
    },
    solve: compared,
  },
  times: {
    readings: ['times'],
    templates: [
      '{A} has {a} {n}. {B} has {b} times as many. How many {n} do they have together?',
      '{A} found {a} {n} and {B} found {b} times as many. How many {n} did they find together?',
      'There are {a} {n} in a box and {b} times as many in a bag. How many {n} are there in all?',
    ],
    draw(stream, level) {
      if (level === OOD_LEVEL) return [stream.int(13, 18), stream.int(2, 9)]
      return [stream.int(3, [9, 10, 12][level - 1]), stream.int(2, [4, 6, 9][level - 1])]
    },
    solve([a, b]) {
      const other = a * b
      return { steps: [`${a}*${b}=${other}`, `${a}+${other}=${a + other}`], answer: a + other }
    },
  },
  muladd: {
    readings: ['muladd'],
    templates: [
      '{A} has {a} bags of {b} {n} and {c} more {n}. How many {n} does {A} have in all?',
      'There are {a} boxes of {b} {n} and {c} more {n}. How many {n} are there in all?',
      '{A} gets {a} bags of {b} {n} and finds {c} more. How many {n} does {A} have now?',
    ],
    draw(stream, level) {
      return [...drawBags(stream, level), stream.int(2, LARGEST[level - 1])]
    },
    solve([a, b, c]) {
      const inBags = a * b
      return { steps: [`${a}*${b}=${inBags}`, `${inBags}+${c}=${inBags + c}`], answer: inBags + c }
    },
  },
  three: {
    readings: ['three'],
    templates: THREE,
    draw(stream, level) {
      const largest = LARGEST[level - 1]
      return [stream.int(smallest(level, 2), largest), stream.int(2, largest), stream.int(2, largest)]
    },
    solve: addedUp,
  },
  'lose-bags': {
    readings: ['lose', 'bags'],
    templates: LOSE_BAGS,
    draw: (stream, level) => [...drawLoss(stream, level), ...drawBags(stream, level)],
    solve: lossAndBags,
  },
  'bags-lose': {
    readings: ['bags', 'lose'],
    templates: BAGS_LOSE,
    draw: (stream, level) => [...drawBags(stream, level), ...drawLoss(stream, level)],
    solve: bagsAndLoss,
  },
  'wide-lose-bags': {
    readings: ['lose', 'bags'],
    templates: LOSE_BAGS,
    draw: (stream, level) => [...drawWideLoss(stream, level), ...drawWideBags(stream, level)],
    solve: lossAndBags,
  },
  'wide-bags-lose': {
    readings: ['bags', 'lose'],
    templates: BAGS_LOSE,
    draw: (stream, level) => [...drawWideBags(stream, level), ...drawWideLoss(stream, level)],
    solve: bagsAndLoss,
  },
  'wide-cmp': {
    readings: ['cmp'],
    templates: CMP,
    draw: drawWideLoss,
    solve: compared,
  },
  'wide-three': {
    readings: ['three'],
    templates: THREE,
    draw(stream, level) {
      const a = level === OOD_LEVEL ? stream.int(61, 99) : stream.int(2, 60)
      const b = stream.int(2, 40)
      const c = stream.int(2, 40)
      // A third number that equals the sum of the others could not be told from it.
      return [a, b, c === a + b ? c - 1 : c]
    },
    solve: addedUp,
  },
} satisfies Record<string, Skill>

function drawLoss(stream: Stream, level: number): [number, number] {
  const had = stream.int(smallest(level, 3), LARGEST[level - 1])
  return [had, stream.int(1, had - 1)]
}

/** Never draws two bags of two, because 2 * 2 equals 2 + 2. */
function drawBags(stream: Stream, level: number): [number, number] {
  if (level === OOD_LEVEL) return [stream.int(2, 9), stream.int(13, 15)]
  const bags = stream.int(2, 9)
  return [bags, stream.int(bags === 2 ? 3 : 2, [5, 9, 12][level - 1])]
}

/** Draws numbers that do not depend on the level. Three times the loss never equals the first number. */
function drawWideLoss(stream: Stream, level: number): [number, number] {
  const had = level === OOD_LEVEL ? stream.int(81, 99) : stream.int(10, 80)
  const lost = stream.int(2, Math.min(had - 1, 40))
  return [had, 3 * lost === had ? lost - 1 : lost]
}

/** Draws at least three bags, because two bags of b hold b + b. */
function drawWideBags(stream: Stream, level: number): [number, number] {
  return [stream.int(3, 9), level === OOD_LEVEL ? stream.int(13, 15) : stream.int(2, 12)]
}

function compared([a, b]: readonly number[]) {
  const other = a - b
  return { steps: [`${a}-${b}=${other}`, `${a}+${other}=${a + other}`], answer: a + other }
}

function addedUp([a, b, c]: readonly number[]) {
  const two = a + b
  return { steps: [`${a}+${b}=${two}`, `${two}+${c}=${two + c}`], answer: two + c }
}

function lossAndBags([a, b, c, d]: readonly number[]) {
  return inTwoParts(`${a}-${b}`, a - b, `${c}*${d}`, c * d)
}

function bagsAndLoss([a, b, c, d]: readonly number[]) {
  return inTwoParts(`${a}*${b}`, a * b, `${c}-${d}`, c - d)
}

function inTwoParts(first: string, x: number, second: string, y: number) {
  return { steps: [`${first}=${x}`, `${second}=${y}`, `${x}+${y}=${x + y}`], answer: x + y }
}

export type SkillName = keyof typeof SKILL_TABLE
/** Two steps, one skill each. */
export const WORD_PROBLEM_SKILLS = [
  'addsub',
  'cmp',
  'times',
  'muladd',
  'three',
] as const satisfies SkillName[]
/** Two readings and their sum. */
export const HALVES_SKILLS = ['lose-bags', 'bags-lose'] as const satisfies SkillName[]

/** Skills of `mixed` that need two readings, so that two half-right ideas must be merged. */
export const MERGE_SKILLS = ['wide-lose-bags', 'wide-bags-lose'] as const satisfies SkillName[]
/** Skills of `mixed` in which a peer is right or has made a slip. */
export const DUEL_SKILLS = ['wide-cmp', 'wide-three'] as const satisfies SkillName[]

/** All question templates, for building a vocabulary. */
export const TEMPLATES: readonly string[] = Object.values(SKILL_TABLE).flatMap(({ templates }) => templates)

/** Returns the readings that questions of a skill need. */
export function readingsOf(skill: string): readonly string[] {
  return Object.hasOwn(SKILL_TABLE, skill) ? SKILL_TABLE[skill as SkillName].readings : []
}

export function draftQuestion(skill: SkillName, level: number, stream: Stream): Draft {
  const { templates, draw, solve }: Skill = SKILL_TABLE[skill]
  const operands = draw(stream, level)
  const [A, B, C] = stream.shuffle(NAMES)
  const n = stream.pick(THINGS)
  const [a, b, c, d] = operands
  const words: Record<string, string | number | undefined> = { A, B, C, n, a, b, c, d }
  const text = stream.pick(templates).replace(/\{(\w)\}/g, (_, slot: string) => String(words[slot]))
  return { text, operands, ...solve(operands) }
}
