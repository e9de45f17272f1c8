import { ComputeEngine, type Expression } from '@cortex-js/compute-engine'
import { inBraces } from './stated_answer'

/**
 * Compares formulas in LaTeX with Compute Engine (MIT). Import this file dynamically: the library is 4 MB (1 MB compressed) and
 * most answers are plain numbers.
 */

/**
 * Commands that answers are made of. Sums and integrals are not among them, as they can run for hours, nor is `exp`, which is a
 * power out of sight of `powersAreTame`.
 */
const COMMANDS = new Set(
  (
    'frac sqrt pi cdot times div infty cup cap in notin setminus emptyset varnothing le leq ge geq lt gt ne neq ' +
    'sin cos tan cot sec csc arcsin arccos arctan log ln circ degree overline mathbb begin end ' +
    'alpha beta gamma delta theta lambda mu sigma phi omega'
  ).split(' '),
)
const ENVIRONMENTS = new Set(['matrix', 'pmatrix', 'bmatrix', 'vmatrix'])

/** No number of more digits, and no power beyond `x^{2000}`: what a model writes must not keep a run waiting. */
const MAX_DIGITS = 18
const MAX_POWER = 5000
const MAX_NESTING = 12
const MAX_UNKNOWNS = 4

/** Where two terms are compared that algebra alone could not: no special points of anything, on both sides of 0. */
const POINTS = [0.7390851, -1.3247179, 2.685452, -0.2614972, 1.9021605]
const SAMPLES = 3
const CLOSE = 1e-9

let engine: ComputeEngine | undefined

/**
 * True where both formulas are valid and come to the same: numbers to about 10 digits, terms as functions of their unknowns, tuples,
 * intervals and matrices by their entries. False also where it cannot be told.
 */
export function sameMathematics(a: string, b: string): boolean {
  if (!isTame(a) || !isTame(b)) return false
  engine ??= new ComputeEngine()
  // What the engine infers of a letter (`f` is a function in `f(x)`) holds for these two formulas only.
  engine.pushScope()
  try {
    const [x, y] = [engine.parse(bracePowers(a)), engine.parse(bracePowers(b))]
    if (!x.isValid || !y.isValid) return false
    return x.isSame(y) || (x.isEqual(y) ?? sameTerm(x, y))
  } catch {
    // The engine gives up on some texts by throwing; a text nobody can read is not the right answer.
    return false
  } finally {
    engine.popScope()
  }
}

/** `2^10` is meant as `2^{10}`, whatever LaTeX says. */
function bracePowers(text: string): string {
  return text.replace(/\^(\d{2,})/g, '^{$1}')
}

function isTame(text: string): boolean {
  for (const [, command] of text.matchAll(/\\([A-Za-z]+)/g)) if (!COMMANDS.has(command)) return false
  for (const [, name] of text.matchAll(/\\begin\s*\{([^}]*)\}/g)) if (!ENVIRONMENTS.has(name)) return false
  if (text.match(/\d+/g)?.some((digits) => digits.length > MAX_DIGITS)) return false
  return nesting(text) <= MAX_NESTING && powersAreTame(bracePowers(text))
}

function nesting(text: string): number {
  let [depth, deepest] = [0, 0]
  for (const sign of text) {
    if ('([{'.includes(sign)) deepest = Math.max(deepest, ++depth)
    else if (')]}'.includes(sign)) depth--
  }
  return deepest
}

/**
 * Powers may stand on powers, so it is the product of all numbers in exponents that is bounded; in an exponent stands neither power,
 * factorial nor a decimal that could be the reciprocal of a large number. Factorials are of three digits or a letter.
 */
function powersAreTame(text: string): boolean {
  if (/(?:\d{4}|[^\dA-Za-z])\s*!|:=/.test(text)) return false
  let product = 1
  for (const { index, 0: caret } of text.matchAll(/\^\s*/g)) {
    const start = index + caret.length
    const exponent =
      text[start] === '{' ? inBraces(text, start + 1) : /^(?:\w|\\circ|\*)/.exec(text.slice(start))?.[0]
    if (exponent === undefined || exponent === null || /[\^!]|\.0/.test(exponent)) return false
    for (const [digits] of exponent.matchAll(/\d+/g)) product *= Math.max(1, Number(digits))
  }
  return product <= MAX_POWER
}

/** Whether terms in the same unknowns have the same values at all points that are tried. */
function sameTerm(x: Expression, y: Expression): boolean {
  const unknowns = [...new Set([...x.unknowns, ...y.unknowns])].sort()
  if (unknowns.length === 0 || unknowns.length > MAX_UNKNOWNS) return false
  let compared = 0
  for (let sample = 0; sample < SAMPLES; sample++) {
    const at = Object.fromEntries(unknowns.map((name, i) => [name, POINTS[(sample + 2 * i) % POINTS.length]]))
    const [v, w] = [x.subs(at).N(), y.subs(at).N()]
    if (![v.re, v.im, w.re, w.im].every(Number.isFinite)) continue
    if (size(v.re - w.re, v.im - w.im) > CLOSE * Math.max(1, size(v.re, v.im))) return false
    compared++
  }
  return compared > 1
}

/** Of a complex number. */
function size(re: number, im: number): number {
  return Math.sqrt(re * re + im * im)
}
