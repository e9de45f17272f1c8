import { ColloquyError } from '../../errors'
import { deriveKey, type Key, Stream } from '../../random'
import { z } from '../../schema'
import type { Question, Split } from '../task'
import {
  CODE_LEVELS,
  CODE_OOD_LEVEL,
  CODE_TOPICS,
  type CodeDraft,
  type CodeFamily,
  type UnitTest,
} from './code_family'
import { CODE_LISTS } from './code_lists'
import { CODE_NUMBERS } from './code_numbers'
import { CODE_RECORDS } from './code_records'
import { CODE_STRINGS } from './code_strings'

/** All families, including those of `CODE_OOD_LEVEL`. */
export const CODE_FAMILIES: readonly CodeFamily[] = [
  ...CODE_NUMBERS,
  ...CODE_STRINGS,
  ...CODE_LISTS,
  ...CODE_RECORDS,
]

/** Hidden tests per question. */
const TESTS = 8
const CONTENT_KEY: Key = [0x636f6465, 0x66756e63]
const MAX_DRAWS = 10_000

const checksForm = z.object({
  name: z.string(),
  tests: z.array(z.object({ input: z.array(z.json()), expected: z.json() })).nonempty(),
})

/** The JSON of a question's `answer`: the function's name and its hidden tests. */
export interface CodeChecks {
  readonly name: string
  readonly tests: readonly UnitTest[]
}

/**
 * Reads a question's `answer`.
 * @throws ColloquyError `task` where the question is not from this task
 */
export function readChecks(question: Question): CodeChecks {
  try {
    return checksForm.parse(JSON.parse(question.answer))
  } catch (cause) {
    throw new ColloquyError(
      {
        code: 'task',
        what: `answer of question ${question.id}`,
        found: question.answer.slice(0, 60),
        wanted: 'a function name and unit tests as JSON',
        todo: 'Ask this task about its own questions only',
      },
      { cause },
    )
  }
}

function contentKey(family: CodeFamily, { parameters }: CodeDraft): Key {
  const content = `${family.name} ${parameters.join(' ')}`
  return deriveKey(CONTENT_KEY, ...Array.from(content, (letter) => letter.codePointAt(0) ?? 0))
}

/**
 * Decides a question's split by its function alone: 70 % train, 10 % validation, 20 % held-out. All families
 * of `CODE_OOD_LEVEL` are out of distribution.
 */
function splitOf(level: number, [bits]: Key): Split {
  if (level === CODE_OOD_LEVEL) return 'ood'
  const tenth = bits % 10
  if (tenth < 7) return 'train'
  return tenth === 7 ? 'validation' : 'heldout'
}

/** Writes text and tests, which depend only on the function: equal functions are equal questions. */
function writeQuestion(family: CodeFamily, draft: CodeDraft, key: Key): Question {
  const { name, takes, topic, level } = family
  const [example, ...tests] = draft.tests(new Stream(deriveKey(key, 0x7465)), TESTS + 1).reverse()
  const written = `${name}(${example.input.map((value) => JSON.stringify(value)).join(', ')})`
  const digits = (bits: number) => bits.toString(16).padStart(8, '0')
  return {
    id: `${name}-${digits(key[0])}${digits(key[1])}`,
    text: `Write a function ${name}(${takes}) that ${draft.does}. For example, ${written} returns ${JSON.stringify(example.expected)}.`,
    answer: JSON.stringify({ name, tests: tests.reverse() } satisfies CodeChecks),
    skill: topic,
    level,
    steps: [],
  }
}

/** Draws a question of these families and this split. The same stream state gives the same question. */
function drawCodeQuestion(families: readonly CodeFamily[], split: Split, stream: Stream): Question {
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const family = stream.pick(families)
    const draft = family.draft(stream)
    const key = contentKey(family, draft)
    if (splitOf(family.level, key) === split) return writeQuestion(family, draft, key)
  }
  throw new ColloquyError({
    code: 'task',
    what: `${split} questions of ${families.map(({ name }) => name).join(', ')}`,
    found: `none in ${MAX_DRAWS} draws`,
    wanted: 'at least one',
    todo: 'Ask for a split that these families have',
  })
}

/**
 * Returns n questions with different ids. Topics and levels take turns, starting at a place that the key
 * decides.
 */
export function codeQuestions(split: Split, key: Key, n: number): Question[] {
  const levels = split === 'ood' ? [CODE_OOD_LEVEL] : CODE_LEVELS
  const start = new Stream(deriveKey(key, 0x7374)).int(0, CODE_TOPICS.length * levels.length - 1)
  const found = new Map<string, Question>()
  for (let draw = 0; found.size < n; draw++) {
    if (draw >= n + MAX_DRAWS)
      throw new ColloquyError({
        code: 'task',
        what: `${split} questions`,
        found: `${found.size} different ones`,
        wanted: String(n),
        todo: 'Ask for fewer questions',
      })
    const turn = start + found.size
    const topic = CODE_TOPICS[turn % CODE_TOPICS.length]
    const level = levels[Math.floor(turn / CODE_TOPICS.length) % levels.length]
    const families = CODE_FAMILIES.filter((family) => family.topic === topic && family.level === level)
    const question = drawCodeQuestion(families, split, new Stream(deriveKey(key, 0x7175, draw)))
    if (!found.has(question.id)) found.set(question.id, question)
  }
  return [...found.values()]
}
