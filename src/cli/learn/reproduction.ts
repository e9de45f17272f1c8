import type { RunConfig } from '../../config/config'
import { presetConfig } from '../../config/presets'
import { modelOptions, type RunPlace } from './model_options'
import { openRun } from './open_run'

/** The run whose digest the README tells, that digest, and the one after two steps, which a test computes. */
export const REFERENCE_RUN: RunConfig = presetConfig('duet', { steps: 12, seed: 7 })
export const REFERENCE_DIGEST = 'f52840424a72e9041fedec43e59d651ac3ec46c703384fe9583791100479bc39'
export const SECOND_STEP_DIGEST = '2c9fca2196bda0aa0d4fa7da3d7a3fb6af931ec5345624e665c6e1a4cb3f612b'

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
