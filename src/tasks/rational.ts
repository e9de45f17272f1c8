/** An exact fraction in lowest terms; the denominator is positive. */
export interface Rational {
  readonly numerator: bigint
  readonly denominator: bigint
}

const NUMBER = /^([+-]?)(\d{1,3}(?:,\d{3})+|\d*)(?:\.(\d+))?(?:\/(\d+))?$/

/** Maximum characters of a number; without a limit, reducing a text of only digits would take minutes. */
const MAX_LETTERS = 1000

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b)
}

/** Reduces a fraction to lowest terms; null where the denominator is zero. */
export function rational(numerator: bigint, denominator: bigint): Rational | null {
  if (denominator === 0n) return null
  const magnitude = gcd(
    numerator < 0n ? -numerator : numerator,
    denominator < 0n ? -denominator : denominator,
  )
  const shared = denominator < 0n ? -magnitude : magnitude
  return { numerator: numerator / shared, denominator: denominator / shared }
}

/**
 * Reads `14`, `-3`, `1,250`, `2.50` or `7/8` exactly; null for anything else. It refuses a decimal point
 * together with a fraction bar, a denominator of zero, commas that do not group thousands (`1,2` is a list),
 * and more than 1000 characters.
 */
export function parseRational(text: string): Rational | null {
  if (text.length > MAX_LETTERS) return null
  const match = NUMBER.exec(text.trim().replace(/^\$/, ''))
  if (match === null) return null
  const [, sign, whole, decimals, below] = match
  if (whole === '' && decimals === undefined) return null
  if (decimals !== undefined && below !== undefined) return null
  const scale = below !== undefined ? BigInt(below) : 10n ** BigInt(decimals?.length ?? 0)
  const magnitude = BigInt(`${whole.replaceAll(',', '')}${decimals ?? ''}`)
  return rational(sign === '-' ? -magnitude : magnitude, scale)
}

/** Writes `42` or `-3/4`. Equal fractions give equal texts, and `parseRational` reads them back. */
export function writeRational({ numerator, denominator }: Rational): string {
  return denominator === 1n ? String(numerator) : `${numerator}/${denominator}`
}

/** Whether both texts are numbers and equal as fractions: `0.5`, `1/2` and `.50` are one number. */
export function sameNumber(a: string, b: string): boolean {
  const x = parseRational(a)
  const y = parseRational(b)
  return x !== null && y !== null && x.numerator === y.numerator && x.denominator === y.denominator
}
