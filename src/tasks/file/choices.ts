import { canonicalAnswer, MAX_ANSWER } from '../answers'
import { choiceColumns, fieldsFor } from './field_names'
import { type Fields, isFields } from './table'
import { plainText, Unusable } from './values'

/** The choices of a question. */
export interface Choices {
  /** Name of their field, or the names of their columns. */
  readonly field: string
  readonly texts: readonly string[]
}

const LETTERS = 'ABCDEFGHIJ'
/** A letter before a choice, as AQuA writes it: `A)21`, `(b) 7`, `C. 3`. */
const LETTERED = /^\s*\(?([A-Ja-j])\s*[).:]\s*/

/**
 * Returns the choices of a row; null where it has none.
 * @throws Unusable where they cannot be read
 */
export function choicesOf(fields: Fields): Choices | null {
  const [found] = fieldsFor('choices', fields)
  const columns = found === undefined ? choiceColumns(fields) : null
  const field = found?.name ?? columns?.names
  if (field === undefined) return null
  const list = listOf(columns?.values ?? found?.value)
  if (list === null) throw new Unusable(`"${field}" cannot be read as a list of choices`)
  if (list.length === 0) return null
  const texts = list.map((value) => plainText(value, field))
  if (texts.length > LETTERS.length) throw new Unusable(`"${field}" has more than ${LETTERS.length} choices`)
  const letters = texts.map((text) => LETTERED.exec(text)?.[1].toUpperCase()).join('')
  const bare = letters === LETTERS.slice(0, texts.length)
  return { field, texts: bare ? texts.map((text) => text.replace(LETTERED, '')) : texts }
}

function listOf(value: unknown): readonly unknown[] | null {
  if (Array.isArray(value)) return value
  // ARC: { text: […], label: […] }; others: { A: …, B: … }.
  if (isFields(value))
    return Array.isArray(value.text)
      ? value.text
      : Object.keys(value).join('') === LETTERS.slice(0, Object.keys(value).length)
        ? Object.values(value)
        : null
  if (typeof value !== 'string') return null
  try {
    const list: unknown = JSON.parse(value)
    return Array.isArray(list) ? list : null
  } catch {
    // MathQA: `a ) 38 , b ) 27.675 , c ) 30`.
    const parts = value.split(/\s*,\s*(?=[A-Ja-j]\s*\))/)
    return parts.length > 1 ? parts : null
  }
}

/** Writes the choices under a question, in lettered lines. */
export function withChoices(text: string, { texts }: Choices): string {
  return [text, ...texts.map((choice, i) => `${LETTERS[i]}) ${choice}`)].join('\n')
}

/**
 * Returns the right answer as letter and choice, `(B) 21`, so that an answer may be either. A choice that is a
 * letter itself could be taken for another choice, so the answer is then the letter alone.
 * @param value an index, a letter, or the words of a choice
 * @param base the index of the first choice
 * @throws Unusable where it names no choice, or two
 */
export function rightChoice({ texts }: Choices, value: unknown, field: string, base: number): string {
  const at = indexOf(texts, value, field, base)
  const answer = `(${LETTERS[at]}) ${texts[at]}`
  const plain = !/^[A-Za-z]$/.test(texts[at]) && answer.length <= MAX_ANSWER && !/[\r\n]/.test(answer)
  return plain && canonicalAnswer(texts[at]) !== '' ? answer : LETTERS[at]
}

function indexOf(texts: readonly string[], value: unknown, field: string, base: number): number {
  const index = wholeOf(value)
  if (index !== null && typeof value !== 'string') return within(texts, index - base, field)
  const text = plainText(value, field)
  const letter = /^\(?([A-Ja-j])\)?[.:]?$/.exec(text)?.[1].toUpperCase()
  const found = new Set<number>()
  if (letter !== undefined) found.add(within(texts, LETTERS.indexOf(letter), field))
  for (const [i, choice] of texts.entries())
    if (choice === text || choice === text.replace(LETTERED, '')) found.add(i)
  // A table writes an index as a text. Where the same digits are also a choice, both could be meant.
  if (index !== null && letter === undefined && index - base >= 0 && index - base < texts.length)
    found.add(index - base)
  const [first, second] = found
  if (first === undefined) throw new Unusable(`"${field}" (${text.slice(0, 40)}) is none of the choices`)
  if (second !== undefined)
    throw new Unusable(`"${field}" (${text.slice(0, 40)}) could be two of the choices`)
  return first
}

function within(texts: readonly string[], index: number, field: string): number {
  if (index >= 0 && index < texts.length) return index
  throw new Unusable(`"${field}" names a choice that is not there`)
}

/** Returns a whole number, of any JavaScript type; null for another value. */
export function wholeOf(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value
  if (typeof number === 'bigint') return Number(number)
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null
}
