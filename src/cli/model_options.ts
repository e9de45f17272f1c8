import { hubAddress } from '../hub/context'
import { DEFAULT_FOLDER } from '../hub/folder_store'
import { DEFAULT_HUB } from '../hub/source'

/** Where a command finds models, and whether it may fetch them. */
export interface ModelOptions {
  readonly hub: string
  /** The folder that downloaded models are kept in. */
  readonly cache: string
  /** Agreed beforehand to what is missing. */
  readonly yes: boolean
}

/** The options every command with models has, as its help lists them. */
export const MODEL_OPTIONS = {
  hub: { value: 'URL', help: `Another hub than ${DEFAULT_HUB}; HF_ENDPOINT says so, too` },
  cache: { value: 'DIR', help: 'Where downloaded models are kept; ~/.cache/colloquy' },
  yes: { value: '', help: 'Download what is missing without asking' },
} as const

/** @throws ColloquyError `config` for an address that is none */
export function modelOptions(
  given: Readonly<Record<string, string | undefined>>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ModelOptions {
  return {
    hub: hubAddress(given.hub ?? (environment.HF_ENDPOINT || DEFAULT_HUB), 'Change --hub or HF_ENDPOINT'),
    cache: given.cache ?? DEFAULT_FOLDER,
    yes: given.yes !== undefined,
  }
}
