import type { RunTransfer } from '../../../workers/run_host'
import { hubAddress } from '../../hub/context'
import { DEFAULT_FOLDER } from '../../hub/folder_store'
import { DEFAULT_HUB } from '../../hub/source'
import type { GivenOptions, Options } from '../options'

/** Where a command finds models, and whether it may fetch them. */
export interface ModelOptions {
  readonly hub: string
  /** The folder that downloaded models are kept in. */
  readonly cache: string
  /** Agreed beforehand to what is missing. */
  readonly yes: boolean
}

/** The options of every command that reads models. */
export const MODEL_OPTIONS = {
  hub: { value: 'URL', help: `Hub of the models; HF_ENDPOINT or ${DEFAULT_HUB} unless given` },
  cache: { value: 'DIR', help: 'Where downloaded models are kept; ~/.cache/colloquy unless given' },
  yes: { help: 'Download what is missing without asking' },
} satisfies Options

/**
 * @param given null for a command that has no such options
 * @throws ColloquyError `config` for an address that is none
 */
export function modelOptions(
  given: Pick<GivenOptions<typeof MODEL_OPTIONS>, 'has' | 'text'> | null,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ModelOptions {
  const hub = given?.text('hub') ?? (environment.HF_ENDPOINT || DEFAULT_HUB)
  return {
    hub: hubAddress(hub, 'Change --hub or HF_ENDPOINT'),
    cache: given?.text('cache') ?? DEFAULT_FOLDER,
    yes: given?.has('yes') ?? false,
  }
}

/** Where a run of the command line computes. */
export const RUN_PLACES = ['chromium', 'firefox', 'webkit', 'node'] as const
export type RunPlace = (typeof RUN_PLACES)[number]

export interface RunOptions {
  /** Null: in Chrome, Chromium or Edge where one is found and starts, else in node, saying so. */
  readonly place: RunPlace | null
  /** Cores to use; null is all there are. */
  readonly cores: number | null
  readonly models: ModelOptions
  readonly transfer: RunTransfer
  readonly signal: AbortSignal
  /** Told where it runs. */
  say(text: string): void
}
