import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findFirefox, findWebKit } from '../../src/cli/browser'
import { REPRODUCED } from '../../src/cli/reproduction'
import { readLink, shareLink } from '../../src/runs/share_link'
import { learn } from './learn_command'

const folder = mkdtempSync(join(tmpdir(), 'colloquy-learn-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Line {
  readonly type: string
  readonly step?: number
  readonly digest?: string
  readonly metrics?: Record<string, number>
  readonly [field: string]: unknown
}

const TINY = ['--steps', '2', '--questions', '2', '--group', '2', '--eval-every', '1', '--eval-size', '10']

async function run(name: string, env: NodeJS.ProcessEnv = {}, options: readonly string[] = []) {
  const json = join(folder, name)
  const { status, out, err } = await learn([...TINY, ...options, '--seed', '3', '--json', json], env)
  expect(err).not.toContain('error:')
  expect(status).toBe(0)
  const lines = readFileSync(json, 'utf8').trimEnd().split('\n')
  return { out, err, lines: lines.map((line) => JSON.parse(line) as Line) }
}

/** What is told before anything is loaded, where the arguments make a run. */
const MEMORY = /^Memory this run takes, at most about .*\n( {2}\S.*\n)+/

/** What may differ between two equal runs: how long they took. */
function timeless(lines: readonly Line[]): Line[] {
  const isTime = (name: string) => name === 'step_time' || name.startsWith('ilr/seconds/')
  return lines.map(({ seconds: _, metrics, ...line }) =>
    metrics
      ? { ...line, metrics: Object.fromEntries(Object.entries(metrics).filter(([name]) => !isTime(name))) }
      : line,
  )
}

/** The lines of a run in Chromium on all cores. */
let reference: Line[] = []

test('a browser and node give the same lines and the same digest', async () => {
  const browser = await run('browser.jsonl')
  expect(browser.err).toMatch(MEMORY)
  expect(browser.err.replace(MEMORY, '')).toMatch(/^Running in .*, backend wasm/)
  expect(browser.err).toContain('The digest is exact')
  // Whether an ability measurement is a new best is luck, after the first.
  const types = browser.lines.map(({ type }) => type).filter((type, i) => type !== 'best' || i < 3)
  expect(types).toEqual([
    'run',
    'repeats',
    'best',
    'eval',
    'exchange',
    'step',
    'eval',
    'exchange',
    'step',
    'eval',
    'done',
  ])
  expect(browser.lines.at(-1)?.digest).toMatch(/^[0-9a-f]{64}$/)
  for (const part of ['Held-out solo accuracy (10 questions)', 'A discussion of step 2', 'points'])
    expect(browser.out).toContain(part)

  reference = timeless(browser.lines)
  const node = await run('node.jsonl', { CHROME_PATH: join(folder, 'no-browser') })
  expect(node.err.replace(MEMORY, '')).toMatch(/^Running in node on wasm: CHROME_PATH is .*no-browser/)
  expect(timeless(node.lines)).toEqual(timeless(browser.lines))
})

test.for(REPRODUCED)('so does $on on $cores cores', async ({ on, cores }, { skip }) => {
  skip(on === 'firefox' && findFirefox() === null, 'no Firefox here')
  skip(on === 'webkit' && findWebKit() === null, 'no WebKit here')
  const { err, lines } = await run(`${on}-${cores}.jsonl`, {}, ['--on', on, '--cores', String(cores)])
  expect(err.replace(MEMORY, '')).toMatch(
    on === 'node' ? /^Running in node/ : /^Running in \S+ [\d.]+, backend wasm/,
  )
  expect(timeless(lines)).toEqual(reference)
})

test('a link to a run comes out the same, in node too; a doctored one is told apart, step and all', async () => {
  const first = await run('shared.jsonl')
  const [, link] = /--url '(#run=[\w-]+)'/.exec(first.out) ?? []
  const again = await learn(['--url', link], { CHROME_PATH: join(folder, 'no-browser') })
  expect(again.err).toContain('It came to digest')
  expect(again.err).not.toContain('warning')
  expect(again.out).toContain('Reproduced: all 2 steps came out the same')
  expect(again.status).toBe(0)

  const shared = readLink(link)?.shared
  if (!shared?.result) throw new Error('no result')
  const { result } = shared
  const doctored = shareLink('', {
    ...shared,
    models: shared.models.map((stamp) => stamp && { ...stamp, files: '00000000' }),
    result: { ...result, digest: result.digest.replace(/./, (digit) => (digit === '0' ? '1' : '0')) },
  })
  const other = await learn(['--url', doctored])
  expect(other.status).toBe(2)
  expect(other.out).toContain('parted from the shared one at step 2 of 2. Up to step 1 it was the same.')
  expect(other.err).toContain('another model than in the link: ada, bo')
})

test.each([
  [['--preset', 'duo'], {}, '--preset: found "duo", wanted one of: duet'],
  [['--json', join(folder, 'none', 'x')], {}, 'a file that cannot be written'],
  [
    ['--backend', 'webgpu'],
    { CHROME_PATH: '/no/browser' },
    '--backend webgpu: found CHROME_PATH is /no/browser',
  ],
])('%j ends with one sentence and status 1', async (args, env, message) => {
  const { status, out, err } = await learn(args, env)
  expect(status).toBe(1)
  expect(out).toBe('')
  expect(err.replace(MEMORY, '').trimEnd().split('\n')).toHaveLength(1)
  expect(err).toContain(message)
  expect(existsSync(join(folder, 'none'))).toBe(false)
})
