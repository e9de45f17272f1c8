import type { Budget } from './formula/evaluate'
import { type Formula, minus, unknownsOf } from './formula/formula'
import { areProportional, sameFormula } from './formula/same_formula'

/** A parsed answer. */
export type Answer =
  /** Words, or an unreadable answer. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly formula: Formula; readonly unit: string | null }
  | { readonly kind: 'infinity'; readonly negative: boolean }
  /** A choice of several with its letter: `(D) 23`. */
  | { readonly kind: 'choice'; readonly letter: string; readonly is: Answer }
  /** `x = 5`, `(x, y) = (1, 2)`, `x \in [0, 1)` and `0 \le x < 1`. */
  | { readonly kind: 'named'; readonly name: string; readonly is: Answer }
  /** `of` is equal to 0, not equal to 0, greater than 0, or not less than 0. */
  | { readonly kind: 'relation'; readonly sign: '=' | '\\ne' | '<' | '\\le'; readonly of: Formula }
  /**
   * Tuples, intervals, sets, ratios (`open` is `:`), bare lists (`open` is empty) and matrices (rows of
   * entries).
   */
  | {
      readonly kind: 'collection'
      readonly open: string
      readonly close: string
      readonly items: readonly Answer[]
    }
  | { readonly kind: 'set-operation'; readonly sign: string; readonly parts: readonly Answer[] }
  /** A numeral with a base is a way to write a number, so it does not equal the number. */
  | { readonly kind: 'numeral'; readonly digits: string; readonly base: number }

type Collection = Answer & { readonly kind: 'collection' }
type Named = Answer & { readonly kind: 'named' }
type Choice = Answer & { readonly kind: 'choice' }

/** Whether two answers are the same (see `sameAnswer`). */
export function sameTree(a: Answer, b: Answer, budget: Budget): boolean {
  if (a.kind === 'choice') return sameChoice(a, b, budget)
  if (b.kind === 'choice') return sameChoice(b, a, budget)
  if (a.kind === 'named' && b.kind === 'named')
    return a.name === b.name ? sameTree(a.is, b.is, budget) : false
  if (a.kind === 'named') return sameNamed(a, b, budget)
  if (b.kind === 'named') return sameNamed(b, a, budget)
  switch (a.kind) {
    case 'text':
      return b.kind === 'text' && a.text === b.text
    case 'value': {
      if (b.kind !== 'value' || !sameWhereBoth(a.unit, b.unit)) return false
      return sameFormula(a.formula, b.formula, budget)
    }
    case 'infinity':
      return b.kind === 'infinity' && a.negative === b.negative
    case 'numeral':
      return b.kind === 'numeral' && a.digits === b.digits && a.base === b.base
    case 'relation': {
      if (b.kind !== 'relation' || a.sign !== b.sign) return false
      return areProportional(a.of, b.of, a.sign === '<' || a.sign === '\\le', budget)
    }
    case 'set-operation': {
      if (b.kind !== 'set-operation' || a.sign !== b.sign) return false
      return a.sign === '\\setminus'
        ? sameInOrder(a.parts, b.parts, budget)
        : sameInAnyOrder(a.parts, b.parts, budget)
    }
    case 'collection':
      return b.kind === 'collection' && sameCollection(a, b, budget)
  }
}

/** A choice is its letter or its content; where both answers have both, both are compared. */
function sameChoice({ letter, is }: Choice, b: Answer, budget: Budget): boolean {
  if (b.kind === 'choice') return letter === b.letter && sameTree(is, b.is, budget)
  const isLetter = b.kind === 'value' && b.formula.kind === 'unknown' && b.formula.name === letter
  return isLetter || sameTree(is, b, budget)
}

const sameWhereBoth = (a: string | null, b: string | null): boolean => a === null || b === null || a === b

/** Compares an answer with a name and one without. */
function sameNamed(a: Named, b: Answer, budget: Budget): boolean {
  if (b.kind === 'relation') {
    const equation = asEquation(a)
    return equation !== null && sameTree(equation, b, budget)
  }
  const each = inNames(a)
  if (each === null) return sameTree(a.is, b, budget)
  // Values without names are in alphabetical order of the names.
  if (b.kind !== 'collection' || b.open !== '') return inOrder(each.items) && sameTree(a.is, b, budget)
  return sameTree(each, b, budget)
}

/** Returns the equation of a name and its value, to compare it with other equations. */
function asEquation({ name, is }: Named): Answer | null {
  if (is.kind !== 'value' || unknownsOf(is.formula).size === 0) return null
  const unknown: Formula = { kind: 'unknown', name }
  return { kind: 'relation', sign: '=', of: minus(is.formula, unknown) }
}

const inOrder = (items: readonly Answer[]): boolean =>
  items.every((item, i) => i === 0 || nameOf(items[i - 1]) < nameOf(item))

const nameOf = (answer: Answer): string => (answer.kind === 'named' ? answer.name : '')

/** Writes `(x, y) = (1, 2)` as `x = 1, y = 2`. */
function inNames({ name, is }: Named): Collection | null {
  const names = name.replace(/[()]/g, '').split(',')
  if (is.kind !== 'collection' || names.length < 2 || names.length !== is.items.length) return null
  const items = is.items.map((item, i): Answer => ({ kind: 'named', name: names[i], is: item }))
  return { kind: 'collection', open: '', items, close: '' }
}

function sameCollection(a: Collection, b: Collection, budget: Budget): boolean {
  if (a.open !== b.open || a.close !== b.close) return false
  // With several names, a value without a name could have any of them.
  const names = [a, b].map(({ items }) => new Set(items.map(nameOf)))
  const several = names.some((each) => new Set([...each].filter((name) => name !== '')).size > 1)
  if (several && names.some((each) => each.has(''))) return false
  const unordered = a.open === '' || a.open === '\\{'
  return (unordered ? sameInAnyOrder : sameInOrder)(a.items, b.items, budget)
}

function sameInOrder(a: readonly Answer[], b: readonly Answer[], budget: Budget): boolean {
  return a.length === b.length && a.every((item, i) => sameTree(item, b[i], budget))
}

function sameInAnyOrder(a: readonly Answer[], b: readonly Answer[], budget: Budget): boolean {
  const left = [...b]
  for (const item of a) {
    const at = left.findIndex((other) => sameTree(item, other, budget))
    if (at < 0) return false
    left.splice(at, 1)
  }
  return left.length === 0
}
