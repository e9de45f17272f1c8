import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Figure } from '../../src/bench/figures'
import type { Fit } from '../../src/bench/fit'
import { markdownTable } from '../../src/bench/markdown'
import { performanceMarkdown } from '../../src/bench/performance'
import { fitRows, placeText } from '../../src/bench/report'
import { SUITES, writeResults } from '../../src/bench/results'
import { writePerformance } from '../../src/cli/bench/report'
import { ColloquyError } from '../../src/errors'
import { benchEntry } from './bench_entry'

const speed: Figure = {
  name: 'sampled',
  unit: 'tokens/s',
  lessIsBetter: false,
  sides: [
    { name: 'Colloquy', samples: [12_000, 11_000, 13_000] },
    { name: 'other', samples: [3000, 3000, 3000] },
  ],
  bars: [{ kind: 'better', side: 'other', times: 3 }],
}
const heap: Figure = {
  name: 'heap',
  unit: 'bytes',
  lessIsBetter: true,
  sides: [{ name: 'Colloquy', samples: [3 * 2 ** 20] }],
  bars: [{ kind: 'at-most', value: 2 ** 20 }],
  note: 'collected first',
}
const fit: Fit = {
  cost: 'update',
  against: 'layers',
  points: [
    { x: 2, seconds: [1] },
    { x: 4, seconds: [2] },
  ],
  exponent: 1.004,
  standardError: 0.02,
  own: 1,
  why: 'linear',
}
const adapter = { vendor: 'acme', architecture: '', description: 'soft', software: true }
const entries = [
  benchEntry({ suite: 'scaling', setting: [], fits: [fit] }),
  benchEntry({ suite: 'memory', place: 'webgpu', adapter, figures: [heap], setting: ['Small steps.'] }),
  benchEntry({ figures: [speed] }),
]

it('rows of fits have exponent, error and the method’s own', () => {
  expect(fitRows([fit])).toEqual([['update', 'layers', '2, 4', '1.00 ± 0.02', '1 (linear)', 'no worse']])
  expect(fitRows([{ ...fit, exponent: 1.05 }])[0].at(-1)).toBe('worse')
})

it('a place warns where a processor plays the GPU, and of few rounds', () => {
  expect(placeText(entries[1])).toContain('acme soft: a processor plays the GPU')
  expect(placeText(benchEntry({ quick: true }))).toContain('quick')
})

it('a table in Markdown lines up, and escapes what would end a cell', () => {
  expect(markdownTable(['a', 'b'], [['x|y', '10']], (column) => column === 1)).toBe(
    ['| a    |   b |', '| ---- | --: |', '| x\\|y |  10 |'].join('\n'),
  )
})

describe('the document', () => {
  const remarks = '## decode\n\nTwelve at a time.\n\n## native\n\nWithout a browser.\n'
  const text = performanceMarkdown(entries, null, remarks)
  const section = (name: string) => text.split(/^## /m).find((part) => part.startsWith(`${name}:`)) ?? ''

  it('has a section for each suite, in order, then the kernels', () => {
    const names = [...text.matchAll(/^## (\w+):/gm)].map(([, name]) => name)
    expect(names).toEqual([...SUITES, 'native'])
  })

  it('sums up every bar and exponent', () => {
    const summary = text.split('## What holds')[1].split('\n## ')[0]
    expect(summary).toContain('Bars that hold: 2 of 3.')
    const rows = summary
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(2)
      .map((line) => line.split('|').slice(1, -1))
      .map((cells) => cells.map((cell) => cell.trim()))
    expect(rows).toEqual([
      ['decode', 'wasm', 'sampled; Colloquy next to other', '4 ×', '≥ 3 ×', 'holds'],
      ['memory', 'webgpu, played by a processor', 'heap', '3 MiB', '≤ 1 MiB', '**does not hold**'],
      [
        'scaling',
        'wasm',
        'exponent of update over layers',
        '1.00 ± 0.02',
        '≤ 1, two errors granted',
        'holds',
      ],
    ])
  })

  it('shows what was measured where, with setting, table, notes and remarks in this order', () => {
    const decode = section('decode')
    const parts = ['### wasm', 'commit abcdef0, 2026-01-02.', 'Eight questions.', '| sampled', 'Twelve']
    const places = parts.map((part) => decode.indexOf(part))
    expect(places).not.toContain(-1)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(decode).not.toContain('### webgpu')
    expect(section('memory')).toContain('- heap: collected first')
    expect(section('memory')).toContain('**does not hold**')
    expect(section('scaling')).toMatch(/\| update +\| layers +\|/)
  })

  it('says what was not measured', () => {
    expect(section('load')).toMatch(/\n\nNot measured\.\n/)
    expect(section('native')).toMatch(/^Not measured: .*\n\nWithout a browser\.$/m)
    expect(performanceMarkdown([], null, '')).toContain('## What holds\n\nNot measured.')
  })

  it.each([
    ['## decode\n\na\n\n## paint\n\nb\n', 'section "paint"'],
    ['## decode\n\na\n\n## decode\n\nb\n', 'section "decode"'],
    ['Lost words.\n\n## decode\n\na\n', 'text before the first section'],
  ])('loses no remarks: %j is refused', (wrong, found) => {
    const attempt = () => performanceMarkdown(entries, null, wrong)
    expect(attempt).toThrow(ColloquyError)
    expect(attempt).toThrow(found)
  })

  it('takes the remarks of this repository', () => {
    const kept = readFileSync(new URL('../../bench/remarks.md', import.meta.url), 'utf8')
    for (const suite of SUITES) expect(kept).toContain(`## ${suite}\n`)
    expect(performanceMarkdown([], null, kept)).toContain('ONNX `Loop`')
  })
})

describe('npm run bench -- --report', () => {
  const root = mkdtempSync(join(tmpdir(), 'colloquy-report-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  const results = join(root, 'bench', 'results.json')
  const document = () => readFileSync(join(root, 'docs', 'performance.md'), 'utf8')

  it('writes the document from what is there', () => {
    mkdirSync(join(root, 'docs'))
    expect(writePerformance(root, results)).toBe('docs/performance.md')
    expect(document()).toBe(performanceMarkdown([], null, ''))
    writeResults(results, entries)
    writeFileSync(join(root, 'bench', 'remarks.md'), '## step\n\nBoth peers.\n')
    writePerformance(root, results)
    expect(document()).toContain('Both peers.')
    expect(document()).toContain('12,000 tokens/s')
  })

  it.each(['{', 'null', '{"rows": 1}'])(
    'refuses a damaged native.json, %s, and writes nothing',
    (damaged) => {
      const before = document()
      writeFileSync(join(root, 'bench', 'native.json'), damaged)
      expect(() => writePerformance(root, results)).toThrow(/native\.json: found /)
      expect(document()).toBe(before)
    },
  )
})
