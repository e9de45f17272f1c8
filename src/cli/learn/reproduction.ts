import type { RunConfig } from '../../config/config'
import { presetConfig } from '../../config/presets'
import { modelOptions, type RunPlace } from './model_options'
import { openRun } from './open_run'

/** The run whose digest the README tells, that digest, and the one after two steps, which a test computes. */
export const REFERENCE_RUN: RunConfig = presetConfig('duet', { steps: 12, seed: 7 })
export const REFERENCE_DIGEST = 'a71fd333beb155777f4b29f7d6d3da6f2cd7f79d420060d45ebbc59ad0b19ea4'
export const SECOND_STEP_DIGEST = '1cdb7341d360e9d20970e4ccbad3a6d8c4804d9fe13968165c7e5ecddc8b2a82'

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
