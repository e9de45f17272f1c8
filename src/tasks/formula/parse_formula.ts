import { parseRational, rational } from '../rational'
import { isFunction } from './evaluate'
import { type Formula, whole } from './formula'
import { type Token, tokensOf } from './tokens'

/** Thrown for a text that is no formula, or that could be two. */
class Unreadable extends Error {}

const MAX_DEPTH = 40
const MAX_EXPONENT_DIGITS = 4

const GREEK = new Set(
  (
    'alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau ' +
    'phi varphi chi psi omega Gamma Delta Theta Lambda Xi Sigma Phi Psi Omega ell'
  ).split(' '),
)
const TIMES = new Set(['cdot', 'times', '*'])
const OVER = new Set(['/', 'div'])
const OPENING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }
const DEGREE = new Set(['°', 'circ', 'degree'])
const LETTER_CONSTANTS: Readonly<Record<string, 'e' | 'i'>> = { e: 'e', i: 'i' }
const TEN = whole(10n)

/**
 * Reads a formula in LaTeX or plain signs: numbers, unknowns, the four operations, powers, roots, factorials,
 * binomials, absolute values, trigonometric functions and logarithms. Returns null for other texts, and for a
 * text that could mean two things: `1/2x`, `\sin(x)^2`, `2e-1`.
 */
export function parseFormula(text: string): Formula | null {
  const tokens = tokensOf(text)
  if (tokens === null || tokens.length === 0) return null
  try {
    return new FormulaReader(tokens).all()
  } catch (error) {
    if (error instanceof Unreadable) return null
    throw error
  }
}

const ln = (of: Formula): Formula => ({ kind: 'call', name: 'ln', of: [of] })
const quotient = (above: Formula, below: Formula): Formula => ({ kind: 'quotient', above, below })
const power = (base: Formula, exponent: Formula): Formula => ({ kind: 'power', base, exponent })
const product = (...parts: Formula[]): Formula => ({ kind: 'product', parts })
const unknown = (name: string): Formula => ({ kind: 'unknown', name })

const isWhole = (f: Formula): boolean =>
  f.kind === 'number' && f.value.denominator === 1n && f.value.numerator >= 0n

class FormulaReader {
  private at = 0
  private depth = 0
  /** True between a bar and its closing bar, outside other brackets. */
  private inBars = false
  constructor(private readonly tokens: Token[]) {}

  all(): Formula {
    const formula = this.sum()
    if (this.at < this.tokens.length) throw new Unreadable()
    return formula
  }

  private peek(): string {
    return this.tokens[this.at]?.text ?? ''
  }

  private take(text: string): boolean {
    if (this.peek() !== text) return false
    this.at++
    return true
  }

  private expect(text: string): void {
    if (!this.take(text)) throw new Unreadable()
  }

  private next(): Token {
    const token = this.tokens[this.at++]
    if (token === undefined) throw new Unreadable()
    return token
  }

  private sum(): Formula {
    if (++this.depth > MAX_DEPTH) throw new Unreadable()
    const parts = [this.signed()]
    while (['+', '-', 'pm', 'mp'].includes(this.peek())) parts.push(this.signed())
    this.depth--
    return parts.length === 1 ? parts[0] : { kind: 'sum', parts }
  }

  /** Reads a term with the sign before it. */
  private signed(): Formula {
    if (this.take('+')) return this.term()
    if (this.take('-')) return { kind: 'negative', of: this.term() }
    if (this.take('pm')) return { kind: 'either-sign', opposite: false, of: this.term() }
    if (this.take('mp')) return { kind: 'either-sign', opposite: true, of: this.term() }
    return this.term()
  }

  private term(): Formula {
    let [term, mayJoin] = this.factor()
    for (;;) {
      const sign = this.peek()
      if (TIMES.has(sign)) {
        this.at++
        const [next, joins] = this.signedFactor()
        ;[term, mayJoin] = [product(term, next), joins]
      } else if (OVER.has(sign)) {
        // `\sin x/2` and `a/bc` could mean two things.
        if (!mayJoin) throw new Unreadable()
        this.at++
        term = quotient(term, this.signedFactor()[0])
        if (this.startsFactor()) throw new Unreadable()
      } else if (this.startsFactor()) {
        const [next, joins] = this.factor()
        ;[term, mayJoin] = [product(term, next), joins]
      } else return term
    }
  }

  private signedFactor(): [Formula, boolean] {
    if (!this.take('-')) return this.factor()
    const [of, mayJoin] = this.factor()
    return [{ kind: 'negative', of }, mayJoin]
  }

  /** Whether an unsigned factor comes next. A number is none: `2 3` is not 6. */
  private startsFactor(): boolean {
    const token = this.tokens[this.at]
    if (token === undefined || token.kind === 'number') return false
    if (token.kind === 'letter') return true
    if (token.text === '|') return !this.inBars
    return token.kind === 'sign' ? token.text in OPENING : this.isOperand(token.text)
  }

  private isOperand(name: string): boolean {
    return (
      GREEK.has(name) ||
      this.isApplied(name) ||
      ['pi', 'frac', 'sqrt', 'binom', 'overline', 'lvert', 'exp', 'abs'].includes(name)
    )
  }

  /** Whether a function may precede a bare argument, as in `\sin 2x`. */
  private isApplied(name: string): boolean {
    return isFunction(name) || name === 'ln' || name === 'log'
  }

  /**
   * Reads a factor with its powers. The flag is false where a fraction bar after it could belong to its
   * argument.
   */
  private factor(): [Formula, boolean] {
    const token = this.next()
    if (token.kind === 'name' && this.isApplied(token.text)) return this.applied(token.text)
    let factor = this.postfix(this.operand(token))
    if (token.kind === 'number' && /^\d+$/.test(token.text) && this.peek() === 'frac' && isWhole(factor)) {
      const fraction = this.postfix(this.operand(this.next()))
      factor = mixedOrProduct(factor, fraction)
    }
    return [factor, true]
  }

  private operand({ kind, text }: Token): Formula {
    if (kind === 'number') return this.number(text)
    if (kind === 'letter') return this.letter(text)
    if (text in OPENING) return this.until(OPENING[text])
    if (text === '|' && !this.inBars) return this.bars('|')
    if (kind === 'sign') throw new Unreadable()
    switch (text) {
      case 'pi':
        return { kind: 'constant', name: 'pi' }
      case 'frac':
        return quotient(this.argument(), this.argument())
      case 'binom':
        return { kind: 'call', name: 'binomial', of: [this.argument(), this.argument()] }
      case 'sqrt': {
        // People mean `\sqrt{10}` by `\sqrt10`, although LaTeX reads `\sqrt{1}0`.
        const index = this.take('[') ? this.until(']') : whole(2n)
        const digits = this.tokens[this.at]?.kind === 'number'
        return { kind: 'root', index, of: digits ? this.operand(this.next()) : this.argument() }
      }
      case 'exp':
        return power({ kind: 'constant', name: 'e' }, this.argument())
      case 'abs':
        return { kind: 'call', name: 'abs', of: [this.argument()] }
      case 'lvert':
        return this.bars('rvert')
      case 'overline':
        return this.overlined()
    }
    if (!GREEK.has(text)) throw new Unreadable()
    return unknown(`\\${text}${this.subscript()}`)
  }

  private number(text: string): Formula {
    if (text.endsWith('.') || (text.includes('.') && this.peek() === 'overline')) return this.repeating(text)
    const [, digits, tens] = /^([^eE]*)(?:[eE](.*))?$/.exec(text) ?? []
    const value = parseRational(digits)
    if (value === null) throw new Unreadable()
    const number: Formula = { kind: 'number', value }
    if (tens === undefined) return number
    if (tens.length > MAX_EXPONENT_DIGITS + 1) throw new Unreadable()
    return product(number, power(TEN, whole(BigInt(tens.replace('+', '')))))
  }

  /** Reads a repeating decimal: `0.1\overline{6}` is 1/6. */
  private repeating(text: string): Formula {
    this.expect('overline')
    this.expect('{')
    const { kind, text: period } = this.next()
    this.expect('}')
    if (kind !== 'number' || !/^\d+$/.test(period)) throw new Unreadable()
    const [before, decimals] = text.split('.')
    const value = rational(
      BigInt(before + decimals + period) - BigInt(before + decimals),
      10n ** BigInt(decimals.length) * (10n ** BigInt(period.length) - 1n),
    )
    if (value === null) throw new Unreadable()
    return { kind: 'number', value }
  }

  private letter(letter: string): Formula {
    const name = letter + this.subscript()
    const constant = LETTER_CONSTANTS[name]
    if (constant !== undefined) return { kind: 'constant', name: constant }
    if (this.peek() !== '(' || !(['f', 'g'].includes(letter) || this.hasPlainArgument())) return unknown(name)
    this.at++
    const of = this.inside(() => {
      const values = [this.sum()]
      while (this.take(',')) values.push(this.sum())
      return values
    })
    this.expect(')')
    return { kind: 'call', name, of }
  }

  /**
   * Whether one number or letter stands in the next brackets: `P(A)` is a value of P, `x(x + 1)` a product.
   */
  private hasPlainArgument(): boolean {
    const [, argument, close] = this.tokens.slice(this.at, this.at + 3)
    return close?.text === ')' && ['number', 'letter'].includes(argument?.kind ?? '')
  }

  /** Reads `_1` or `_{ab}` as a part of a name; returns '' where there is none. */
  private subscript(): string {
    if (!this.take('_')) return ''
    const name = this.take('{') ? this.plainUntil('}') : this.next().text
    if (!/^[\dA-Za-z]+$/.test(name)) throw new Unreadable()
    return `_${name}`
  }

  private plainUntil(close: string): string {
    let text = ''
    while (!this.take(close)) text += this.next().text
    return text
  }

  /** Reads a segment, or the conjugate of an unknown, as an unknown of its own name. */
  private overlined(): Formula {
    const name = this.take('{') ? this.plainUntil('}') : this.next().text
    if (!/^[A-Za-z]+(?:_\d+)?$/.test(name)) throw new Unreadable()
    return unknown(`overline ${name}`)
  }

  private inside<T>(read: () => T): T {
    const before = this.inBars
    this.inBars = false
    const result = read()
    this.inBars = before
    return result
  }

  private until(close: string): Formula {
    const formula = this.inside(() => this.sum())
    this.expect(close)
    return formula
  }

  private bars(close: '|' | 'rvert'): Formula {
    this.inBars = close === '|'
    const of = this.sum()
    this.expect(close)
    this.inBars = false
    return { kind: 'call', name: 'abs', of: [of] }
  }

  /** Reads an argument: in brackets, or the one digit or letter that LaTeX takes (`\frac12`). */
  private argument(): Formula {
    const token = this.next()
    if (token.kind !== 'number' || token.text.length === 1) return this.operand(token)
    if (!/^\d+$/.test(token.text)) throw new Unreadable()
    this.tokens[--this.at] = { kind: 'number', text: token.text.slice(1) }
    return whole(BigInt(token.text[0]))
  }

  /** Reads a function with its argument: in brackets, or the factors up to the next sign or function. */
  private applied(name: string): [Formula, boolean] {
    let base: Formula | null = null
    if (name === 'log' && this.take('_')) base = this.argument()
    const exponent = this.take('^') ? this.exponent() : null
    const bracketed = ['(', '{', '['].includes(this.peek())
    const of = bracketed ? this.operand(this.next()) : this.bareArgument()
    if (bracketed && ['^', '!', '²', '³'].includes(this.peek())) throw new Unreadable()
    const inverse = exponent !== null && exponent.kind === 'negative'
    if (inverse && (!isWhole(exponent.of) || !['sin', 'cos', 'tan'].includes(name))) throw new Unreadable()
    const value: Formula =
      name === 'log'
        ? quotient(ln(of), ln(base ?? TEN))
        : { kind: 'call', name: inverse ? `arc${name}` : name, of: [of] }
    return [exponent === null || inverse ? value : power(value, exponent), bracketed]
  }

  private bareArgument(): Formula {
    const start = this.tokens[this.at]
    if (start?.kind !== 'number' && !this.startsFactor()) throw new Unreadable()
    const parts: Formula[] = []
    do {
      const token = this.next()
      if (token.kind === 'name' && this.isApplied(token.text)) throw new Unreadable()
      parts.push(this.postfix(this.operand(token)))
    } while (this.startsFactor() && !this.isApplied(this.peek()))
    return parts.length === 1 ? parts[0] : { kind: 'product', parts }
  }

  private postfix(of: Formula): Formula {
    let [formula, raised] = [of, false]
    for (;;) {
      const sign = this.peek()
      if (sign === '^' || sign === '²' || sign === '³') {
        this.at++
        if (sign === '^' && this.takeDegree()) {
          formula = inDegrees(formula)
          continue
        }
        // A tower needs braces, because a^b^c could mean two things.
        if (raised) throw new Unreadable()
        const exponent = sign === '^' ? this.exponent() : whole(sign === '²' ? 2n : 3n)
        formula = power(formula, exponent)
        raised = true
      } else if (this.take('!')) {
        if (raised || this.peek() === '!') throw new Unreadable()
        formula = { kind: 'call', name: 'factorial', of: [formula] }
      } else if (DEGREE.has(sign)) {
        this.at++
        formula = inDegrees(formula)
      } else return formula
    }
  }

  /** Reads `\circ` after `^`, with or without braces. */
  private takeDegree(): boolean {
    if (this.take('circ') || this.take('°')) return true
    const [, inner, close] = this.tokens.slice(this.at, this.at + 3)
    if (this.peek() !== '{' || inner === undefined || close?.text !== '}' || !DEGREE.has(inner.text))
      return false
    this.at += 3
    return true
  }

  /** Reads an exponent. People mean `2^{10}` by `2^10`, although LaTeX reads `2^{1}0`. */
  private exponent(): Formula {
    const negative = this.take('-')
    const token = this.next()
    const exponent = this.operand(token)
    return negative ? { kind: 'negative', of: exponent } : exponent
  }
}

const inDegrees = (of: Formula): Formula =>
  product(of, quotient({ kind: 'constant', name: 'pi' }, whole(180n)))

/** Reads `1\frac12` as 3/2, but `2\frac{x}{3}` as a product. */
function mixedOrProduct(number: Formula, fraction: Formula): Formula {
  if (fraction.kind !== 'quotient' || !isWhole(fraction.above) || !isWhole(fraction.below))
    return product(number, fraction)
  return { kind: 'sum', parts: [number, fraction] }
}
