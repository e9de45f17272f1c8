import { parseAnswer } from './answer_tree'
import { sameTree } from './compare_answers'
import { Budget } from './formula/evaluate'
import { writeRational } from './rational'
import { type AnswerForm, statedAnswer } from './stated_answer'
import { readWords, splitOutside, tidy } from './tidy'
import { readNumber } from './written_number'

/** Maximum length of an answer, in characters; a longer text is an explanation. */
export const MAX_ANSWER = 200

/** Whether a text is short enough for an answer. Spaces do not count, up to as many again. */
export const isShort = (text: string): boolean =>
  text.length <= MAX_ANSWER || (text.length <= 2 * MAX_ANSWER && text.replace(/\s/g, '').length <= MAX_ANSWER)

const BRACKETS = /^([([]|\\\{)(.*?)([)\]]|\\\})$/s

/**
 * Returns the answer that a text states, as written; null where it has none of at most `MAX_ANSWER`
 * characters.
 */
export function writtenAnswer(
  text: string,
  forms: readonly AnswerForm[] = ['hashes-line', 'boxed'],
): string | null {
  // In `#### 42. She has 42 apples.` the answer ends at the full stop.
  const answer = statedAnswer(text, forms)?.replace(/(?<=[\d)\]}$%])[.;]\s+\p{Lu}.*$/su, '') ?? ''
  return answer === '' || !isShort(answer) ? null : answer
}

/**
 * Returns the answer that a text states in its canonical form (`canonicalAnswer`); null where it states none.
 */
export function readAnswer(text: string, forms?: readonly AnswerForm[]): string | null {
  return canonicalAnswer(writtenAnswer(text, forms) ?? '') || null
}

/**
 * Returns one text for equal answers, as far as they can be told without algebra. Idempotent.
 * - Numbers become fractions in lowest terms: `$18.00` → `18`, `\frac{6}{8}` → `3/4`, `x = 5` → `5` (see
 *   `readNumber`).
 * - The items of lists are canonical too. A bare list and a set are sorted: `2, 1` → `1, 2`.
 * - Words become lower case, and LaTeX loses its layout commands.
 * - A text longer than `MAX_ANSWER` stays as it is.
 */
export function canonicalAnswer(text: string): string {
  if (!isShort(text)) return text
  const plain = tidy(text)
  const named = readNumber(plain.replace(/^\\?[A-Za-z]+\s*=/, '').trim())
  if (named !== null) return writeRational(named)
  return canonicalItem(plain) ?? canonicalList(plain) ?? plain
}

/** Whether a canonical answer is a number. */
export function isNumber(canonical: string): boolean {
  return readNumber(canonical) !== null
}

/**
 * Whether two answers are the same. Symmetric; false where this cannot be decided.
 * - Values are compared exactly (`sameFormula`). There is no tolerance, so `0.33` is not `1/3`.
 * - The name of one unknown and the unit may be left out, so they are compared only where both answers have
 *   them: `x = 5` is `5` but not `y = 5`; `5 cm` is `5` but not `5 m`.
 * - Order counts inside brackets, but not in a bare list or a set.
 * - An unreadable answer equals only the same text.
 */
export function sameAnswer(a: string, b: string): boolean {
  const [x, y] = [tidy(a), tidy(b)]
  if (x === y) return x !== ''
  if (x === '' || y === '' || !isShort(x) || !isShort(y)) return false
  const budget = new Budget()
  return sameTree(parseAnswer(x, budget), parseAnswer(y, budget), budget)
}

function canonicalItem(plain: string): string | null {
  const number = readNumber(plain)
  if (number !== null) return writeRational(number)
  const choice = /^\(([A-Za-z])\)$/.exec(plain)
  return choice?.[1] ?? readWords(plain)
}

function canonicalList(plain: string): string | null {
  const [, open, inside, close] = BRACKETS.exec(plain) ?? [null, '', plain, '']
  const items = splitList(inside)
  // `(1, 2), (3, 4)` starts and ends with brackets that do not match each other.
  if (items === null) return open === '' ? null : writeList('', splitList(plain), '')
  return writeList(open, items, close)
}

const splitList = (text: string): readonly string[] | null => splitOutside(text, /,/y)?.parts ?? null

function writeList(open: string, items: readonly string[] | null, close: string): string | null {
  if (items === null || items.length < 2 || items.includes('')) return null
  const canonical = items.map((item) => canonicalItem(item) ?? canonicalList(item) ?? item)
  const unordered = open === '' || open === '\\{'
  return `${open}${(unordered ? canonical.sort() : canonical).join(', ')}${close}`
}
