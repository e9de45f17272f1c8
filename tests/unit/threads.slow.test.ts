import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

async function computed(threads: number): Promise<string> {
  const script = ['node_modules/tsx/dist/cli.mjs', 'tests/unit/threads_computed.ts']
  const { stdout } = await promisify(execFile)(process.execPath, [...script, String(threads)])
  expect(stdout.trim()).toMatch(/^[0-9a-f]{64}$/)
  return stdout
}

test('an engine on f32 weights gives the same bits for any number of threads', {
  timeout: 120_000,
}, async () => {
  const [one, four] = await Promise.all([computed(1), computed(4)])
  expect(four).toBe(one)
})
