import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findBrowser, findFirefox } from '../../src/cli/browser'
import { digestOf, REPRODUCED } from '../../src/cli/reproduction'
import { presetConfig } from '../../src/runs/presets'

const folder = mkdtempSync(join(tmpdir(), 'colloquy-digest-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Ideas, analyses, answers, updates and evaluations of two steps, each on a few questions. */
const config = presetConfig('duet', {
  steps: 2,
  questionsPerStep: 3,
  numGenerations: 4,
  evalEvery: 1,
  evalSize: 6,
  abilityQuestions: 6,
  difficultyReferences: 3,
  seed: 7,
})

const found = { chromium: findBrowser(), firefox: findFirefox(), node: process.execPath }
let expected: string

beforeAll(async () => {
  expected = await digestOf(config, { on: 'node', cores: 2 })
})

describe('the digest of node on two cores comes out', () => {
  test.for(REPRODUCED)('in $on on $cores cores', async ({ on, cores }, { skip }) => {
    skip(found[on] === null, `no ${on} here`)
    expect(await digestOf(config, { on, cores })).toBe(expected)
  })
})
