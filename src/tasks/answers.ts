import { writeRational } from './rational'
import { type AnswerForm, statedAnswer } from './stated_answer'
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
  return canonicalItem(plain) ?? canonicalList(plain) ?? plain
}

/** True where the canonical answer is a number. */
export function isNumber(canonical: string): boolean {
  return readNumber(canonical) !== null
}

/**
 * Whether two answers are the same. At once where both are numbers, are the same when written alike, or are words; else
 * (`\sqrt{8}` and `2\sqrt{2}`) it takes algebra, which is loaded when first asked for.
 */
export function sameAnswer(a: string, b: string): boolean | Promise<boolean> {
  const [x, y] = [canonicalAnswer(a), canonicalAnswer(b)]
  if (x === y) return x !== ''
  if (!isMathematics(x) || !isMathematics(y) || (isNumber(x) && isNumber(y))) return false
  return import('./algebra').then(({ sameMathematics }) => sameMathematics(x, y))
}

/** Answers the algebra has something to say about: not words, not long texts. */
function isMathematics(canonical: string): boolean {
  if (canonical === '' || canonical.length > MAX_ANSWER) return false
  return !/[A-Za-z]{3,}/.test(canonical.replace(/\\(?:begin|end)\{[a-z]+\}|\\[A-Za-z]+/g, ' '))
}

function canonicalItem(plain: string): string | null {
  const number = readNumber(plain) ?? readNumber(plain.replace(/^\\?[A-Za-z]+\s*=/, '').trim())
  if (number !== null) return writeRational(number)
  const choice = /^\(([A-Za-z])\)$/.exec(plain)
  if (choice !== null) return choice[1]
  return /^[\p{L} '-]{2,}$/u.test(plain) ? plain.toLowerCase() : null
}

function canonicalList(plain: string): string | null {
  const [, open, inside, close] = BRACKETS.exec(plain) ?? [null, '', plain, '']
  const items = splitList(inside)
  // `(1, 2), (3, 4)` starts and ends with brackets that are no pair.
  if (items === null) return open === '' ? null : writeList('', splitList(plain), '')
  return writeList(open, items, close)
}

function writeList(open: string, items: readonly string[] | null, close: string): string | null {
  if (items === null || items.length < 2 || items.includes('')) return null
  const canonical = items.map((item) => canonicalItem(item) ?? canonicalList(item) ?? item)
  const unordered = open === '' || open === '\\{'
  return `${open}${(unordered ? canonical.sort() : canonical).join(', ')}${close}`
}

/** At the commas outside of all brackets; null where brackets do not pair up, as in `1, 2), (3, 4`. */
function splitList(text: string): string[] | null {
  const items: string[] = []
  let [depth, start] = [0, 0]
  for (let i = 0; i < text.length; i++) {
    if ('([{'.includes(text[i])) depth++
    else if (')]}'.includes(text[i]) && --depth < 0) return null
    else if (text[i] === ',' && depth === 0) {
      items.push(trimEnds(text.slice(start, i)))
      start = i + 1
    }
  }
  return depth === 0 ? [...items, trimEnds(text.slice(start))] : null
}

const REWRITES: readonly (readonly [RegExp, string])[] = [
  [/[\u2212\u2013\u2014]/g, '-'],
  [/\u00d7/g, '\\times '],
  [/\u00f7/g, '\\div '],
  [/\u03c0/g, '\\pi '],
  [/\u221e/g, '\\infty '],
  [/\u221a(\d+)/g, '\\sqrt{$1}'],
  // Bold or code as instructed models like it, and the signs that put a formula into a text.
  [/\*\*|`|(?<!\\)\\[()[\]]/g, ' '],
  // `$18` is money, `$18$` a formula: either way nothing is lost.
  [/(?:\bUSD?\s?)?\\?\$/g, ''],
  [/\\%/g, '%'],
  [/\{,\}|(?<=\d)\\[,;:](?=\d{3})/g, ','],
  [/\\!/g, ''],
  [/\\(?:left|right|big|Big|displaystyle)(?![A-Za-z])/g, ''],
  [/(?<!\\)\\[,;: ]|~/g, ' '],
  [/\\[dtc]frac(?![A-Za-z])/g, '\\frac'],
  [/\\(?:text|mathrm|textbf|mathbf|mbox|operatorname)\s?\{([^{}\\]*)\}/g, ' $1 '],
  [/\s*\^\s*/g, '^'],
  [/\s+/g, ' '],
]

/** A formula on its own, without layout and without the marks of the text it stood in. */
function tidy(text: string): string {
  let plain = text
  for (const [pattern, by] of REWRITES) plain = plain.replace(pattern, by)
  return trimEnds(plain)
}

function trimEnds(text: string): string {
  return text.trim().replace(/[\s.,;:?]+$/, '')
}
