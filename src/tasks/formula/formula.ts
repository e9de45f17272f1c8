import type { Rational } from '../rational'

/** A parsed formula: a tree of numbers, unknowns and operations. */
export type Formula =
  | { readonly kind: 'number'; readonly value: Rational }
  | { readonly kind: 'constant'; readonly name: 'pi' | 'e' | 'i' }
  | { readonly kind: 'unknown'; readonly name: string }
  | { readonly kind: 'sum' | 'product'; readonly parts: readonly Formula[] }
  | { readonly kind: 'negative'; readonly of: Formula }
  | { readonly kind: 'quotient'; readonly above: Formula; readonly below: Formula }
  | { readonly kind: 'power'; readonly base: Formula; readonly exponent: Formula }
  | { readonly kind: 'root'; readonly of: Formula; readonly index: Formula }
  | { readonly kind: 'call'; readonly name: string; readonly of: readonly Formula[] }
  /** `of` after ±, or after ∓ (`opposite`). */
  | { readonly kind: 'either-sign'; readonly opposite: boolean; readonly of: Formula }

export const whole = (n: bigint): Formula => ({ kind: 'number', value: { numerator: n, denominator: 1n } })

/** Returns f - g. */
export const minus = (f: Formula, g: Formula): Formula => ({
  kind: 'sum',
  parts: [f, { kind: 'negative', of: g }],
})

/** Returns the direct parts of a formula, in order. */
export function partsOf(f: Formula): readonly Formula[] {
  switch (f.kind) {
    case 'number':
    case 'constant':
    case 'unknown':
      return []
    case 'sum':
    case 'product':
      return f.parts
    case 'negative':
    case 'either-sign':
      return [f.of]
    case 'quotient':
      return [f.above, f.below]
    case 'power':
      return [f.base, f.exponent]
    case 'root':
      return [f.of, f.index]
    case 'call':
      return f.of
  }
}

/** Returns one text for formulas that differ only in the order of terms and factors. */
export function keyOf(f: Formula): string {
  const parts = partsOf(f).map(keyOf)
  switch (f.kind) {
    case 'number':
      return `${f.value.numerator}/${f.value.denominator}`
    case 'constant':
      return `\\${f.name}`
    case 'unknown':
      return `"${f.name}"`
    case 'sum':
    case 'product':
      return `${f.kind}(${parts.sort().join()})`
    case 'call':
      return `${f.name}(${parts.join()})`
    case 'either-sign':
      return `${f.opposite ? '-' : ''}either(${parts.join()})`
    default:
      return `${f.kind}(${parts.join()})`
  }
}

export function unknownsOf(f: Formula): Set<string> {
  if (f.kind === 'unknown') return new Set([f.name])
  return new Set(partsOf(f).flatMap((part) => [...unknownsOf(part)]))
}

export const hasEitherSign = (f: Formula): boolean =>
  f.kind === 'either-sign' || partsOf(f).some(hasEitherSign)

/** Replaces each ± by + (or by -, for `minus`), and each ∓ by the other sign. */
export function withSign(f: Formula, minus: boolean): Formula {
  const inside = (part: Formula) => withSign(part, minus)
  switch (f.kind) {
    case 'number':
    case 'constant':
    case 'unknown':
      return f
    case 'sum':
    case 'product':
      return { kind: f.kind, parts: f.parts.map(inside) }
    case 'negative':
      return { kind: 'negative', of: inside(f.of) }
    case 'either-sign':
      return minus !== f.opposite ? { kind: 'negative', of: inside(f.of) } : inside(f.of)
    case 'quotient':
      return { kind: 'quotient', above: inside(f.above), below: inside(f.below) }
    case 'power':
      return { kind: 'power', base: inside(f.base), exponent: inside(f.exponent) }
    case 'root':
      return { kind: 'root', of: inside(f.of), index: inside(f.index) }
    case 'call':
      return { kind: 'call', name: f.name, of: f.of.map(inside) }
  }
}
