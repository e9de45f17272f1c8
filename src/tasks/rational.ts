/** An exact fraction in lowest terms; the denominator is positive. */
export interface Rational {
  readonly numerator: bigint
  readonly denominator: bigint
}

const NUMBER = /^([+-]?)(\d[\d,]*|)(?:\.(\d+))?(?:\/(\d+))?$/

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b)
}

/**
 * Reads `14`, `-3`, `1,250`, `2.50` or `7/8` exactly; null for anything else. A decimal point and a
 * fraction bar together, and a denominator of zero, are refused.
 */
export function parseRational(text: string): Rational | null {
  const match = NUMBER.exec(text.trim().replace(/^\$/, ''))
  if (match === null) return null
  const [, sign, whole, decimals, below] = match
  if (whole === '' && decimals === undefined) return null
  if (decimals !== undefined && below !== undefined) return null
  const scale = below !== undefined ? BigInt(below) : 10n ** BigInt(decimals?.length ?? 0)
  if (scale === 0n) return null
  const digits = `${whole.replaceAll(',', '')}${decimals ?? ''}`
  const magnitude = BigInt(digits)
  const shared = gcd(magnitude, scale)
  const numerator = magnitude / shared
  return { numerator: sign === '-' ? -numerator : numerator, denominator: scale / shared }
}

/** True where both texts are numbers and equal as fractions: `0.5`, `1/2` and `.50` are one number. */
export function sameNumber(a: string, b: string): boolean {
  const x = parseRational(a)
  const y = parseRational(b)
  return x !== null && y !== null && x.numerator === y.numerator && x.denominator === y.denominator
}
