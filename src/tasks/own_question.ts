/** Questions that a visitor asks the peers. */
import { ColloquyError } from '../errors'
import { deriveKey, type Key } from '../random'
import type { Question } from './task'

const ID_KEY: Key = [0x6f776e71, 0x75657374]

/** Which answers a task's checker can read. */
export interface ReadableAnswer {
  isReadable(answer: string): boolean
  /** Description for messages, e.g. `a number, such as 12`. */
  readonly wanted: string
}

/**
 * Makes a question whose id derives from its words. It has no steps, because no solution is known.
 * @param answer null where it is not known; the question's answer is then empty
 * @throws ColloquyError `task` where there are no words, or the answer cannot be read
 */
export function ownQuestion(
  text: string,
  answer: string | null,
  { isReadable, wanted }: ReadableAnswer,
): Question {
  const words = text.trim()
  if (words === '')
    throw new ColloquyError({
      code: 'task',
      what: 'your question',
      found: 'nothing',
      wanted: 'a question in words',
      todo: 'Type one, or take an example',
    })
  const right = answer?.trim() ?? ''
  if (answer !== null && !isReadable(right))
    throw new ColloquyError({
      code: 'task',
      what: 'your right answer',
      found: right === '' ? 'nothing' : `“${right}”`,
      wanted,
      todo: 'Write it so, or leave it out',
    })
  const letters = Array.from(words, (letter) => letter.codePointAt(0) ?? 0)
  const [high, low] = deriveKey(ID_KEY, ...letters)
  const digits = (bits: number) => bits.toString(16).padStart(8, '0')
  return {
    id: `own-${digits(high)}${digits(low)}`,
    text: words,
    answer: right,
    skill: 'own',
    level: 1,
    steps: [],
  }
}
