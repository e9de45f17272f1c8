import type { RunConfig } from '../../config/config'
import { presetConfig } from '../../config/presets'
import { modelOptions, type RunPlace } from './model_options'
import { openRun } from './open_run'

/** The run whose digest the README tells, that digest, and the one after two steps, which a test computes. */
export const REFERENCE_RUN: RunConfig = presetConfig('duet', { steps: 12, seed: 7 })
export const REFERENCE_DIGEST = 'd7d44ecc3cb46ceb71e97ef6e7a2d667d0b280a09d3eacbfc710172717be55f0'
export const SECOND_STEP_DIGEST = '0c63269b3a5da4d5f3cd1a29bf781728abd5994f053b10aca34d9235310c60df'

export interface Reproduction {
  readonly on: RunPlace
  readonly cores: number
}

/** Two cores are one for each peer of the reference run, four are two. */
export const REPRODUCED: readonly Reproduction[] = [
  { on: 'node', cores: 2 },
  { on: 'node', cores: 4 },
  { on: 'chromium', cores: 2 },
  { on: 'chromium', cores: 4 },
  { on: 'firefox', cores: 2 },
  { on: 'firefox', cores: 4 },
  { on: 'webkit', cores: 2 },
  { on: 'webkit', cores: 4 },
]

/**
 * Runs a configuration somewhere and yields its digest after each step.
 * @throws what ended the run
 */
export async function* digestsOf(
  config: RunConfig,
  { on, cores }: Reproduction,
): AsyncGenerator<string, void, undefined> {
  const { signal } = new AbortController()
  const options = { place: on, cores, models: modelOptions(null), transfer: {}, signal }
  for await (const event of await openRun(config, { ...options, say: () => undefined }))
    if (event.type === 'step' && event.digest !== undefined) yield event.digest
}
