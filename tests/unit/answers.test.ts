import { describe, expect, it } from 'vitest'
import { Stream, seedKey } from '../../src/random'
import { canonicalAnswer, readAnswer, sameAnswer } from '../../src/tasks/answers'
import { finalAnswer } from '../../src/tasks/solution'
import { workedSteps } from '../../src/tasks/worked_steps'

describe('the answer a text states', () => {
  it.each([
    ['so it is\n#### 42', '42'],
    ['#### $1,250.00.', '1250'],
    ['#### 42 dollars', '42'],
    ['#### 42. She has 42 apples.', '42'],
    ['#### **18**', '18'],
    ['#### (1, 2)', '(1, 2)'],
    ['#### \\boxed{\\frac{3}{4}}', '3/4'],
    ['\\boxed{\\dfrac{6}{8}}$.', '3/4'],
    ['\\boxed{\\{1, \\frac{1}{2}\\}}', '\\{1, 1/2\\}'],
    ['\\boxed{5} and then #### 6', '6'],
    ['#### 6 and then \\boxed{5}', '5'],
    ['\\boxed{5} and an open \\boxed{6', '5'],
    ['#### 5\n#### ', '5'],
    ['A: 18', null],
    ['\\boxed{}', null],
    ['', null],
    [`#### ${'very '.repeat(60)}long`, null],
  ])('of %j is %j', (text, answer) => {
    expect(readAnswer(text)).toBe(answer)
  })

  it('is read after A: at a line’s start only on request', () => {
    expect(readAnswer('At job A: $15\nA: 25,400', ['a-line'])).toBe('25400')
    expect(readAnswer('At job A: $15', ['a-line'])).toBeNull()
    expect(readAnswer('A: 1\n#### 2', ['a-line'])).toBe('1')
  })

  it('may have braces in its box, for the embedded peers too', () => {
    expect(finalAnswer('\\boxed{\\frac{3}{4}}')).toBe('\\frac{3}{4}')
    expect(finalAnswer('\\boxed{1} \\boxed{a{b{c}}d}')).toBe('a{b{c}}d')
  })
})

describe('numbers', () => {
  it.each([
    ['18.00', '18'],
    ['$18', '18'],
    ['$18$', '18'],
    ['$$18$$', '18'],
    ['\\$18.50', '37/2'],
    ['-$5', '-5'],
    ['$-5', '-5'],
    ['\u22125', '-5'],
    ['€1,000,000', '1000000'],
    ['1{,}000', '1000'],
    ['1\\,000', '1000'],
    ['.5', '1/2'],
    ['50%', '50'],
    ['50\\%', '50'],
    ['50 percent', '50'],
    ['90^\\circ', '90'],
    ['90°', '90'],
    ['-\\frac{3}{4}', '-3/4'],
    ['\\frac{-6}{8}', '-3/4'],
    ['\\frac34', '3/4'],
    ['1\\frac{1}{2}', '3/2'],
    ['1 1/2', '3/2'],
    ['6/8 cup', '3/4'],
    ['18 apples per day', '18'],
    ['12\\text{ cm}^2', '12'],
    ['60 miles/hour', '60'],
    ['5kg', '5'],
    ['5 m', '5'],
    ['x = 5', '5'],
    ['18.', '18'],
    ['-0', '0'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalAnswer(text)).toBe(canonical)
  })

  it.each(['18 million', '18 or 20', '2xy', '5x', '3 x', '5!', '1/0', '10^5', '1.5/2', '9:30', '3\\pi'])(
    '%s is not taken for its first number',
    (text) => {
      expect(canonicalAnswer(text)).toBe(text)
    },
  )
})

describe('lists and words', () => {
  it.each([
    ['2, 1', '1, 2'],
    ['(0.5,3)', '(1/2, 3)'],
    ['\\left(\\frac{1}{2}, 3\\right)', '(1/2, 3)'],
    ['(2, 1)', '(2, 1)'],
    ['[0,1)', '[0, 1)'],
    ['1,234', '1234'],
    ['(1,234)', '(1, 234)'],
    ['(3,4), (1, 2)', '(1, 2), (3, 4)'],
    ['((2,1),3)', '((2, 1), 3)'],
    ['f(2,1), 3', '3, f(2,1)'],
    ['\\text{Tuesday}', 'tuesday'],
    ['(B)', 'B'],
    ['\\textbf{B}', 'B'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalAnswer(text)).toBe(canonical)
  })
})

describe('one answer in two forms', () => {
  it.each([
    ['18.00', '$18', true],
    ['0.75', '\\frac{3}{4}', true],
    ['0.3333', '1/3', false],
    ['50%', '0.5', false],
    ['9007199254740993', '9007199254740992', false],
    ['Tuesday', 'tuesday.', true],
    ['Tuesday', 'Monday', false],
    ['many', '12', false],
    ['', '', false],
  ])('%s and %s: %s, as numbers or words', (a, b, same) => {
    expect(sameAnswer(a, b)).toBe(same)
  })

  it.each([
    ['\\sqrt{8}', '2\\sqrt{2}', true],
    ['\\frac{\\sqrt{3}}{3}', '\\frac{1}{\\sqrt{3}}', true],
    ['\\sqrt{2}', '\\sqrt{3}', false],
    ['\\sqrt{2}', '1.41', false],
    ['\\sqrt{16}', '4', true],
    ['3\\pi', '\\pi \\cdot 3', true],
    ['3\\pi', '9.42', false],
    ['2^10', '1024', true],
    ['2^10', '20', false],
    ['5!', '120', true],
    ['\\frac{\\pi}{3}', '\\dfrac{2\\pi}{6}', true],
    ['(x+1)^2', 'x^2+2x+1', true],
    ['(x+1)^2', 'x^2+2x+2', false],
    ['\\frac{x^2-1}{x-1}', 'x+1', true],
    ['\\sqrt{x^2}', 'x', false],
    ['2x+y', 'y+2x', true],
    ['x', 'y', false],
    ['3+4i', '4i+3', true],
    ['(\\sqrt{4}, 3)', '(2, 3)', true],
    ['(\\sqrt{4}, 3)', '(3, 2)', false],
    ['[0, \\sqrt{4})', '[0, 2)', true],
    ['[0, \\sqrt{4})', '[0, 2]', false],
    ['(-\\infty, 2) \\cup (3, 5]', '(-\\infty,2)\\cup(3,5]', true],
    ['(-\\infty, 2) \\cup (3, 5]', '(-\\infty,2)\\cup(3,5)', false],
    ['\\begin{pmatrix} 1 \\\\ \\frac{4}{2} \\end{pmatrix}', '\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}', true],
    ['\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}', '\\begin{pmatrix} 1 \\\\ 3 \\end{pmatrix}', false],
    ['\\frac{3}{', '3', false],
    ['}{', '3', false],
  ])('%s and %s: %s, as formulas', (a, b, same) => {
    expect(sameAnswer(a, b)).toBe(same)
  })

  it('is judged the same whatever was judged before', () => {
    // f is a function in the first pair, and a number in the second.
    sameAnswer('f(x)', 'f(y)')
    expect(sameAnswer('f+1', '1+f')).toBe(true)
    sameAnswer('x:=5', 'x')
    expect(sameAnswer('x', '\\sqrt{25}')).toBe(false)
  })

  it.each([
    '9^{9^{9^{9}}}',
    '9^{{}99999999}',
    '2^-99999999',
    '((9^{99})^{99})^{99}',
    '99999!',
    '\\exp(999999999)',
    '(99!)!',
    '\\sum_{n=1}^{9}n',
    '('.repeat(99),
    '9'.repeat(190),
  ])('%s is not worked out', (text) => {
    const before = process.cpuUsage().user
    expect(sameAnswer(text, '\\sqrt{3}')).toBe(false)
    expect(process.cpuUsage().user - before).toBeLessThan(500_000)
  })
})

describe('canonical answers', () => {
  const PARTS =
    '1 2 3 0 . , / - + $ % ( ) [ ] \\{ \\} { } \\frac \\sqrt \\pi \\text{ x y apples cm = ^ ! \\, \\! : and B'.split(
      ' ',
    )

  it('are stable when read again, and always give a text', () => {
    const stream = new Stream(seedKey(11))
    for (let round = 0; round < 4000; round++) {
      const text = Array.from({ length: stream.int(1, 9) }, () => stream.pick([...PARTS, ' '])).join('')
      const once = canonicalAnswer(text)
      expect(canonicalAnswer(once), text).toBe(once)
    }
  })
})

describe('worked steps', () => {
  it.each([
    ['Half is 48/2 = <<48/2=24>>24 clips, 48+24 = <<48+24=72>>72.', ['48/2=24', '24+48=72']],
    ['3 * $4 = $12.00', ['3*4=12']],
    ['4 × 3 = 12 and 4 x 3 = 12 and 3 \\times 4 = 12', ['3*4=12']],
    ['80,000+50,000=$130,000', ['50000+80000=130000']],
    ['16 - 3 - 4 = 9', ['16-3-4=9']],
    ['(3+4)*2=14', ['(3+4)*2=14']],
    ['.50 * 3 = 1.50', ['0.5*3=1.5']],
    ['3-5=-2, so x=3', ['3-5=-2']],
    ['2+3=5+1=6', ['1+5=6']],
    ['20%*5+3=4', []],
    ['x-4+3=2', []],
    ['In 2020 16-3=13', ['16-3=13']],
  ])('of %j', (text, steps) => {
    expect(workedSteps(text)).toEqual(steps)
  })
})
