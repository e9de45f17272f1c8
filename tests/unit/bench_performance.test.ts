import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Figure } from '../../src/bench/figures'
import type { Fit } from '../../src/bench/fit'
import { performanceDocuments, writePerformance } from '../../src/bench/performance'
import { fitRows, placeText } from '../../src/bench/report'
import { readResults, resultsText, SUITES, writeText } from '../../src/bench/results'
import { ColloquyError } from '../../src/errors'
import { markdownTable } from '../../src/report/text'
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
  sides: [{ name: 'Colloquy', samples: [3e6] }],
  bars: [{ kind: 'at-most', value: 1e6 }],
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
  benchEntry({ place: 'node', figures: [{ ...speed, bars: [{ kind: 'better', side: 'other', times: 3 }] }] }),
]

it('rows of fits have exponent, error and the method’s exponent', () => {
  expect(fitRows([fit])).toEqual([['update', 'layers', '2, 4', '1.00 ± 0.02', '1 (linear)', 'no worse']])
  expect(fitRows([{ ...fit, exponent: 1.05 }])[0].at(-1)).toBe('worse')
})

it('a place warns about a software GPU and about few rounds', () => {
  expect(placeText(entries[1])).toContain('acme soft (a software GPU:')
  expect(placeText(benchEntry({ quick: true }))).toContain('quick')
})

it('a Markdown table escapes characters that would end a cell, and aligns numbers', () => {
  expect(markdownTable(['a', 'b'], [['x|y', '10']], [1])).toBe(
    ['| a | b |', '| --- | ---: |', '| x\\|y | 10 |'].join('\n'),
  )
})

describe('the documents', () => {
  const slow = { ...speed, sides: [{ ...speed.sides[0], samples: [6000] }, speed.sides[1]] }
  const card = { ...adapter, description: 'card', software: false }
  const all = [...entries, benchEntry({ place: 'webgpu', adapter: card, figures: [slow] })]
  const remarks =
    '## decode\n\nTwelve at a time.\n\n## native\n\nWithout a browser.\n\n## summary\n\nIn short.\n'
  const documents = performanceDocuments(all, null, remarks)
  const details = (name: string) => documents.get(`bench/results/${name}.md`) ?? ''
  const summary = documents.get('docs/performance.md') ?? ''

  it('are a summary and one for each suite and the kernels', () => {
    expect([...documents.keys()]).toEqual([
      'docs/performance.md',
      ...[...SUITES, 'native'].map((name) => `bench/results/${name}.md`),
    ])
  })

  it('sum up every bar and exponent, with the values of all places in one row', () => {
    expect(summary).toContain('3 of 5 values meet their bars.')
    const rows = summary
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(2)
      .map((line) => line.split('|').slice(1, -1))
      .map((cells) => cells.map((cell) => cell.trim()))
    const link = (suite: string) => `[${suite}](../bench/results/${suite}.md)`
    const command = (suite: string) => `\`npm run bench -- ${suite}\``
    expect(rows).toEqual([
      [
        ...[link('decode'), 'sampled', 'other', '≥ 3 ×'],
        ...['wasm 4 ×; **webgpu 2 ×**; node 4 ×', '**in 2 of 3**', command('decode')],
      ],
      [
        ...[link('memory'), 'heap', '–', '≤ 1.00 MB', '**software GPU 3.00 MB**', '**no**'],
        command('memory'),
      ],
      [
        ...[link('scaling'), 'exponent of update over layers', 'the method', '≤ 1'],
        ...['wasm 1.00 ± 0.02', 'yes', command('scaling')],
      ],
    ])
    expect(summary).toContain('\n\nIn short.\n')
  })

  it('show measurements and their place, with remarks, setting, table and notes', () => {
    const decode = details('decode').replaceAll(/\s+/g, ' ')
    const parts = [
      'Twelve',
      '## wasm',
      'commit abcdef0, 2026-01-02.',
      'Eight questions.',
      '| sampled',
      '## webgpu',
    ]
    const places = parts.map((part) => decode.indexOf(part))
    expect(places).not.toContain(-1)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(details('memory')).toContain('- heap: collected first')
    expect(details('memory')).toContain('**does not hold**')
    expect(details('scaling')).toContain('| update | layers |')
  })

  it('list what was not measured', () => {
    expect(details('load')).toMatch(/\n\nNot measured\.\n/)
    expect(details('memory')).toMatch(/\n\nNot measured on a GPU\.\n$/)
    expect(details('scaling')).toMatch(/\n\nNot measured on a GPU\.\n$/)
    expect(details('decode')).not.toContain('ot measured')
    expect(details('native')).toMatch(/Without a browser\.\n\nNot measured: /)
    expect(performanceDocuments([], null, '').get('docs/performance.md')).toContain('\n\nNot measured.')
  })

  it.each([
    ['## decode\n\na\n\n## paint\n\nb\n', 'section "paint"'],
    ['## decode\n\na\n\n## decode\n\nb\n', 'section "decode"'],
    ['Lost words.\n\n## decode\n\na\n', 'text before the first section'],
  ])('lose no remarks: %j is refused', (wrong, found) => {
    const attempt = () => performanceDocuments(entries, null, wrong)
    expect(attempt).toThrow(ColloquyError)
    expect(attempt).toThrow(found)
  })
})

describe('npm run bench -- --report', () => {
  const root = mkdtempSync(join(tmpdir(), 'colloquy-report-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  const results = join(root, 'bench', 'results.json')
  const document = (path: string) => readFileSync(join(root, path), 'utf8')

  it('writes the documents from the stored results', () => {
    const without = performanceDocuments([], null, '')
    expect(writePerformance(root, results)).toEqual([...without.keys()])
    for (const [path, text] of without) expect(document(path)).toBe(text)
    writeText(results, resultsText(entries))
    writeFileSync(join(root, 'bench', 'remarks.md'), '## step\n\nBoth peers.\n')
    writePerformance(root, results)
    expect(document('bench/results/step.md')).toContain('Both peers.')
    expect(document('bench/results/decode.md')).toContain('12,000 tokens/s')
  })

  it.each(['{', 'null', '{"rows": 1}'])(
    'refuses a damaged native.json, %s, and writes nothing',
    (damaged) => {
      const before = document('docs/performance.md')
      writeFileSync(join(root, 'bench', 'native.json'), damaged)
      expect(() => writePerformance(root, results)).toThrow(/native\.json: found /)
      expect(document('docs/performance.md')).toBe(before)
    },
  )

  it('gives this repository’s documents from its results', () => {
    const kept = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
    const entries = readResults(new URL('../../bench/results.json', import.meta.url).pathname)
    const documents = performanceDocuments(
      entries,
      JSON.parse(kept('bench/native.json')),
      kept('bench/remarks.md'),
    )
    for (const [path, text] of documents) expect(kept(path), path).toBe(text)
  })
})
