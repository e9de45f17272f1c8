import type { RunConfig } from '../runs/config'
import { presetConfig } from '../runs/presets'
import { modelOptions } from './model_options'
import { openRun, type RunPlace } from './open_run'

/** The run whose digest the README tells, that digest, and the one after two steps, which a test computes. */
export const REFERENCE_RUN: RunConfig = presetConfig('duet', { steps: 12, seed: 7 })
export const REFERENCE_DIGEST = '285e5559bb5c146f17912d78105a89096c160db67f692b02f1815c3b77146ddd'
export const SECOND_STEP_DIGEST = 'b52c057340ad45db4fe14d75335918b247ec7d351e81b72a793be0da3015edf1'

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
  const wishes = { place: on, cores, models: modelOptions(null), travel: {}, signal }
  for await (const event of await openRun(config, { ...wishes, say: () => undefined }))
    if (event.type === 'step' && event.digest !== undefined) yield event.digest
}
