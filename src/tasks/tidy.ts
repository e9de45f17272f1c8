import { isUnit } from './written_number'

const REWRITES: readonly (readonly [RegExp, string])[] = [
  [/\u2212|(?<!\d)(?<!\d\s)[\u2013\u2014]/g, '-'],
  [/\u00d7/g, '\\times '],
  [/\u00f7/g, '\\div '],
  [/\u00b7/g, '\\cdot '],
  [/\u00b1/g, '\\pm '],
  [/\u2213/g, '\\mp '],
  [/\u03c0/g, '\\pi '],
  [/\u221e|(?<![A-Za-z\\])(?:oo|inf(?:inity)?)(?![A-Za-z])/g, '\\infty '],
  [/\u2205/g, '\\emptyset '],
  [/\u222a/g, '\\cup '],
  [/\u2229/g, '\\cap '],
  [/\u2208/g, '\\in '],
  [/\u2248/g, '\\approx '],
  [/\u2264/g, '\\le '],
  [/\u2265/g, '\\ge '],
  [/\u2260/g, '\\ne '],
  [/\u221a(\d+)/g, '\\sqrt{$1}'],
  [/\u221a(?=\()/g, '\\sqrt'],
  // Markdown marks of instructed models, and delimiters of formulas in a text.
  [/\*\*|`|(?<!\\)\\[()[\]]/g, ' '],
  // `$18` is money and `$18$` a formula; the value is the same without the dollar signs.
  [/(?:\bUSD?\s?)?\\?\$/g, ''],
  [/\\%/g, '%'],
  [/\{,\}|(?<=\d),\s*\\!\s*(?=\d{3}(?!\d))|(?<=\d)\\[,;:](?=\d{3})/g, ','],
  [/(?<!\\)\\!/g, ''],
  [/\\(?:left|right|big|Big|displaystyle)(?![A-Za-z])/g, ''],
  // In `p=3 \quad q=4` the space stands for a comma.
  [/,?\s*\\q?quad\s*(?=[A-Za-z](?:_\w)?\s*=)/g, ', '],
  [/(?<!\\)\\[,;: ]|~|\\q?quad(?![A-Za-z])/g, ' '],
  [/\\[dtc]frac(?![A-Za-z])/g, '\\frac'],
  [/\\[dt]binom(?![A-Za-z])/g, '\\binom'],
  [/\\lbrace(?![A-Za-z])/g, '\\{'],
  [/\\rbrace(?![A-Za-z])/g, '\\}'],
  // The distance to the next row of a matrix.
  [/\\\\\s*\[\s*-?[\d.]+\s*(?:pt|em|ex|[cm]m)\s*\]/g, '\\\\'],
  [
    /\\(?:text(?:normal|bf|it|rm|up|sf)?|math(?:rm|bf|it|sf)|mbox|emph|operatorname)\s?\{([^{}\\]*)\}/g,
    ' $1 ',
  ],
  [/\s*\^\s*/g, '^'],
  [/(?<=[)\]}])\s*U\s*(?=[([]|\\\{)/g, ' \\cup '],
  [/^\s*(?:the )?(?:final )?answer(?: is:?|:| =)\s*/gi, ''],
  [/\s+/g, ' '],
]

/** A unit in brackets behind a number, as in `9 (apples)`, or as a fraction, as in `9.8 \frac{m}{s^2}`. */
const UNIT_IN_BRACKETS = /(?<=\d)\s+\(([A-Za-z][^()]*)\)$/
const UNIT_FRACTION = /(?<=\d)\s*\\frac\s*\{\s*([A-Za-z]+)\s*\}\s*\{\s*([A-Za-z]+(?:\^\{?[23]\}?)?)\s*\}$/

/** Returns a formula without layout and without marks of the text around it. */
export function tidy(text: string): string {
  let plain = text
  for (const [pattern, by] of REWRITES) plain = plain.replace(pattern, by)
  return trimEnds(plain)
    .replace(UNIT_IN_BRACKETS, (all, unit: string) => (isUnit(` ${unit}`) ? ` ${unit}` : all))
    .replace(UNIT_FRACTION, (all, above: string, below: string) =>
      isUnit(` ${above}/${below}`) ? ` ${above}/${below}` : all,
    )
}

/** Removes spaces at both ends, and signs that end a sentence. */
export function trimEnds(text: string): string {
  return text.trim().replace(/[\s.,;:?]+$/, '')
}

/**
 * Returns words in lower case; null for a text that is not words. Letters that may be unknowns, points or
 * sides keep their case: `AB` is not `ab`, and `x - y` is a formula.
 */
export function readWords(plain: string): string | null {
  if (!/^[\p{L} '-]+$/u.test(plain) || !/\p{L}{3}|^no$/iu.test(plain.replace(/\b(?:and|or)\b/g, ' ')))
    return null
  return plain.replace(/\p{L}+/gu, (word) =>
    /^(?!YES$|NO$)\p{Lu}{2,3}$/u.test(word) ? word : word.toLowerCase(),
  )
}

/** A text split at separators: there is one part more than separators. */
export interface Parts {
  readonly parts: readonly string[]
  readonly separators: readonly string[]
}

const OPEN = /\\begin(?![A-Za-z])|[([{]/y
const CLOSE = /\\end(?![A-Za-z])|[)\]}]/y
const OTHER = /\\[A-Za-z]+|[\s\S]/y

/**
 * Splits a text at the separators outside all brackets. Any closing bracket closes any opening one (`[0,
 * 1)`). Returns null where brackets do not pair up, as in `1, 2), (3, 4`.
 * @param separator a sticky regular expression
 */
export function splitOutside(text: string, separator: RegExp): Parts | null {
  const parts: string[] = []
  const separators: string[] = []
  let [depth, start, at] = [0, 0, 0]
  const read = (pattern: RegExp): string | null => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0] ?? null
    if (found !== null) at += found.length
    return found
  }
  while (at < text.length) {
    const before = at
    const found = depth === 0 ? read(separator) : null
    if (found !== null) {
      parts.push(trimEnds(text.slice(start, before)))
      separators.push(found)
      start = at
    } else if (read(OPEN) !== null) depth++
    else if (read(CLOSE) !== null) {
      if (--depth < 0) return null
    } else read(OTHER)
  }
  return depth === 0 ? { parts: [...parts, trimEnds(text.slice(start))], separators } : null
}
