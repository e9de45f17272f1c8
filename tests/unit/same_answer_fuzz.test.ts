import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sameAnswer } from '../../src/tasks/answers'

/**
 * Generates answers from values with a normal form: fractions, sums of square roots, polynomials, and lists
 * of them. The checker sees only the texts. It must call two texts equal exactly where their values are
 * equal.
 */

const RUNS = { numRuns: 100, seed: 16 }

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? (a < 0n ? -a : a) : gcd(b, a % b))
const ratio = (n: bigint, d: bigint): string => {
  const g = d < 0n ? -gcd(n, d) : gcd(n, d)
  return `${n / g}/${d / g}`
}

/** A number with several texts. */
interface Written {
  readonly value: string
  readonly texts: readonly string[]
}

const fraction = fc.tuple(fc.integer({ min: -999, max: 999 }), fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 20, 125))
const writtenFraction: fc.Arbitrary<Written> = fraction.map(([n, d]) => {
  const texts = [`\\frac{${n}}{${d}}`, `${n}/${d}`, `${3 * n}/${3 * d}`, `\\dfrac{${-n}}{${-d}}`]
  if (1000 % d === 0) texts.push((n / d).toFixed(3), `${((n / d) * 1000).toFixed(0)} \\times 10^{-3}`)
  const [whole, rest] = [Math.trunc(Math.abs(n) / d), Math.abs(n) % d]
  if (whole > 0 && rest > 0) texts.push(`${n < 0 ? '-' : ''}${whole}\\frac{${rest}}{${d}}`)
  if (d === 1) texts.push(String(n), `${n}.0`, `x = ${n}`, `\\sqrt{${n * n}}\\cdot ${n < 0 ? -1 : 1}`)
  return { value: ratio(BigInt(n), BigInt(d)), texts }
})

const SQUARE_FREE = [2, 3, 5, 6, 7, 10] as const
type Surd = { readonly root: (typeof SQUARE_FREE)[number]; readonly times: number }

/**
 * `whole` and some whole multiples of square roots; roots of different square-free numbers are independent.
 */
const surds = fc.tuple(
  fc.integer({ min: -9, max: 9 }),
  fc.uniqueArray(
    fc.record({ root: fc.constantFrom(...SQUARE_FREE), times: fc.integer({ min: 1, max: 9 }) }),
    {
      selector: ({ root }) => root,
      minLength: 1,
      maxLength: 3,
    },
  ),
)
const writtenSurds: fc.Arbitrary<Written> = surds.map(([whole, terms]) => {
  const write = (term: (surd: Surd) => string) => `${whole} + ${terms.map(term).join(' + ')}`
  const sorted = [...terms].sort((a, b) => a.root - b.root)
  return {
    value: `${whole} ${sorted.map(({ root, times }) => `${times}r${root}`).join(' ')}`,
    texts: [
      write(({ root, times }) => `${times}\\sqrt{${root}}`),
      write(({ root, times }) => `\\sqrt{${times * times * root}}`),
      write(({ root, times }) => `\\frac{${times * root}}{\\sqrt{${root}}}`),
      `${[...terms]
        .reverse()
        .map(({ root, times }) => `\\sqrt${root} \\cdot ${times}`)
        .join('+')} - ${-whole}`.replace('- -', '+ '),
    ],
  }
})

/** (ax + b)(cx + dy), expanded and not. */
const digit = fc.integer({ min: 1, max: 9 })
const writtenPolynomial: fc.Arbitrary<Written> = fc.tuple(digit, digit, digit, digit).map(([a, b, c, d]) => ({
  value: [a * c, a * d, b * c, b * d].join(),
  texts: [
    `(${a}x+${b})(${c}x+${d}y)`,
    `(${d}y + ${c}x) \\cdot (${b} + ${a}x)`,
    `${a * c}x^2 + ${a * d}xy + ${b * c}x + ${b * d}y`,
    `${b * d}y+${a * d}yx+x(${b * c}+${a * c}x)`,
  ],
}))

/** Small numbers in brackets, lists and names. */
const small = fc.integer({ min: 0, max: 3 })
const KINDS = [
  '(,)',
  '[,]',
  '(,]',
  '[,)',
  '\\{,\\}',
  ',',
  'names',
  'swapped names',
  'one name',
  'bounds',
] as const
const writtenList: fc.Arbitrary<Written> = fc
  .tuple(fc.constantFrom(...KINDS), small, small)
  .map(([kind, a, b]) => {
    const [open, close] = kind.split(',')
    const inOrder = a < b ? `${a} ${b}` : `${b} ${a}`
    switch (kind) {
      case ',':
        return { value: `list ${inOrder}`, texts: [`${a}, ${b}`, `${b},${a}`, `${a} \\text{ and } ${b}`] }
      case '\\{,\\}':
        return { value: `set ${inOrder}`, texts: [`\\{${a}, ${b}\\}`, `\\{ ${b},${a} \\}`] }
      case 'names':
        return { value: `x ${a} y ${b}`, texts: [`x = ${a}, y = ${b}`, `y=${b}, x=${a}`] }
      case 'swapped names':
        return {
          value: `x ${b} y ${a}`,
          texts: [`y=${a}, x=${b}`, `x=${b} and y=${a}`, `(x, y) = (${b}, ${a})`],
        }
      case 'one name':
        return { value: `list ${inOrder}`, texts: [`x=${a}, x=${b}`, `x = ${a} or x = ${b}`] }
      case 'bounds':
        return { value: `[,] ${a} ${b}`, texts: [`${a} \\le t \\le ${b}`, `t \\in [${a}, ${b}]`] }
      default:
        return {
          value: `${kind} ${a} ${b}`,
          texts: [`${open}${a}, ${b}${close}`, `\\left${open}${a},${b}\\right${close}`],
        }
    }
  })

const KINDS_OF_VALUES: readonly (readonly [kind: string, runs: number, written: fc.Arbitrary<Written>])[] = [
  ['fractions', 100, writtenFraction],
  ['sums of roots', 100, writtenSurds],
  ['polynomials', 100, writtenPolynomial],
  ['lists', 2000, writtenList],
]

describe.each(KINDS_OF_VALUES)('of %s', (_, numRuns, written) => {
  it('all texts of one value are the same', () => {
    fc.assert(
      fc.property(written, ({ texts }) => {
        for (const text of texts) expect(sameAnswer(texts[0], text), `${texts[0]} ${text}`).toBe(true)
      }),
      RUNS,
    )
  })

  it('texts are the same exactly where their values are, in either order', () => {
    fc.assert(
      fc.property(written, written, fc.nat(), fc.nat(), (a, b, i, j) => {
        const [x, y] = [a.texts[i % a.texts.length], b.texts[j % b.texts.length]]
        expect(sameAnswer(x, y), `${x} ${y}`).toBe(a.value === b.value)
        expect(sameAnswer(y, x), `${y} ${x}`).toBe(a.value === b.value)
      }),
      { ...RUNS, numRuns },
    )
  })
})

const anyNumber = fc.oneof(writtenFraction, writtenSurds, writtenPolynomial)

describe('a slightly changed answer', () => {
  const text = anyNumber.chain(({ texts }) => fc.constantFrom(...texts)).filter((each) => !each.includes('='))

  it('is refused after a change by any number', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 900 }), fc.constantFrom('+', '-'), (right, tens, sign) => {
        expect(sameAnswer(`${right} ${sign} 10^{-${tens}}`, right)).toBe(false)
        expect(sameAnswer(right, `${right} ${sign} 10^{-${tens}}`)).toBe(false)
      }),
      RUNS,
    )
  })

  it('is refused after a change by a factor, an unknown, a power or a root', () => {
    const changes = [
      (t: string) => `2(${t})`,
      (t: string) => `-(${t}) + 1/7`,
      (t: string) => `(${t})z`,
      (t: string) => `(${t}) + z`,
      (t: string) => `(${t})^2 + 9999`,
      (t: string) => `\\sqrt{(${t})^2 + 1}`,
      (t: string) => `10^{200}(${t}) + 10^{200}`,
      (t: string) => `(${t}, ${t})`,
      (t: string) => `${t}, ${t}`,
      (t: string) => `\\{${t}\\}`,
      (t: string) => `z < ${t}`,
    ]
    const nonZero = text.filter((each) => !/^\D*0\D*$|^-?\\?[dfrac]*\{?-?0\b/.test(each))
    fc.assert(
      fc.property(nonZero, fc.constantFrom(...changes), (right, change) => {
        const changed = change(right)
        expect(sameAnswer(changed, right), `${changed} ${right}`).toBe(false)
        expect(sameAnswer(right, changed), `${right} ${changed}`).toBe(false)
      }),
      RUNS,
    )
  })

  it('is refused after a change of one digit, except leading and trailing zeros', () => {
    const digits = fc.tuple(fc.integer({ min: 2, max: 99999 }), fc.nat(), fc.integer({ min: 1, max: 9 }))
    const frames = [
      '\\sqrt{#}',
      '\\frac{#}{\\pi}',
      '(x+#)^2',
      '[0, #)',
      'x = #',
      '2^{1/#}',
      '\\ln #',
      '\\{1, #\\}',
      '#_8',
    ]
    fc.assert(
      fc.property(digits, fc.constantFrom(...frames), ([n, place, by], frame) => {
        const written = Array.from(String(n))
        const at = place % written.length
        written[at] = String((Number(written[at]) + by) % 10)
        const [right, changed] = [String(n), written.join('')].map((number) => frame.replace('#', number))
        expect(sameAnswer(changed, right), `${changed} ${right}`).toBe(false)
      }),
      RUNS,
    )
  })
})

describe('any two texts', () => {
  const PARTS = [...'0123456789xyzfABei+-*/^_=<>(){}[]|,.!% '].concat(
    '\\frac \\sqrt \\pi \\infty \\pm \\approx \\in \\cup \\le \\text{and} \\overline \\sin \\ln \\binom \\{ \\} \\\\ & cm'.split(
      ' ',
    ),
  )
  const noise = fc.array(fc.constantFrom(...PARTS), { maxLength: 12 }).map((parts) => parts.join(''))

  it('are compared without an error, symmetrically', () => {
    fc.assert(
      fc.property(noise, noise, (a, b) => {
        expect(sameAnswer(a, b), `${a} ${b}`).toBe(sameAnswer(b, a))
        expect(sameAnswer(a, a)).toBe(sameAnswer(a, `${a} `))
      }),
      { ...RUNS, numRuns: 1000, examples: [['\\\\!', '']] },
    )
  })

  it('are never the same for noise and an answer', () => {
    fc.assert(
      fc.property(noise, (text) => {
        for (const right of ['\\frac{17\\sqrt{23}}{29}', '(x+19)^3', '(41, 43)', '[37, 53)', 'N = 47\\pi'])
          expect(sameAnswer(text, right), `${text} ${right}`).toBe(false)
      }),
      { ...RUNS, numRuns: 1000 },
    )
  })
})
