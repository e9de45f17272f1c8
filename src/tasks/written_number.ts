import { parseRational, type Rational, rational } from './rational'

const SIGN = /^([+-]?)\s*/
const CURRENCY_BEFORE = /^[€£¥]\s*/
const NUMBER = /^(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?/
const BAR = /^\s*\/\s*(\d+)/
/** `\frac{3}{4}` or `\frac34`; with a whole number before it, a mixed fraction. */
const FRACTION = /^(\d+)?\s*\\frac\s*(?:\{\s*([+-]?\d+)\s*\}|(\d))\s*(?:\{\s*(\d+)\s*\}|(\d))/
const MIXED = /^(\d+) (\d+)\s*\/\s*(\d+)/

/**
 * A word of a unit or of counted things: `apples`, `cm^2`, `m`. Short units are listed, and words of only
 * letters that may be unknowns do not match, so that `3 x` and `2xy` stay algebra.
 */
const UNIT =
  /^(?:[mgL]|[cmk]m|[mk]g|m[lL]|ft|in|lb|oz|mi|yd|hr|sq|am|pm|of|by|an?|(?![a-cx-z]+$)[A-Za-z]{3,})(?:\^?\{?[23]\}?|[²³])?\.?$/
/** Words that change the value of a number. */
const SCALE =
  /^(?:dozens?|grand|(?:hundred|thousand|(?:m|b|tr)illion)(?:s|ths?)?|half|halves|thirds?|quarters?|(?:four|fif|six|seven|eigh|nin|ten)ths?|squared|cubed|factorial|negative|or|and|plus|minus|times)$/i
/** Hours and seconds may have one letter only after a slash. */
const PER_TIME = /\/\s*[hs](?:\^?\{?2\}?|²)?$/
/** `3.50/lb`, but not `3/m`, which may be a fraction of an unknown. */
const PER = /^\s*\/\s*(?=[A-Za-z]{2})/
const MARK = /^\s*(?:\\?%|°|\^\{?\s*(?:\\circ|°)\s*\}?|[€£¥])?/

/** Each line is one unit. */
const UNITS: ReadonlyMap<string, string> = new Map(
  [
    'm meter meters metre metres',
    'cm centimeter centimeters centimetre centimetres',
    'mm millimeter millimeters millimetre millimetres',
    'km kilometer kilometers kilometre kilometres',
    'in inch inches',
    'ft foot feet',
    'yd yard yards',
    'mi mile miles',
    'g gram grams',
    'kg kilogram kilograms',
    'mg milligram milligrams',
    'lb lbs pound pounds',
    'oz ounce ounces',
    'L liter liters litre litres',
    'mL ml milliliter milliliters millilitre millilitres',
    's sec second seconds',
    'min minute minutes',
    'h hr hour hours',
    'day days',
    'week weeks',
    'month months',
    'year years',
    'dollar dollars',
    'cent cents',
    '€ euro euros',
    '% percent',
    '° degree degrees',
    'radian radians',
    'square sq',
    'cubic cu',
    '/ per',
  ].flatMap((line) => {
    const names = line.split(' ')
    return names.flatMap((name) => [
      [name, names[0]],
      ...['2', '^2', '^{2}', '²'].map((power) => [name + power, `${names[0]}^2`]),
      ...['3', '^3', '^{3}', '³'].map((power) => [name + power, `${names[0]}^3`]),
    ]) as [string, string][]
  }),
)

/**
 * Reads a number as people write answers: `1,250.00`, `-\frac{3}{4}`, `1 1/2`, `50%`, `18 dollars per day`;
 * null for anything else. The text must be tidy (`tidy`: no dollar signs, no spacing commands). Currency,
 * percent, degrees and units are dropped, as graders of school mathematics do: `50%` and `50` are one answer,
 * `50%` and `0.5` are two.
 */
export function readNumber(text: string): Rational | null {
  const signed = SIGN.exec(text)
  const sign = signed?.[1] ?? ''
  let rest = text.slice(signed?.[0].length ?? 0).replace(CURRENCY_BEFORE, '')
  const inner = sign === '' ? SIGN.exec(rest) : null
  if (inner !== null) rest = rest.slice(inner[0].length)
  const read = magnitudeOf(rest)
  if (read === null || !isUnit(rest.slice(read.length))) return null
  const negative = (sign === '-') !== (inner?.[1] === '-')
  const { numerator, denominator } = read.value
  return { numerator: negative ? -numerator : numerator, denominator }
}

/** Returns the number at the start of a text, and its length in characters. */
function magnitudeOf(text: string): { value: Rational; length: number } | null {
  const parts = FRACTION.exec(text)
  if (parts !== null) return mixed(parts[0], parts[1], parts[2] ?? parts[3], parts[4] ?? parts[5])
  const written = MIXED.exec(text)
  if (written !== null) return mixed(written[0], written[1], written[2], written[3])
  const number = NUMBER.exec(text)?.[0] ?? ''
  const below = BAR.exec(text.slice(number.length))
  const value = parseRational(below === null ? number : `${number}/${below[1]}`)
  return value && { value, length: number.length + (below?.[0].length ?? 0) }
}

function mixed(matched: string, whole: string | undefined, above: string, below: string) {
  const [w, a, b] = [whole ?? '0', above, below].map((digits) => parseRational(digits)?.numerator)
  if (w === undefined || a === undefined || b === undefined || (whole !== undefined && a < 0n)) return null
  const value = rational(w * b + a, b)
  return value && { value, length: matched.length }
}

/** Whether a text may follow a number without changing it. */
export function isUnit(text: string): boolean {
  const words = text.replace(MARK, '').replace(PER_TIME, '').replace(PER, '').trim()
  if (words === '') return true
  if (/^[A-Za-z]/.test(text) && words.length === 1) return false
  return words.split(/[\s/-]+/).every((word) => UNIT.test(word) && !SCALE.test(word))
}

/**
 * Splits a formula from the unit after it, which is '' where there is none: `2\sqrt{3} cm`. `\sin 30^\circ`
 * has none.
 */
export function splitUnit(text: string): [formula: string, unit: string] {
  const [, formula, unit] =
    /^(.*(?:[\d})\]!]|\\pi))((?: [A-Za-z]{2,}| ?°|\^\{?\s*(?:\\circ|°)).*)$/s.exec(text) ?? []
  return unit !== undefined &&
    isUnit(unit) &&
    !(/[°\\]/.test(unit) && /\\[a-z]*(?:sin|cos|tan|cot|sec|csc)/.test(formula))
    ? [formula, unit]
    : [text, '']
}

/**
 * Returns the unit of measurement at the end of an answer, in one spelling; null where it has no known unit.
 */
export function unitOf(text: string): string | null {
  const words = text.replace(/\^\{?\s*(?:\\circ|°)\s*\}?/g, '°').replace(/\\[A-Za-z]+/g, ' ')
  const names = words.match(/[A-Za-z]+(?:\^?\{?[23]\}?|[²³])?|[%°€£¥]|\//g) ?? []
  const known = names.filter((name) => !/^(?:of|an?)$/.test(name)).map((name) => UNITS.get(name) ?? null)
  if (known.length === 0 || known.includes(null)) return null
  // `square cm` is `cm^2`.
  return known
    .join(' ')
    .replace(/square ([^ ^]+)/g, '$1^2')
    .replace(/cubic ([^ ^]+)/g, '$1^3')
}
