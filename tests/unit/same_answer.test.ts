import { describe, expect, it } from 'vitest'
import { sameAnswer } from '../../src/tasks/answers'
import { DIFFERENT_FORMS, SAME_FORMS } from '../data/answer_forms'
import { NEWLY_ACCEPTED, RIGHT, TRICKS, WRONG } from '../data/answer_pairs'

describe('answers that are the same', () => {
  it.each([...NEWLY_ACCEPTED, ...RIGHT, ...SAME_FORMS])('%s is %s', (found, right) => {
    expect(sameAnswer(found, right)).toBe(true)
    expect(sameAnswer(right, found)).toBe(true)
  })
})

describe('answers that are not the same', () => {
  // Some pairs are in two of the tables.
  const pairs = new Map([...TRICKS, ...WRONG, ...DIFFERENT_FORMS].map((pair) => [pair.join('\n'), pair]))
  it.each([...pairs.values()])('%s is not %s', (found, right) => {
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
