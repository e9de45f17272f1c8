import type { RunConfig } from '../runs/config'
import { presetConfig } from '../runs/presets'
import { modelOptions } from './model_options'
import { openRun, type RunPlace } from './open_run'

/** The run whose digest the README tells, and that digest. */
export const REFERENCE_RUN: RunConfig = presetConfig('duet', { steps: 12, seed: 7 })
export const REFERENCE_DIGEST = 'cfddc4544ef61d5df0fe69f8cc24dd45a66aa7fb168f10ce0aaf8ae94f187d85'

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
 * The digest of a run somewhere.
 * @param onStep told the number of steps finished
 * @throws what ended the run
 */
export async function digestOf(
  config: RunConfig,
  { on, cores }: Reproduction,
  onStep: (step: number) => void = () => undefined,
): Promise<string> {
  const { signal } = new AbortController()
  const wishes = { place: on, cores, models: modelOptions(null), travel: {}, signal }
  for await (const event of await openRun(config, { ...wishes, say: () => undefined })) {
    if (event.type === 'step') onStep(event.step)
    if (event.type === 'done') return event.digest
  }
  throw new Error('the run ended before its end')
}
