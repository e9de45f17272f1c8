import { describe, expect, it } from 'vitest'
import { type Bar, comparisons, type Figure, pairedQuotient } from '../../src/bench/figures'
import { median } from '../../src/report/averages'

function figure(own: readonly number[], other: readonly number[], rest: Partial<Figure> = {}): Figure {
  const sides = [
    { name: 'own', samples: own },
    { name: 'other', samples: other },
  ]
  return { name: 'time', unit: 's', lessIsBetter: true, sides, bars: [], ...rest }
}

describe('median', () => {
  it('is the middle value, or the mean of the middle two', () => {
    // Sorted as text, 10 would precede 9.
    expect(median([10, 1, 9])).toBe(9)
    expect(median([4, 1, 3, 100])).toBe(3.5)
    expect(median([7])).toBe(7)
  })

  it('refuses an empty list', () => {
    expect(() => median([])).toThrow(RangeError)
  })
})

describe('paired quotient', () => {
  it('is the median of the rounds’ own quotients, not the quotient of medians', () => {
    // 1/2, 10/10, 6/2: medians 6 and 2 would give 3.
    expect(pairedQuotient([1, 10, 6], [2, 10, 2])).toBe(1)
  })

  it('ignores a machine that slows both sides', () => {
    expect(pairedQuotient([1, 2, 8], [3, 6, 24])).toBeCloseTo(1 / 3, 12)
  })

  it('skips rounds that only one side has', () => {
    expect(pairedQuotient([4, 4, 400], [2, 2])).toBe(2)
  })
})

describe('comparisons', () => {
  it('give the factor by which one is better, in either direction', () => {
    const [time] = comparisons(figure([1, 1, 2], [3, 3, 6]))
    expect(time).toMatchObject({ value: 1, against: { name: 'other', value: 3 }, ratio: 3, verdict: null })
    const [speed] = comparisons(figure([30, 30, 60], [10, 10, 20], { lessIsBetter: false }))
    expect(speed).toMatchObject({ value: 30, against: { name: 'other', value: 10 }, ratio: 3 })
  })

  it.each<[Bar, number | null, string]>([
    // Half of the other's time: twice as good, and 0.5 of it.
    [{ kind: 'better', side: 'other', times: 2 }, 2, 'holds'],
    [{ kind: 'better', side: 'other', times: 2.1 }, 2, 'does not hold'],
    [{ kind: 'within', side: 'other', times: 0.5 }, 0.5, 'holds'],
    [{ kind: 'within', side: 'other', times: 0.4 }, 0.5, 'does not hold'],
    [{ kind: 'at-most', value: 3 }, null, 'holds'],
    [{ kind: 'at-most', value: 2.9 }, null, 'does not hold'],
  ])('with bar %j', (bar, ratio, verdict) => {
    const line = comparisons(figure([3], [6], { bars: [bar] })).at(-1)
    expect(line).toMatchObject({ bar, ratio, verdict })
    expect(line?.against?.name).toBe(bar.kind === 'at-most' ? undefined : 'other')
  })

  it('within a speed are shares of that speed', () => {
    const bars: Bar[] = [{ kind: 'within', side: 'other', times: 0.5 }]
    expect(comparisons(figure([4], [10], { lessIsBetter: false, bars }))[0].ratio).toBe(0.4)
  })

  it('give one line per other side and bar, the value’s own last', () => {
    const bars: Bar[] = [
      { kind: 'at-most', value: 5 },
      { kind: 'better', side: 'b', times: 2 },
      { kind: 'within', side: 'b', times: 1 },
    ]
    const sides = ['a', 'b', 'c'].map((name, i) => ({ name, samples: [i + 1] }))
    const lines = comparisons({ name: 'time', unit: 's', lessIsBetter: true, sides, bars })
    expect(lines.map(({ against, bar }) => [against?.name, bar?.kind])).toEqual([
      ['b', 'better'],
      ['b', 'within'],
      ['c', undefined],
      [undefined, 'at-most'],
    ])
  })

  it('are only the value where there is nothing to compare', () => {
    const alone = { ...figure([2, 4], []), sides: [{ name: 'own', samples: [2, 4] }] }
    expect(comparisons(alone)).toEqual([
      { figure: alone, value: 3, against: null, ratio: null, bar: null, verdict: null },
    ])
  })

  it('with a value that is no number meet no bar', () => {
    const bars: Bar[] = [{ kind: 'at-most', value: 1 }]
    expect(comparisons(figure([Number.NaN], [1], { bars })).at(-1)?.verdict).toBe('does not hold')
  })
})
