import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BenchEntry, readResults } from '../../src/bench/results'

const folder = mkdtempSync(join(tmpdir(), 'colloquy-bench-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The command, as another process: minutes of work must not hold this one up. */
function command(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', 'src/cli/bench.ts', ...args],
      { env: { ...process.env, NODE_ENV: 'production', ...env } },
      (error, stdout, stderr) =>
        resolve({ status: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })
}

describe('npm run bench -- --quick', () => {
  const file = join(folder, 'results.json')
  let printed = ''
  let entries: BenchEntry[] = []

  beforeAll(async () => {
    const suites = ['decode', 'logprobs', 'train', 'memory']
    const { status, stdout, stderr } = await command([...suites, '--quick', '--out', file])
    expect(status, stderr).toBe(0)
    printed = stdout
    entries = readResults(file)
  }, 280_000)

  const figuresOf = (suite: BenchEntry['suite']) =>
    entries.find((entry) => entry.suite === suite)?.figures ?? []

  it('leaves an entry for every suite that says where it was taken', () => {
    expect(entries.map(({ suite }) => suite)).toEqual(['decode', 'logprobs', 'train', 'memory'])
    for (const entry of entries) {
      expect(entry).toMatchObject({ place: 'wasm', quick: true, adapter: null, peer: 'ada' })
      expect(entry.machine.cores).toBeGreaterThan(0)
      expect(Object.keys(entry.versions)).toEqual(expect.arrayContaining(['chromium', 'onnxruntime-web']))
      expect(entry.setting.join()).not.toMatch(/NaN|undefined|Infinity|could not/)
    }
  })

  it('has as many samples of each side that took turns, all of them numbers', () => {
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
    expect(value('decode', /both write alike/)).toBe(100)
    expect(value('logprobs', /largest difference/)).toBeLessThan(1e-4)
    expect(value('train', /difference of their gradients/)).toBeLessThan(1e-5)
    for (const name of [/norm of jax-js/, /norm of TensorFlow/])
      expect(value('train', name)).toBeLessThan(1e-3)
    expect(value('memory', /JavaScript heap/)).toBeGreaterThan(1e6)
  })

  it('prints a table of each', () => {
    for (const suite of ['decode', 'logprobs', 'train', 'memory'])
      expect(printed).toMatch(new RegExp(`^${suite} on wasm, `, 'm'))
    expect(printed).toMatch(/^sampled at temperature 1 .* tokens\/s +transformers\.js .* ≥ 3 ×/m)
  })
})

describe('npm run bench in node', () => {
  it('runs without a browser', async () => {
    const env = { CHROME_PATH: join(folder, 'no-browser') }
    const { status, stdout, stderr } = await command(['decode', '--quick', '--on', 'node'], env)
    expect(status, stderr).toBe(0)
    expect(stdout).toMatch(/^decode on node, /)
    expect(stdout).toMatch(/^sampled at temperature 1 +[\d.,]+ tokens\/s$/m)
  })

  it('ends with one sentence where a browser is wanted and there is none', async () => {
    const { status, stderr } = await command(['decode', '--quick'], {
      CHROME_PATH: join(folder, 'no-browser'),
    })
    expect(status).toBe(1)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(stderr).toMatch(/^error: npm run bench: found no Chrome/)
  })
})
