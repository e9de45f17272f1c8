import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const out = mkdtempSync(join(tmpdir(), 'colloquy-study-'))
/** Runs the command in another process, because a run of minutes must not block this one. */
function command(args: readonly string[]) {
  return new Promise<{ status: number; stderr: string }>((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', 'src/cli/study.ts', ...args], (error, _, stderr) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, stderr }),
    )
  })
}
const study = () => command(['--quick', '--out', out])
const lines = () =>
  readFileSync(join(out, 'results.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)

afterAll(() => rmSync(out, { recursive: true, force: true }))

describe('npm run study -- --quick', () => {
  beforeAll(async () => {
    const { status, stderr } = await study()
    expect(status, stderr).toBe(0)
  }, 900_000)

  it('writes one line per evaluation, of every scenario and arm', () => {
    const runs = new Set(lines().map(({ scenario, arm }) => `${scenario} ${arm}`))
    const arms = ['ilr', 'solo', 'share-only']
    expect([...runs].sort()).toEqual(
      ['duet', 'halves'].flatMap((scenario) => arms.map((arm) => `${scenario} ${arm}`)).sort(),
    )
    for (const line of lines())
      expect(Object.keys(line)).toEqual(
        expect.arrayContaining([
          ...['scenario', 'arm', 'seed', 'step', 'solo', 'idea3'],
          ...['trainedTokens', 'generatedTokens', 'seconds', 'n'],
        ]),
      )
  })

  it('runs the controls until they have used the tokens of ILR', () => {
    const ends = lines().filter(({ final }) => final)
    for (const scenario of ['duet', 'halves']) {
      const of = (arm: string) => ends.find((line) => line.scenario === scenario && line.arm === arm)
      for (const arm of ['solo', 'share-only'])
        for (const tokens of ['trainedTokens', 'generatedTokens'])
          expect(of(arm)?.[tokens]).toBeGreaterThanOrEqual(Number(of('ilr')?.[tokens]))
    }
  })

  it('writes table, figures and document, and does not repeat finished runs', async () => {
    expect(existsSync(join(out, 'results.csv'))).toBe(true)
    const document = readFileSync(join(out, 'study.md'), 'utf8')
    expect(document).toMatch(/share-only/)
    const figures = readdirSync(join(out, 'study')).filter((name) => name.endsWith('.svg'))
    expect(figures.length).toBeGreaterThan(4)
    const before = readFileSync(join(out, 'results.jsonl'), 'utf8')
    const again = await study()
    expect(again.status, again.stderr).toBe(0)
    expect(readFileSync(join(out, 'results.jsonl'), 'utf8')).toBe(before)
  })

  it('refuses results of another study', async () => {
    const { status, stderr } = await command(['--scenario', 'duet', '--out', out])
    expect(status).toBe(1)
    expect(stderr).toMatch(/results of configuration [0-9a-f]+, wanted configuration [0-9a-f]+/)
  })
})
