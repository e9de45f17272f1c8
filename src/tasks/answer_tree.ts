import { type Answer, sameTree } from './compare_answers'
import type { Budget } from './formula/evaluate'
import { type Formula, hasEitherSign, keyOf, minus, unknownsOf, withSign } from './formula/formula'
import { parseFormula } from './formula/parse_formula'
import { isRoundingOf } from './formula/same_formula'
import { readWords, splitOutside } from './tidy'
import { readNumber, splitUnit, unitOf } from './written_number'

const WHOLE_BRACKETS = /^(\(|\[|\\\{)(.*)(\)|\]|\\\})$/s
const BETWEEN_ITEMS = /[,;]|(?<=[\s})\]])(?:and|or)(?=\s|\\|$)/y
/** Separators of a bare list, except commas that group thousands. */
const BETWEEN_BARE_ITEMS =
  /(?<!(?<![\d.])\d{1,3}(?:,\d{3})*),|;|,(?!\d{3}(?!\d))|(?<=[\s})\]])(?:and|or)(?=\s|\\|$)/y
const RELATION = /\\(?:leqslant|geqslant|approx|leq|geq|neq|le|ge|lt|gt|ne|in)(?![A-Za-z])|<=|>=|!=|:=|[=<>]/y
const SIGNS: Readonly<Record<string, string>> = {
  '\\leqslant': '\\le',
  '\\leq': '\\le',
  '<=': '\\le',
  '\\geqslant': '\\ge',
  '\\geq': '\\ge',
  '>=': '\\ge',
  '\\lt': '<',
  '\\gt': '>',
  '\\neq': '\\ne',
  '!=': '\\ne',
}
const SET_OPERATION = /\\(?:cup|cap|setminus)(?![A-Za-z])/y
const MATRIX =
  /^([([]?)\s*\\begin\{(array|matrix|pmatrix|bmatrix)\}(?:\{[clr|\s]*\})?(.*)\\end\{\2\}\s*([)\]]?)$/s
const NUMERAL = /^\(?(\d[\dA-F]*)\)?_(?:\{\s*(\d{1,2})\s*\}|(\d))$/
const NAME = /^(?:\\?[A-Za-z]+(?:_(?:\{\w+\}|\w))?|[A-Za-z]\([A-Za-z]\))$/
const NAMES = /^\(\s*[A-Za-z](?:\s*,\s*[A-Za-z])+\s*\)$/
const NO_NAME = /^(?:e|i|\\pi|\\infty|pi)$/

const text = (plain: string): Answer => ({
  kind: 'text',
  text: readWords(plain) ?? plain.replace(/(?<![\dA-Za-z])\s|\s(?![\dA-Za-z])/g, ''),
})
const value = (formula: Formula, unit: string | null = null): Answer => ({ kind: 'value', formula, unit })
const collection = (open: string, items: readonly Answer[], close: string): Answer => ({
  kind: 'collection',
  open,
  close,
  items,
})
/** `(D) 23` or `D. 23`, but not `(B) - (C)` or `(A) 3, (B) 5`. */
const CHOICE = /^(?:\(([A-J])\)[.:]?\s*(?![-+*/=<>^_] |[*/=<>^_!'])|([A-J])[).:]\s+)(.+)$/s

/** Reads a tidy answer (`tidy`). An unreadable answer becomes a `text`. */
export function parseAnswer(plain: string, budget: Budget): Answer {
  if (readWords(plain) !== null) return text(plain)
  const [, bracketed, bare, is] = CHOICE.exec(plain) ?? []
  if (is !== undefined && !/\([A-J]\)/.test(is))
    return { kind: 'choice', letter: bracketed ?? bare, is: parseAnswer(is, budget) }
  const split = splitOutside(plain, BETWEEN_BARE_ITEMS)
  if (split === null) return text(plain)
  // `1, 2, and 3` has an empty part between its last two separators.
  const parts = split.parts.filter((part, i) => part !== '' || split.separators[i - 1] !== ',')
  if (parts.includes('')) return text(plain)
  const items = parts.flatMap((part) => bothSigns(parseItem(part, budget)))
  if (split.separators.length > 0 && split.separators.every((each) => each === 'or')) {
    const union = unionOf(items)
    if (union !== null) return union
  }
  return items.length === 1 ? items[0] : collection('', items, '')
}

/** Reads `x < 0 or x > 2` as one set of x. */
function unionOf(items: readonly Answer[]): Answer | null {
  const parts: Answer[] = []
  const names = new Set<string>()
  for (const item of items) {
    if (item.kind !== 'named' || item.is.kind !== 'collection' || !/^[([]$/.test(item.is.open)) return null
    names.add(item.name)
    parts.push(item.is)
  }
  const [name] = names
  return names.size === 1
    ? { kind: 'named', name, is: { kind: 'set-operation', sign: '\\cup', parts } }
    : null
}

/** Returns the two answers that ± stands for; one answer where it has no ±. */
function bothSigns(answer: Answer): readonly Answer[] {
  return hasSign(answer) ? [signed(answer, false), signed(answer, true)] : [answer]
}

function hasSign(answer: Answer): boolean {
  if (answer.kind === 'value') return hasEitherSign(answer.formula)
  if (answer.kind === 'named') return hasSign(answer.is)
  return answer.kind === 'collection' && answer.items.some(hasSign)
}

function signed(answer: Answer, negative: boolean): Answer {
  if (answer.kind === 'value') return { ...answer, formula: withSign(answer.formula, negative) }
  if (answer.kind === 'named') return { ...answer, is: signed(answer.is, negative) }
  if (answer.kind !== 'collection') return answer
  return { ...answer, items: answer.items.map((item) => signed(item, negative)) }
}

function parseItem(plain: string, budget: Budget): Answer {
  const related = splitOutside(plain, RELATION)
  if (related === null) return text(plain)
  const signs = related.separators.map((sign) => SIGNS[sign] ?? sign)
  if (signs.length === 0) return parseTerm(plain, budget)
  return parseRelation(related.parts, signs, budget) ?? text(plain)
}

function parseTerm(plain: string, budget: Budget): Answer {
  const sets = splitOutside(plain, SET_OPERATION)
  if (sets !== null && sets.separators.length > 0) {
    const [sign] = sets.separators
    if (sets.parts.includes('') || sets.separators.some((other) => other !== sign)) return text(plain)
    return { kind: 'set-operation', sign, parts: sets.parts.map((part) => parseTerm(part, budget)) }
  }
  return (
    parseMatrix(plain, budget) ??
    parseBrackets(plain, budget) ??
    parseValue(plain) ??
    parseRatio(plain) ??
    text(plain)
  )
}

function parseBrackets(plain: string, budget: Budget): Answer | null {
  const [, open, inside, close] = WHOLE_BRACKETS.exec(plain) ?? []
  if (open === undefined)
    return /^\\(?:emptyset|varnothing)$/.test(plain) ? collection('\\{', [], '\\}') : null
  if ((open === '\\{') !== (close === '\\}')) return null
  const items = splitOutside(inside, BETWEEN_ITEMS)?.parts
  if (items === undefined) return null
  if (open === '\\{' && inside.trim() === '') return collection(open, [], close)
  if (items.includes('') || (items.length === 1 && open !== '\\{')) return null
  return collection(
    open,
    items.map((item) => parseItem(item, budget)),
    close,
  )
}

/**
 * Reads a matrix in round or square brackets, which mean the same. Bars would make it a determinant, which
 * this does not read.
 */
function parseMatrix(plain: string, budget: Budget): Answer | null {
  const [, open, kind, body, close] = MATRIX.exec(plain) ?? []
  if (kind === undefined || (kind === 'array' || kind === 'matrix') !== (open !== '')) return null
  if ((open === '(' ? ')' : open === '[' ? ']' : '') !== close) return null
  const rows = splitOutside(body.replace(/\\\\\s*$/, ''), /\\\\/y)?.parts.map(
    (row) => splitOutside(row, /&/y)?.parts,
  )
  if (rows === undefined) return null
  const read = rows.map((row) =>
    row === undefined
      ? text(body)
      : collection(
          'row',
          row.map((entry) => parseTerm(entry, budget)),
          'row',
        ),
  )
  return collection('matrix', read, 'matrix')
}

function parseValue(plain: string): Answer | null {
  const infinity = /^([+-]?)\s*\\infty$/.exec(plain)
  if (infinity !== null) return { kind: 'infinity', negative: infinity[1] === '-' }
  const [, digits, long, short] = NUMERAL.exec(plain) ?? []
  if (digits !== undefined)
    return { kind: 'numeral', digits: digits.replace(/^0+(?=.)/, ''), base: Number(long ?? short) }
  const number = readNumber(plain)
  if (number !== null) return value({ kind: 'number', value: number }, unitOf(plain))
  const [bare, unit] = splitUnit(plain)
  const measured = unit === '' ? null : parseFormula(bare)
  if (measured !== null && unknownsOf(measured).size === 0) return value(measured, unitOf(unit))
  const formula = parseFormula(plain)
  return formula && value(formula)
}

function parseRatio(plain: string): Answer | null {
  const parts = splitOutside(plain, /:/y)?.parts ?? []
  const values = parts.map(parseValue)
  const items = values.filter((item) => item !== null)
  return parts.length < 2 || items.length < parts.length ? null : collection(':', items, ':')
}

/** Reads a name, `x_{1}` as `x_1`; null for other texts. */
function readName(plain: string): string | null {
  if (NO_NAME.test(plain)) return null
  if (NAMES.test(plain)) return plain.replace(/\s/g, '')
  return NAME.test(plain) ? plain.replace(/[{}]/g, '') : null
}

function formulaOf(answer: Answer): Formula | null {
  return answer.kind === 'value' ? answer.formula : null
}

function parseRelation(parts: readonly string[], signs: readonly string[], budget: Budget): Answer | null {
  const approximate = signs.indexOf('\\approx')
  if (approximate >= 0) return parseApproximate(parts, signs, approximate, budget)
  if (signs.every((sign) => sign === '=' || sign === ':=')) return parseEquation(parts, budget)
  if (parts.includes('')) return null
  const name = readName(parts[0])
  if (signs[0] === '\\in')
    return name !== null && parts.length === 2
      ? { kind: 'named', name, is: parseTerm(parts[1], budget) }
      : null
  const terms = parts.map((part) => parseTerm(part, budget))
  if (signs[0] === '\\ne') return terms.length === 2 ? relation('\\ne', terms[0], terms[1]) : null
  if (signs.every((sign) => sign === '<' || sign === '\\le')) return parseInequality(parts, terms, signs)
  if (!signs.every((sign) => sign === '>' || sign === '\\ge')) return null
  const turned = signs.map((sign) => (sign === '>' ? '<' : '\\le')).reverse()
  return parseInequality([...parts].reverse(), [...terms].reverse(), turned)
}

/** Reads `9/7 ≈ 1.29` as 9/7 where 1.29 is 9/7 rounded, and `x ≈ 1.29` as 1.29. */
function parseApproximate(
  parts: readonly string[],
  signs: readonly string[],
  at: number,
  budget: Budget,
): Answer | null {
  const exact = parts.slice(0, at + 1)
  if (signs.slice(at).some((sign) => sign !== '\\approx') || signs.slice(0, at).some((sign) => sign !== '='))
    return null
  const name = readName(exact[0])
  if (at === 0 && parts.length === 2 && (name !== null || exact[0] === '')) {
    const is = parseTerm(parts[1], budget)
    return name === null ? is : { kind: 'named', name, is }
  }
  const answer = at === 0 ? parseTerm(exact[0], budget) : parseEquation(exact, budget)
  const formula = answer && formulaOf(answer.kind === 'named' ? answer.is : answer)
  if (formula === null) return null
  return parts.slice(at + 1).every((rounded) => isRoundingOf(rounded, formula, budget)) ? answer : null
}

/** Reads a name with its value, one value written in several ways, or an equation between unknowns. */
function parseEquation(parts: readonly string[], budget: Budget): Answer | null {
  if (parts.includes('')) return null
  if (parts.length === 2 && readName(parts[0]) === null && readName(parts[1]) !== null)
    return parseEquation([parts[1], parts[0]], budget)
  const name = readName(parts[0])
  const values = (name === null ? parts : parts.slice(1)).map((part) => parseTerm(part, budget))
  const [first] = values
  if (values.every((other) => other === first || sameTree(first, other, budget))) {
    const formula = formulaOf(first)
    // The left side (`\cos\pi = -1`) serves as the name of its value.
    if (name === null) return formula && { kind: 'named', name: keyOf(formula), is: values[1] }
    if (formula === null || !unknownsOf(formula).has(name)) return { kind: 'named', name, is: first }
  }
  if (parts.length !== 2) return null
  return relation('=', parseTerm(parts[0], budget), parseTerm(parts[1], budget))
}

function relation(sign: '=' | '\\ne' | '<' | '\\le', left: Answer, right: Answer): Answer | null {
  const [f, g] = [formulaOf(left), formulaOf(right)]
  if (f === null || g === null) return null
  const of = minus(g, f)
  return unknownsOf(of).size === 0 ? null : { kind: 'relation', sign, of }
}

/** Reads bounds of one unknown as an interval. All signs are `<` or `\le`. */
function parseInequality(
  parts: readonly string[],
  terms: readonly Answer[],
  signs: readonly string[],
): Answer | null {
  const infinity = (negative: boolean): Answer => ({ kind: 'infinity', negative })
  const between = (name: string, low: Answer, open: boolean, high: Answer, closes: boolean): Answer => ({
    kind: 'named',
    name,
    is: collection(open ? '(' : '[', [low, high], closes ? ')' : ']'),
  })
  const isBound = (answer: Answer) => answer.kind === 'value' && unknownsOf(answer.formula).size === 0
  const strict = signs.map((sign) => sign === '<')
  const [left, middle] = [readName(parts[0]), readName(parts[1])]
  if (terms.length === 3)
    return middle === null ? null : between(middle, terms[0], strict[0], terms[2], strict[1])
  if (terms.length !== 2) return null
  if (left !== null && isBound(terms[1])) return between(left, infinity(true), true, terms[1], strict[0])
  if (middle !== null && isBound(terms[0])) return between(middle, terms[0], strict[0], infinity(false), true)
  return relation(strict[0] ? '<' : '\\le', terms[0], terms[1])
}
