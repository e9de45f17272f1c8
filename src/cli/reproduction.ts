import type { RunConfig } from '../runs/config'
import { presetConfig } from '../runs/presets'
import { modelOptions } from './model_options'
import { openRun, type RunPlace } from './open_run'

/** The run whose digest the README tells, that digest, and the one after two steps, which a test computes. */
export const REFERENCE_RUN: RunConfig = presetConfig('duet', { steps: 12, seed: 7 })
export const REFERENCE_DIGEST = 'cfddc4544ef61d5df0fe69f8cc24dd45a66aa7fb168f10ce0aaf8ae94f187d85'
export const SECOND_STEP_DIGEST = '0ea3353dec374e2e1dfba9f8a16c907356f8367bf86fb57525f614dd3d774332'

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
