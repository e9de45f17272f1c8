import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { repeatsOf, repeatsOfAll } from '../../src/model/repeats'
import { smallConfig } from '../reference/small_model'

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

test('where a run repeats follows from backend and model, for several peers from the least of them', () => {
  const small = smallConfig('llama')
  // Half a GiB in f32 are its embedding and its head each: the layers have no room.
  const large = smallConfig('llama', { vocabSize: 2 ** 17, hiddenSize: 2 ** 10 })
  expect(repeatsOf('wasm', small)).toBe('exact')
  expect(repeatsOf('wasm', large)).toBe('threads')
  expect(repeatsOf('webgpu', small)).toBe('device')
  expect(repeatsOfAll([{}, { repeats: 'exact' }])).toBe('exact')
  expect(repeatsOfAll([{ repeats: 'exact' }, { repeats: 'threads' }])).toBe('threads')
  expect(repeatsOfAll([{ repeats: 'device' }, { repeats: 'threads' }])).toBe('device')
})
