/** Counts the GPU calls of an update and of a decoded token, so that no change adds any unnoticed. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { measureEncoding } from '../../src/bench/encode/measure'
import { NEW_TOKENS, WORK } from '../../src/bench/encode/order'
import { WEBGPU_PACKAGE } from '../../src/cli/bench/native_options'

const LAYERS = 3
/** Upper bounds at three layers. Counts do not vary, unlike times. */
const MOST = {
  update: { dispatches: 841, submissions: 18 },
  forward: { dispatches: 213, submissions: 8 },
  decode: { dispatches: 53 * LAYERS * NEW_TOKENS, submissions: 2 * NEW_TOKENS },
}

it('CI installs the version of Dawn that the command asks for', () => {
  expect(readFileSync('.ci/run', 'utf8')).toContain(` ${WEBGPU_PACKAGE}\n`)
})

it('an update, a forward pass and a token take no more GPU calls than before', async ({ skip }) => {
  if (!existsSync('node_modules/webgpu')) return skip(`npm install --no-save ${WEBGPU_PACKAGE}`)
  const order = { layers: LAYERS, sides: ['Colloquy'], rounds: 1 } as const
  const { Colloquy: samples } = await measureEncoding(process.cwd(), order)
  for (const name of WORK) {
    expect(samples[name]).toHaveLength(1)
    const [{ dispatches, submissions }] = samples[name]
    expect(dispatches, name).toBeGreaterThan(40 * LAYERS)
    expect(dispatches, name).toBeLessThanOrEqual(MOST[name].dispatches)
    expect(submissions, name).toBeGreaterThan(0)
    expect(submissions, name).toBeLessThanOrEqual(MOST[name].submissions)
  }
}, 300_000)
