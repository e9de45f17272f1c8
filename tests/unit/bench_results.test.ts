import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type BenchEntry, mergeEntries, readResults, resultsText, writeText } from '../../src/bench/results'
import { benchEntry } from './bench_entry'

const writeResults = (path: string, entries: readonly BenchEntry[]) => writeText(path, resultsText(entries))
const folder = mkdtempSync(join(tmpdir(), 'colloquy-bench-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('results', () => {
  const entries = [
    benchEntry({ suite: 'decode', place: 'wasm', commit: 'old' }),
    benchEntry({ suite: 'train', place: 'wasm', commit: 'old' }),
  ]

  it('replace those of their suite and place, and no others', () => {
    const merged = mergeEntries(entries, [
      benchEntry({ suite: 'decode', place: 'node', commit: 'new' }),
      benchEntry({ suite: 'train', place: 'wasm', commit: 'new' }),
    ])
    expect(merged.map(({ suite, place, commit }) => `${suite} ${place} ${commit}`)).toEqual([
      'decode wasm old',
      'decode node new',
      'train wasm new',
    ])
  })

  it('of a GPU and of a software GPU are kept side by side', () => {
    const adapter = { vendor: 'v', architecture: '', description: '' }
    const played = benchEntry({ place: 'webgpu', adapter: { ...adapter, software: true } })
    const real = benchEntry({ place: 'webgpu', adapter: { ...adapter, software: false } })
    expect(mergeEntries([played], [real])).toEqual([real, played])
    expect(mergeEntries([played, real], [{ ...real, commit: 'new' }])).toEqual([
      { ...real, commit: 'new' },
      played,
    ])
  })

  it('are read as written, samples to five digits, one figure per line', () => {
    const path = join(folder, 'new', 'results.json')
    const figure = (sample: number) => ({
      ...{ name: 'time', unit: 's', lessIsBetter: true, bars: [] },
      sides: [{ name: 'Colloquy', samples: [sample] }],
    })
    writeResults(path, [benchEntry({ figures: [figure(1.23456789)] })])
    expect(readResults(path)).toEqual([benchEntry({ figures: [figure(1.2346)] })])
    const lines = readFileSync(path, 'utf8').split('\n')
    expect(lines.filter((line) => line.includes('"time"'))).toHaveLength(1)
  })

  it('are empty without a file, and refused for another kind of file', () => {
    expect(readResults(join(folder, 'none.json'))).toEqual([])
    for (const text of ['{', '[]', '{"entries": 1}']) {
      const path = join(folder, 'other.json')
      writeFileSync(path, text)
      expect(() => readResults(path)).toThrow(/wanted results of npm run bench/)
      expect(readFileSync(path, 'utf8')).toBe(text)
    }
  })

  it('are ordered by suite and place', () => {
    const names = [
      ['scaling', 'wasm'],
      ['decode', 'node'],
      ['train', 'webgpu'],
      ['decode', 'wasm'],
    ] as const
    const merged = names.reduce(
      (all, [suite, place]) => mergeEntries(all, [benchEntry({ suite, place })]),
      [] as ReturnType<typeof mergeEntries>,
    )
    const found = merged.map(({ suite, place }) => `${suite} ${place}`)
    expect(found).toEqual(['decode wasm', 'decode node', 'train webgpu', 'scaling wasm'])
  })

  it('keep values that are no numbers, and a missing adapter', () => {
    const path = join(folder, 'nan.json')
    const sides = [{ name: 'Colloquy', samples: [Number.NaN, 1] }]
    writeResults(path, [
      benchEntry({ figures: [{ name: 'a', unit: '', lessIsBetter: true, sides, bars: [] }] }),
    ])
    const [entry] = readResults(path)
    expect(entry.figures[0].sides).toEqual(sides)
    expect(entry.adapter).toBeNull()
  })

  it('written again are the same text', () => {
    const path = join(folder, 'again.json')
    const points = [{ x: 65_536, seconds: [1.23456789, 2] }]
    const fit = {
      cost: 'update',
      against: 'layers',
      points,
      exponent: 1.2345678,
      standardError: 0,
      own: 1,
      why: 'linear',
    }
    const text = resultsText([benchEntry({ fits: [fit], setting: [] }), benchEntry({ suite: 'load' })])
    writeFileSync(path, text)
    expect(resultsText(readResults(path))).toBe(text)
    expect(readResults(path)[0].fits[0].points[0]).toEqual({ x: 65_536, seconds: [1.2346, 2] })
  })

  it('report the path that cannot be written', () => {
    const path = join(folder, 'file')
    writeFileSync(path, '')
    expect(() => writeResults(join(path, 'results.json'), [])).toThrow(/cannot be written \(\w+\)/)
  })
})
