import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { countText, durationText, percent, points, withInterval } from '../../src/report/format'
import { meanCurve } from '../../src/study/curves'
import type { Results, StudyRun } from '../../src/study/results'
import { STUDY } from '../../src/study/scenarios'
import { scaleOf } from '../../src/study/svg'
import { writeReport } from '../../src/study/write_report'
import { line, run } from './study_runs'

const cost = {
  cost: {
    ...{ steps: 10, seconds: 40 },
    stageSeconds: { share: 5, analyze: 5, fuse: 10, update: 15 },
    tokens: { share: 1000, analyze: 500, fuse: 2000 },
    promptTokens: { share: 1000, analyze: 3000, fuse: 4000 },
  },
  series: { 'ilr/cooperation_share': [0.5, null, 0.25], 'ilr/calibration_shift': [0.1, 0.2, 0.3] },
}
const results = (runs: StudyRun[]): Results => ({
  header: {
    ...{ study: 1, scenarios: {}, versions: { node: '20.1' } },
    machine: { processor: 'Some <CPU> & more', cores: 2 },
  },
  runs,
})

function written(runs: StudyRun[], remarks: string | null = null) {
  const at = mkdtempSync(join(tmpdir(), 'colloquy-report-'))
  if (remarks !== null) writeFileSync(join(at, 'remarks.md'), remarks)
  const path = writeReport(STUDY, results(runs), { results: at, document: at, options: ['--out', 'x'] })
  const files = readdirSync(join(at, 'study')).sort()
  const svg = (name: string) => readFileSync(join(at, 'study', name), 'utf8')
  const read = (path: string) => readFileSync(path, 'utf8').replaceAll(/([^\n|]) *\n(?=[^\n|#!-]|--)/g, '$1 ')
  return { at, text: read(path), details: read(join(at, 'duet.md')), files, svg }
}

const RUNS = [1, 2, 3].flatMap((seed) => [
  run('ilr', seed, [0.5, 0.8 + seed / 100], [{}, cost]),
  run('solo', seed, [0.5, 0.6], [{}, { ...cost, end: seed === 3 ? 'steps' : 'budget' }]),
])

test('the document follows the results', () => {
  const { text, details, files, at } = written(RUNS, 'Tried and dropped: **nothing**.')
  const row = (start: string) => text.split('\n').find((candidate) => candidate.startsWith(start)) ?? ''
  // 81, 82 and 83 %: the interval of three seeds spans them.
  expect(row('| **ilr** | 3')).toContain('82.0 % [81.0, 83.0]')
  expect(row('| **solo** | 3')).toContain('60.0 % [60.0, 60.0] | −22.0 [−23.0, −21.0] |')
  expect(details).toMatch(/\| \*\*solo\*\* \|.* −22\.0 \[−23\.0, −21\.0\] \| −22\.0 /)
  // p: the smallest of three seeds, 2 / 8; Holm: eight claims. Detectable: (4.3027 + 1.0607) · 1 / sqrt(3).
  expect(row('| `duet/solo`')).toBe(
    '| `duet/solo` | ilr − solo at equal generated tokens | ≥ +10 | +22.0 [+21.0, +23.0] | 0.25 | 1 | undecided | ±3.1 | ±0.9 |',
  )
  expect(row('| `duet/modes`')).toMatch(/≥ −1 \| – \| – \| – \| not measured \| – \| – \|/)
  expect(row('| `mixed/known`')).toMatch(/≤ \+2 \|.* not measured /)
  expect(text).toContain('duet (3 seeds: p ≥ 0.25, corrected ≥ 1)')
  expect(text).toMatch(
    /A test asks 120 held-out questions; by seed, 9\d to 9\d of them are distinct problems/,
  )
  expect(details).toContain('| ilr − solo at equal trained tokens | +22.0 [+21.0, +23.0] | 0.25 |')
  expect(text).toContain('## How the results are read\n\nTried and dropped: **nothing**.')
  expect(text).toContain('These runs reached their step limit before ilr’s tokens')
  expect(text).toContain('duet/solo/3.')
  // Missing parts are named: other seeds, arms and scenarios.
  expect(text).toMatch(
    /cover part of the study only.*duet ilr \(seeds 4, 5\).*duet random \(seeds 1, 2, 3, 4, 5\).*halves ilr/,
  )
  expect(text).not.toContain('## Halves')
  expect(text).toContain('`npm run study -- --out x --report`')
  for (const rule of ['holds', 'contradicted', 'undecided']) expect(text).toContain(`**${rule}**`)
  for (const name of Object.keys(STUDY.arms))
    expect(row(`| **${name}** | ${STUDY.arms[name].what}`)).not.toBe('')
  // Linked figures and existing figures are the same.
  const linked = [...`${text}${details}`.matchAll(/\]\(study\/([^)]+)\)/g)].map(([, name]) => name).sort()
  expect(linked).toEqual(files)
  expect(files).toContain('duet-modes.svg')
  expect(existsSync(join(at, 'study', 'duet-final.svg'))).toBe(true)
  expect(`${text}${details}`).not.toMatch(/NaN|undefined|Infinity/)
})

test('without remarks there is no section for them; with one seed there is no interval', () => {
  const { text } = written([run('ilr', 1, [0.5, 0.8], [{}, cost])])
  expect(text).not.toContain('How the results are read')
  expect(text).toContain('| **ilr** | 1 | 80.0 % | – |')
})

test('figures are well-formed, with background, title, units and a name for every line, and without NaN', () => {
  const { files, svg } = written(RUNS)
  for (const name of files) {
    const text = svg(name)
    expect(text).not.toMatch(/NaN|undefined|Infinity/)
    expect(unclosed(text)).toEqual([])
    expect(text).toContain('fill="#ffffff"')
    expect(text).toMatch(/<title>Duet: /)
  }
  const curves = svg('duet-solo-by-trained-tokens.svg')
  for (const label of ['trained tokens, all peers', 'mean solo accuracy', '>ilr<', '>solo<'])
    expect(curves).toContain(label)
  expect(curves.match(/<polygon/g)).toHaveLength(2)
  for (const label of ['analyze', 'update', '4.00 s']) expect(svg('duet-cost.svg')).toContain(label)
})

/** Returns elements that are opened and not closed, or closed and not opened, in order. */
function unclosed(svg: string): string[] {
  const open: string[] = []
  for (const [, slash, name, self] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (self) continue
    if (!slash) open.push(name)
    else if (open.pop() !== name) return [name]
  }
  return open
}

test('labels do not overlap and stay inside', () => {
  const { files, svg } = written(RUNS)
  for (const name of files) {
    const text = svg(name)
    const width = Number(/width="(\d+)"/.exec(text)?.[1])
    const boxes = [...text.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</g)]
      .filter(([all, , , label]) => label !== '' && !all.includes('rotate'))
      .map(([all, x, y, label]) => {
        const size = label.length * (all.includes('font-size="15"') ? 8.5 : 6.8)
        const left = Number(x) - (all.includes('"middle"') ? size / 2 : all.includes('"end"') ? size : 0)
        return { label, left, right: left + size, y: Number(y) }
      })
    expect(boxes.length).toBeGreaterThan(8)
    for (const [i, a] of boxes.entries()) {
      expect(a.left >= 0 && a.right <= width, `${name}: ${a.label}`).toBe(true)
      for (const b of boxes.slice(i + 1))
        expect(
          Math.abs(a.y - b.y) < 11 && a.left < b.right && b.left < a.right,
          `${name}: ${a.label} on ${b.label}`,
        ).toBe(false)
    }
  }
})

describe('curves', () => {
  const path = (seed: number, places: readonly (readonly [number, number])[]): StudyRun => {
    const job = { scenario: 'duet', arm: 'ilr', seed }
    return { ...job, lines: places.map(([trainedTokens, solo]) => line(job, solo, { trainedTokens })) }
  }
  const of = (...runs: StudyRun[]) =>
    meanCurve(
      runs,
      ({ trainedTokens }) => trainedTokens,
      ({ solo }) => solo.ada,
    )

  test('evaluated at the same points are averaged there', () => {
    const curve = of(
      path(1, [
        [0, 0],
        [10, 0.4],
      ]),
      path(2, [
        [0, 0.2],
        [10, 0.6],
      ]),
    )
    expect(curve.map(({ x, y }) => [x, Number(y.toFixed(9))])).toEqual([
      [0, 0.1],
      [10, 0.5],
    ])
  })

  test('evaluated elsewhere are interpolated linearly, as far as all of them go', () => {
    const curve = of(
      path(1, [
        [0, 0],
        [24, 0.24],
      ]),
      path(2, [
        [0, 0],
        [12, 0.24],
        [48, 0.24],
      ]),
    )
    expect(curve.at(-1)?.x).toBe(24)
    const at = (x: number) => curve.find((point) => point.x === x)?.y
    expect(at(6)).toBeCloseTo((0.06 + 0.12) / 2, 9)
    expect(at(24)).toBeCloseTo(0.24, 9)
  })
})

test('axes have round ticks that cover all values', () => {
  for (const values of [
    [0, 1],
    [0.37, 0.82],
    [-3.2, 12],
    [5, 5],
    [0, 0],
    [0, 123456],
  ]) {
    const scale = scaleOf(values, 100, 300)
    expect(scale.ticks[0]).toBeLessThanOrEqual(Math.min(...values))
    expect(scale.ticks.at(-1)).toBeGreaterThanOrEqual(Math.max(...values))
    expect(scale(scale.ticks[0])).toBe(100)
    expect(scale(scale.ticks.at(-1) ?? 0)).toBe(300)
    expect(scale.ticks.length).toBeLessThan(9)
  }
  expect(scaleOf([0.37, 0.82], 0, 1).ticks).toEqual([0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
})

test.each([
  [percent(0.6144), '61.4 %'],
  [points(0.05), '+5.0'],
  [points(-0.05), '−5.0'],
  [points(-0.0001), '0.0'],
  [countText(999), '999'],
  [countText(12345), '12.3 k'],
  [countText(1_234_567), '1.23 M'],
  [durationText(45), '45 s'],
  [durationText(1800), '30 min 0 s'],
  [durationText(11_100), '3 h 5 min'],
  [withInterval({ mean: 0.5, interval: [0.4, 0.6], n: 2 }, percent), '50.0 % [40.0, 60.0]'],
  [withInterval({ mean: 0.5, interval: null, n: 1 }, percent), '50.0 %'],
  [withInterval(null, percent), '–'],
])('%s', (found, wanted) => expect(found).toBe(wanted))
