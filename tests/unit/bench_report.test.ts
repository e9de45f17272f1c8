import { describe, expect, it } from 'vitest'
import type { Figure } from '../../src/bench/figures'
import { entryText, rowsOf, valueText } from '../../src/bench/report'
import { inTurns } from '../../src/bench/rounds'
import { significant } from '../../src/report/format'
import { benchEntry } from './bench_entry'

const time: Figure = {
  name: 'step',
  unit: 's',
  lessIsBetter: true,
  sides: [
    { name: 'Colloquy', samples: [1, 3, 2] },
    { name: 'before', samples: [4, 6, 2] },
  ],
  bars: [
    { kind: 'within', side: 'before', times: 0.6 },
    { kind: 'at-most', value: 1 },
  ],
}

describe('the printed table', () => {
  it.each([
    [11_985.4, 'tokens/s', '11,985 tokens/s'],
    [2.514, 's', '2.51 s'],
    [0.0467, 's', '0.0467 s'],
    [3.1e6, 'bytes', '3.10 MB'],
    [-1200, 'bytes', '-1.20 kB'],
    [0, '', '0'],
  ])('writes %d %s as %s', (value, unit, text) => {
    expect(valueText(value, unit)).toBe(text)
  })

  it('writes small numbers with their power of ten', () => {
    expect(significant(2.04e-6)).toBe('2.0e-6')
  })

  it('names a figure once, with the wanted and the found value', () => {
    // Quotients of the rounds: 1/4, 1/2 and 1.
    expect(rowsOf({ figures: [time] })).toEqual([
      ['step', '2 s', 'before', '4 s', '0.5 of it', '≤ 0.6 of it', 'holds'],
      ['', '', '', '', '', '≤ 1 s', 'does not hold'],
    ])
  })

  it('gives an entry’s place, and a figure’s caveats', () => {
    const text = entryText(benchEntry({ figures: [{ ...time, note: 'counted by hand' }] }))
    expect(text).toMatch(/^decode on wasm, a processor, 2 cores, 8 GiB;/)
    expect(text).toContain('\nEight questions.\n')
    expect(text).toContain('\nstep: counted by hand')
  })
})

describe('taking turns', () => {
  it('discards the first round and alternates who goes first', async () => {
    const order: string[] = []
    const side = (name: string) => async (round: number) => {
      order.push(`${name}${round}`)
      return round
    }
    const samples = await inTurns(2, { a: side('a'), b: side('b') })
    expect(order).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'b2'])
    expect(samples).toEqual({ a: [1, 2], b: [1, 2] })
  })
})
