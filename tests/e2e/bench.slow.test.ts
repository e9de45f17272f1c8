import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BenchEntry, readResults } from '../../src/bench/results'
import { bench } from './bench_command'

const folder = mkdtempSync(join(tmpdir(), 'colloquy-bench-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('npm run bench -- --quick', () => {
  const file = join(folder, 'results.json')
  let printed = ''
  let entries: BenchEntry[] = []

  beforeAll(async () => {
    const suites = ['decode', 'logprobs', 'train', 'memory']
    const { status, stdout, stderr } = await bench([...suites, '--quick', '--out', file])
    expect(status, stderr).toBe(0)
    printed = stdout
    entries = readResults(file)
  }, 900_000)

  const figuresOf = (suite: BenchEntry['suite']) =>
    entries.find((entry) => entry.suite === suite)?.figures ?? []

  it('writes an entry for every suite, with its place', () => {
    expect(entries.map(({ suite }) => suite)).toEqual(['decode', 'logprobs', 'train', 'memory'])
    for (const entry of entries) {
      expect(entry).toMatchObject({ place: 'wasm', quick: true, adapter: null, peer: 'ada' })
      expect(entry.machine.cores).toBeGreaterThan(0)
      expect(Object.keys(entry.versions)).toEqual(expect.arrayContaining(['chromium', 'onnxruntime-web']))
      expect(entry.setting.join()).not.toMatch(/NaN|undefined|Infinity|could not/)
    }
  })

  it('has equally many numeric samples of each side that took turns', () => {
    for (const { figures } of entries)
      for (const { name, sides } of figures) {
        const counts = new Set(sides.map(({ samples }) => samples.length))
        if (sides.length > 1 && !name.startsWith('arithmetic')) expect(counts.size, name).toBe(1)
        for (const { samples } of sides)
          for (const sample of samples) expect(Number.isFinite(sample), name).toBe(true)
      }
  })

  it('compares with the other libraries, which compute the same', () => {
    const names = (suite: BenchEntry['suite']) =>
      new Set(figuresOf(suite).flatMap(({ sides }) => sides.map(({ name }) => name)))
    expect(names('decode')).toContain('transformers.js')
    for (const name of ['jax-js', 'TensorFlow.js', 'forward alone', 'every sequence apart'])
      expect(names('train')).toContain(name)
    const value = (suite: BenchEntry['suite'], name: RegExp) =>
      figuresOf(suite).find((figure) => name.test(figure.name))?.sides[0].samples[0]
    expect(value('decode', /equal greedy/)).toBe(100)
    expect(value('logprobs', /logprob difference/)).toBeLessThan(1e-4)
    expect(value('train', /gradient difference/)).toBeLessThan(1e-5)
    for (const name of [/norm of jax-js/, /norm of TensorFlow/])
      expect(value('train', name)).toBeLessThan(1e-3)
    expect(value('memory', /JavaScript heap/)).toBeGreaterThan(1e6)
  })

  it('prints a table of each', () => {
    for (const suite of ['decode', 'logprobs', 'train', 'memory'])
      expect(printed).toMatch(new RegExp(`^${suite} on wasm, `, 'm'))
    expect(printed).toMatch(/^sampling speed at temperature 1 .* tokens\/s +transformers\.js .* ≥ 3 ×/m)
  })
})
