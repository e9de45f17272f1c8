import { describe, expect, it } from 'vitest'
import { sameAnswer } from '../../src/tasks/answers'

type Pair = readonly [found: string, right: string]

/** Pairs that the previous checker refused. docs/method.md has this table too. */
const NEWLY_ACCEPTED: readonly Pair[] = [
  ['x = \\sqrt{2}', '\\sqrt{2}'],
  ['x \\in [-2,7]', '[-2,7]'],
  ['-4 \\text{ and } 4', '-4, 4'],
  ['60 km/h', '60'],
  ['11,\\! 111', '11111'],
  ['1\\pm\\sqrt{19}', '1 \\pm \\sqrt{19}'],
  ['1 \\pm \\sqrt{19}', '1\\pm\\sqrt{19}'],
  ['1\\pm\\sqrt{19}', '1+\\sqrt{19}, 1-\\sqrt{19}'],
  ['\\frac{9}{7} \\approx 1.29', '\\frac{9}{7}'],
  ['\\left(\\begin{array}{c}1\\\\2\\end{array}\\right)', '\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}'],
  ['\\binom{5}{2}', '10'],
]

const RIGHT: readonly Pair[] = [
  // Numbers.
  ['\\sqrt{3+2\\sqrt{2}}', '1+\\sqrt2'],
  ['\\sqrt{5+2\\sqrt6}', '\\sqrt2+\\sqrt3'],
  ['\\frac{1}{\\sqrt2+\\sqrt3+\\sqrt5}', '\\frac{2\\sqrt3+3\\sqrt2-\\sqrt{30}}{12}'],
  ['\\sqrt[3]{2+\\sqrt5}+\\sqrt[3]{2-\\sqrt5}', '1'],
  ['\\sqrt[3]{-8}', '-2'],
  ['\\sqrt{-4}', '2i'],
  ['|3+4i|', '5'],
  ['e^{i\\pi}', '-1'],
  ['\\frac{-1+i\\sqrt3}{2}', 'e^{2\\pi i/3}'],
  ['\\cos\\frac{\\pi}{12}', '\\frac{\\sqrt6+\\sqrt2}{4}'],
  ['\\sin 30^\\circ', '\\frac12'],
  ['\\tan^{-1} 1', '\\pi/4'],
  ['\\log_2 8', '3'],
  ['\\frac{\\ln 8}{\\ln 2}', '3'],
  ['0.1\\overline{6}', '1/6'],
  ['1.6\\times10^{-19}', '1.6e-19'],
  ['2^{1009}', '2\\cdot2^{1008}'],
  ['-1\\frac{1}{2}', '-1.5'],
  ['3\\pi \\text{ cm}^2', '3\\pi'],
  ['10\\sqrt{2}\\text{ km}', '\\sqrt{200}'],
  ['5 cm', '5 centimeters'],
  ['\\frac{6}{8} = \\frac34', '\\frac34'],
  ['x = 6/8 = 3/4', '3/4'],
  ['x \\approx 1.29', '1.29'],
  // Functions of unknowns.
  ['ab', 'ba'],
  ['|x-1|', '|1-x|'],
  ['x^{1/2}', '\\sqrt{x}'],
  ['2^{n+1}', '2\\cdot 2^n'],
  ['\\sin^2 x+\\cos^2 x', '1'],
  ['2\\sin x\\cos x', '\\sin 2x'],
  ['\\frac{1}{x+1}+\\frac1{x-1}', '\\frac{2x}{x^2-1}'],
  ['f(x)=x^2', 'x^2'],
  ['2n!', 'n! \\cdot 2'],
  // Names, equations, bounds.
  ['N = 2\\pi', '2\\pi'],
  ['y=2, x=1', 'x=1, y=2'],
  ['(x,y)=(1,2)', '(1,2)'],
  ['(x,y)=(1,2)', 'y=2,x=1'],
  ['x=1, x=2', '2, 1'],
  ['2x-y+1=0', 'y=2x+1'],
  ['\\frac{x^2}{4}+y^2=1', 'x^2+4y^2=4'],
  ['2x+3<y', 'y>3+2x'],
  ['x>3', '(3,\\infty)'],
  ['-2\\le x\\le 7', '[-2,7]'],
  // Lists, sets, words.
  ['18 or 20', '20, 18'],
  ['\\{1, \\sqrt4\\}', '\\{2,1\\}'],
  ['(3,5]\\cup(-\\infty,2)', '(-\\infty,2)\\cup(3,5]'],
  ['\\varnothing', '\\emptyset'],
  ['101_2', '101_{2}'],
  ['3 : 4', '3:4'],
  ['No.', 'no'],
]

/** Pairs that the previous checker accepted. */
const TRICKS: readonly Pair[] = [
  ['10^{200}', 'n+1'],
  ['2^{1009}', 'n+1'],
  ['N = 3\\pi', 'N = 2\\pi'],
  ['1=2', 'N = 2\\pi'],
  ['D = (0, 1.5)', 'D = (0, 1)'],
  ['8.4 \\times 10^{-12}', '7.4 \\times 10^{-12}'],
  ['0', '1.6 \\times 10^{-19}'],
  ['x=2, y=1', 'x=1, y=2'],
  ['2, 1', '(1, 2)'],
  ['z', '\\overline{z}'],
]

const WRONG: readonly Pair[] = [
  // A function's value is not its argument, and equations are no list of their right sides.
  ['0', 'I(0)'],
  ['\\cos\\pi=-1, \\sin\\pi=0', '-1, 0'],
  // Close is not equal.
  ['0', '1.6e-19'],
  ['8.4e-12', '7.4e-12'],
  ['0.3333', '1/3'],
  ['\\sqrt{2}+10^{-100}', '\\sqrt2'],
  ['\\sqrt2+10^{-1000}', '\\sqrt2'],
  ['\\pi+10^{-150}', '\\pi'],
  ['x+10^{-400}', 'x'],
  ['e^{\\pi\\sqrt{163}}', '640320^3+744'],
  ['3.14159265358979323846264338327950288419716939937510', '\\pi'],
  ['\\frac97 \\approx 1.3', '1.3'],
  ['\\frac97 \\approx 5', '\\frac97'],
  // An undefined value equals nothing.
  ['1/0', '2/0'],
  ['1/0', '\\infty'],
  ['0^0', '1'],
  ['\\frac{0}{0}', '0'],
  ['-\\infty', '\\infty'],
  ['NaN', '1'],
  ['', '5'],
  // An equation is not its solution, nor true or false.
  ['2x=4', 'x=2'],
  ['0=0', 'x+y=1'],
  ['x+y=x+y', 'x+y=1'],
  ['x=x', '5'],
  ['x^2+y^2=2', 'x^2+y^2=1'],
  ['y=2x+2', 'y=2x+1'],
  ['y>2x+1', 'y<2x+1'],
  ['x\\le2', 'x<2'],
  ['2', 'x>2'],
  // Names, order, brackets.
  ['y=5', 'x=5'],
  ['y=1, y=2', 'x=1, x=2'],
  ['1, 2', 'x=1, y=2'],
  ['(y,x)=(1,2)', '(1,2)'],
  ['1, 2', '(1, 2)'],
  ['(2, 1)', '(1, 2)'],
  ['[1, 0]', '[0, 1]'],
  ['[0,1)', 'x \\in [0,1]'],
  ['[0,1]', '(0,1)'],
  ['\\{0,1\\}', '(0,1)'],
  ['4:3', '3:4'],
  ['\\begin{pmatrix}1&2\\end{pmatrix}', '\\begin{pmatrix}1\\\\2\\end{pmatrix}'],
  ['\\begin{pmatrix}1&3\\\\2&4\\end{pmatrix}', '\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}'],
  ['1+\\sqrt{19}', '1\\pm\\sqrt{19}'],
  ['1,2', '12'],
  // Units and bases.
  ['5 m', '5 cm'],
  ['60 m/s', '60 km/h'],
  ['0.5', '50%'],
  ['5', '101_2'],
  ['101_3', '101_2'],
  ['5 squared', '5'],
  ['5 factorial', '5'],
  ['3 tenths', '3'],
  ['7 hundredths', '7'],
  // Spellings with different meanings.
  ['11/2', '1 1/2'],
  ['-2', '3\u20135'],
  ['x2', 'x^2'],
  ['ab', 'AB'],
  ['X - Y', 'x - y'],
  ['0.2', '2e-1'],
  ['x/2', '1/2x'],
  ['AB', '\\overline{AB}'],
  ['2+\\frac x3', '2\\frac{x}{3}'],
  ['\uff19', '9'],
  // Other functions.
  ['x', '\\sqrt{x^2}'],
  ['|x|', 'x'],
  ['f(y)', 'f(x)'],
  ['\\binom{n}{3}', '\\binom{n}{2}'],
  ['n', 'n!'],
  ['\\ln 2', '\\log 2'],
  ['x^{101}', 'x^{100}'],
]

describe('answers that are the same', () => {
  it.each([...NEWLY_ACCEPTED, ...RIGHT])('%s is %s', (found, right) => {
    expect(sameAnswer(found, right)).toBe(true)
    expect(sameAnswer(right, found)).toBe(true)
  })
})

describe('answers that are not the same', () => {
  it.each([...TRICKS, ...WRONG])('%s is not %s', (found, right) => {
    expect(sameAnswer(found, right)).toBe(false)
    expect(sameAnswer(right, found)).toBe(false)
  })
})

describe('a comparison', () => {
  it('of any two answers in these tables is symmetric', () => {
    const texts = [...new Set([...RIGHT, ...WRONG].flat())].filter((_, i) => i % 4 === 0)
    for (const [i, a] of texts.entries())
      for (const b of texts.slice(i + 1)) expect(sameAnswer(a, b), `${a} ${b}`).toBe(sameAnswer(b, a))
  })

  const repeated = (part: string, times: number, rest = '', ends = '') =>
    part.repeat(times) + rest + ends.repeat(times)
  it.each([
    repeated('\\sqrt{', 28, '2', '}'),
    repeated('\\ln(', 39, '9', ')'),
    repeated('\\arctan(', 19, 'x', ')'),
    repeated('e^{', 45, 'x', '}'),
    repeated('2^{', 45, '2', '}'),
    repeated('(x+1)^{400}+', 15, '1'),
    repeated('400!+', 30, '\\pi'),
    repeated('\\sqrt2+', 25, '1'),
    repeated('x!', 90),
    repeated('x=', 90, 'x'),
    repeated('1=', 90, '1'),
    repeated('\\pm x', 30),
    repeated('1,', 95, '1'),
    repeated('111,', 48, '111'),
    repeated('5 cm ', 38),
    repeated('|', 190),
    repeated('{', 190),
    repeated('-', 190, '1'),
    '(\\sqrt{x}+\\sqrt{y}+\\sqrt{z}+\\sqrt{w}+\\sqrt{u})^{20}',
    '\\sqrt[63]{x}+\\sqrt[61]{x}',
    '\\sqrt{2}^{8000}',
    '\\sin 10^{18}x',
    'e^{10000}',
    '(1+i\\sqrt2)^{3999}',
    Array.from({ length: 20 }, (_, i) => `\\sqrt{${i + 2}}`).join(','),
  ])('of %s takes no longer than a moment', (text) => {
    const others = ['\\sqrt{3}', 'x+1', `1+${text}`, `${text}+1`, `x=${text}`]
    for (const other of others) {
      const before = process.cpuUsage().user
      sameAnswer(text, other)
      expect(process.cpuUsage().user - before).toBeLessThan(400_000)
    }
  })
})
