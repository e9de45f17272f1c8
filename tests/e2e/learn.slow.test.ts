/** The learn command everywhere it runs, and by links. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findFirefox, findWebKit } from '../../src/cli/browsers/browser'
import { REPRODUCED } from '../../src/cli/learn/reproduction'
import { readLink, shareLink } from '../../src/runs/share_link'
import { learn } from './learn_command'
import { type LearnRun, learnTiny, MEMORY, timeless } from './learn_runs'

const folder = mkdtempSync(join(tmpdir(), 'colloquy-learn-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let reference: LearnRun
beforeAll(async () => {
  reference = await learnTiny(folder, 'chromium.jsonl')
})

test.for(REPRODUCED)(
  '$on on $cores cores prints the lines of Chromium on all cores',
  async ({ on, cores }, { skip }) => {
    skip(on === 'firefox' && findFirefox() === null, 'no Firefox here')
    skip(on === 'webkit' && findWebKit() === null, 'no WebKit here')
    const { err, lines } = await learnTiny(folder, `${on}-${cores}.jsonl`, {}, [
      '--on',
      on,
      '--cores',
      String(cores),
    ])
    expect(err.replace(MEMORY, '')).toMatch(
      on === 'node' ? /^Running in node/ : /^Running in \S+ [\d.]+, backend wasm/,
    )
    expect(timeless(lines)).toEqual(timeless(reference.lines))
  },
)

test('a linked run reproduces, in node too; a forged one is detected, with its step', async () => {
  const [, link] = /--url '(#run=[\w-]+)'/.exec(reference.out) ?? []
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
    models: shared.models.map((fingerprint) => fingerprint && { ...fingerprint, print: '00000000' }),
    result: { ...result, digest: result.digest.replace(/./, (digit) => (digit === '0' ? '1' : '0')) },
  })
  const other = await learn(['--url', doctored])
  expect(other.status).toBe(2)
  expect(other.out).toContain('parted from the shared one at step 2 of 2. Up to step 1 it was the same.')
  expect(other.err).toContain('another model than in the link: ada, bo')
})

test.each([
  [['--preset', 'duo'], {}, '--preset: found "duo", wanted one of: halves, duet'],
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
