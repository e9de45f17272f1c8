import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test, vi } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
  scripts: Record<string, string>
}

/** All our commands: those that `tsx` runs, once each. The others belong to vite and the checkers. */
const COMMANDS: [name: string, file: string][] = [['peft', 'tests/peft/cli.ts']]
for (const [name, line] of Object.entries(scripts)) {
  const [, file] = /^tsx (\S+)/.exec(line) ?? []
  if (file !== undefined && !COMMANDS.some(([, known]) => known === file)) COMMANDS.push([name, file])
}

interface Answer {
  readonly out: string
  readonly err: string
  /** Exit status. */
  readonly status: number
}

class Exit extends Error {}

/** Runs a command with one argument in this process; the command reads its arguments on import. */
async function answer(file: string, argument: string): Promise<Answer> {
  // A command that does not read its options would start to work here.
  expect(readFileSync(ROOT + file, 'utf8')).toMatch(/^await runCommand\(/m)
  const out = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const err = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => {
    throw new Exit()
  })
  process.argv = [process.execPath, file, argument]
  const ended = await import(/* @vite-ignore */ `${ROOT}${file}?${argument}`).then(
    () => null,
    (error: unknown) => error,
  )
  if (ended !== null && !(ended instanceof Exit)) throw ended
  const text = (spy: typeof out) => spy.mock.calls.map((parts) => parts.join(' ')).join('\n')
  return { out: text(out), err: text(err), status: Number(exit.mock.calls[0]?.[0] ?? 0) }
}

const { argv } = process
afterEach(() => {
  vi.restoreAllMocks()
  process.argv = argv
})

test('the commands are found', () => {
  expect(COMMANDS.map(([name]) => name)).toEqual(
    expect.arrayContaining(['start', 'learn', 'record', 'kills']),
  )
})

describe.each(COMMANDS)('%s', (name, file) => {
  test('answers --help with its usage, and does nothing else', async () => {
    const { out, err, status } = await answer(file, '--help')
    const usage = name === 'peft' ? `npx tsx ${file}` : new RegExp(`^npm (run )?${name} -- `)
    expect(out).toMatch(usage)
    expect(out).toMatch(/^ {2}--help {2,}\S/m)
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(110)
    expect({ err, status }).toEqual({ err: '', status: 0 })
  })

  test('refuses an option that it does not have in one line that names the closest', async () => {
    const { out, err, status } = await answer(file, '--no-such-option')
    expect(err).toMatch(/^error: option --no-such-option: .* the closest is --[a-z-]+\. See .* --help\.$/)
    expect({ out, status }).toEqual({ out: '', status: 1 })
  })
})
