import { parseAnswer } from './answer_tree'
import { sameTree } from './compare_answers'
import { Budget } from './formula/evaluate'
import { writeRational } from './rational'
import { type AnswerForm, statedAnswer } from './stated_answer'
import { readWords, splitOutside, tidy } from './tidy'
import { readNumber } from './written_number'

/** A longer text is an explanation, not an answer. */
export const MAX_ANSWER = 200

const BRACKETS = /^([([]|\\\{)(.*?)([)\]]|\\\})$/s

/** The answer a text states, as it stands there; null where there is none or it is too long to be one. */
export function writtenAnswer(
  text: string,
  forms: readonly AnswerForm[] = ['hashes-line', 'boxed'],
): string | null {
  // `#### 42. She has 42 apples.`: the answer ends where its sentence does.
  const answer = statedAnswer(text, forms)?.replace(/(?<=[\d)\]}$%])[.;]\s+\p{Lu}.*$/su, '') ?? ''
  return answer === '' || answer.length > MAX_ANSWER ? null : answer
}

/** The answer a text states in one form for equal answers (`canonicalAnswer`); null where there is none. */
export function readAnswer(text: string, forms?: readonly AnswerForm[]): string | null {
  return canonicalAnswer(writtenAnswer(text, forms) ?? '') || null
}

/**
 * One text for equal answers as far as that shows without algebra. Numbers become fractions in lowest terms (`$18.00` → `18`, `\frac{6}{8}` →
 * `3/4`, `x = 5` → `5`; see `readNumber`); lists are taken apart, an unbracketed one in no order (`2, 1` → `1, 2`); words lose
 * their capitals; LaTeX loses what is mere layout. Idempotent. A text longer than an answer stays as it is.
 */
export function canonicalAnswer(text: string): string {
  if (text.length > MAX_ANSWER) return text
  const plain = tidy(text)
  const named = readNumber(plain.replace(/^\\?[A-Za-z]+\s*=/, '').trim())
  if (named !== null) return writeRational(named)
  return canonicalItem(plain) ?? canonicalList(plain) ?? plain
}

/** True where the canonical answer is a number. */
export function isNumber(canonical: string): boolean {
  return readNumber(canonical) !== null
}

/**
 * Whether two answers are the same. Values are compared exactly (`sameFormula`): there is no tolerance, so `0.33` is not `1/3`.
 * What can be left out without another answer coming out is compared only where both have it: the name of one unknown (`x = 5`
 * is `5`, not `y = 5`) and the unit (`5 cm` is `5`, not `5 m`). Order counts inside of brackets, not in a bare list or a set.
 * An answer that cannot be read is equal to one that is written alike. Symmetric; false where nothing can be told.
 */
export function sameAnswer(a: string, b: string): boolean {
  const [x, y] = [tidy(a), tidy(b)]
  if (x === y) return x !== ''
  if (x === '' || y === '' || Math.max(x.length, y.length) > MAX_ANSWER) return false
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
  // `(1, 2), (3, 4)` starts and ends with brackets that are no pair.
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
