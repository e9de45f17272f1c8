import type { Stream } from '../../random'
import { sameValue, type Value } from './code_judge'

/** Topics of the functions. */
export const CODE_TOPICS = ['numbers', 'strings', 'lists', 'records'] as const
export type CodeTopic = (typeof CODE_TOPICS)[number]

/** A hidden test: the function must return `expected` when it is called with `input`. */
export interface UnitTest {
  readonly input: readonly Value[]
  readonly expected: Value
}

/** One function of a family, with its parameters drawn. */
interface Plan<Input extends readonly Value[]> {
  /** Tells the functions of a family apart, and decides their split. */
  readonly parameters: readonly (number | string)[]
  /** The end of the sentence `Write a function f that …`, without a full stop. */
  readonly does: string
  /** Inputs that every question tests. */
  readonly edges: readonly Input[]
  /** Draws an ordinary input. */
  input(stream: Stream): Input
  /** Reference implementation. */
  solve(...input: Input): Value
}

export interface CodeDraft {
  readonly parameters: readonly (number | string)[]
  readonly does: string
  /** Returns n tests with different inputs, the edges first. */
  tests(stream: Stream, n: number): UnitTest[]
}

/** Functions that differ only in their parameters. */
export interface CodeFamily {
  /** The function's name. */
  readonly name: string
  /** The names of its arguments, as in `list, size`. */
  readonly takes: string
  readonly topic: CodeTopic
  readonly level: number
  draft(stream: Stream): CodeDraft
}

/** The first draws, this many, skip an input if another test expects the same value. */
const PICKY_DRAWS = 60
const MAX_DRAWS = 1000

export function codeFamily<Input extends readonly Value[]>(
  fields: Omit<CodeFamily, 'draft'>,
  plan: (stream: Stream) => Plan<Input>,
): CodeFamily {
  return {
    ...fields,
    draft(stream) {
      const { parameters, does, edges, input, solve } = plan(stream)
      const test = (drawn: Input): UnitTest => ({ input: drawn, expected: solve(...drawn) })
      return {
        parameters,
        does,
        tests(inputs, n) {
          const tests: UnitTest[] = []
          const isNew = ({ input: drawn }: UnitTest) => !tests.some((known) => sameValue(known.input, drawn))
          for (const edge of edges.map(test)) if (isNew(edge)) tests.push(edge)
          for (let draw = 0; tests.length < n && draw < MAX_DRAWS; draw++) {
            const next = test(input(inputs))
            // Prefers new results, so that a constant function earns little.
            const gives = (known: UnitTest) => sameValue(known.expected, next.expected)
            if (isNew(next) && !(draw < PICKY_DRAWS && tests.some(gives))) tests.push(next)
          }
          return tests
        },
      }
    },
  }
}

/** Draws a list of `least` to `most` items. */
export function drawList<T>(stream: Stream, least: number, most: number, item: () => T): T[] {
  return Array.from({ length: stream.int(least, most) }, item)
}

/** Short lower-case words. */
const WORDS =
  'a an ant bee cat drum echo fern gold hazel island jug kite lemon moon nut oak pearl quartz river'
    .split(' ')
    .concat('stone tulip umbra vine willow xenon yarn zinc see noon apple banana'.split(' '))

function drawWord(stream: Stream): string {
  return stream.pick(WORDS)
}

export function drawSentence(stream: Stream, least: number, most: number): string {
  return drawList(stream, least, most, () => drawWord(stream)).join(' ')
}

/** Levels of training questions. `CODE_OOD_LEVEL` is above them and never trained on. */
export const CODE_LEVELS = [1, 2, 3] as const
export const CODE_OOD_LEVEL = 4
