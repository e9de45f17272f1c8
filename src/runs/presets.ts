import { ColloquyError } from '../errors'
import type { RunConfig } from './config'
import { parseRunConfig } from './config'

export interface Preset {
  /** One line for people who choose. */
  readonly title: string
  /** What differs from the defaults of `runConfigSchema`. */
  readonly settings: Partial<Omit<RunConfig, 'preset' | 'version'>> & Pick<RunConfig, 'peers'>
}

export const PRESETS: Readonly<Record<string, Preset>> = {
  duet: {
    title: 'Ada and Bo: two tiny peers, each with skills the other lacks',
    settings: {
      peers: [
        { id: 'ada', source: 'models/ada' },
        { id: 'bo', source: 'models/bo' },
      ],
      steps: 24,
      evalEvery: 8,
      refreshAbilityEvery: 8,
      evalSize: 100,
      abilityQuestions: 50,
      learningRate: 1e-3,
      // Training the analysis by whether its verdicts are right keeps the discussion sound while S1 changes.
      trainStages: ['share', 'analyze', 'fuse'],
    },
  },
}

/**
 * A checked run configuration: the schema's defaults, then the preset's settings, then `overrides`.
 * @throws ColloquyError `config` for an unknown preset or a setting out of range.
 */
export function presetConfig(name: string, overrides: Partial<RunConfig> = {}): RunConfig {
  if (!Object.hasOwn(PRESETS, name))
    throw new ColloquyError({
      code: 'config',
      what: 'preset',
      found: JSON.stringify(name),
      wanted: `one of: ${Object.keys(PRESETS).join(', ')}`,
      todo: 'Choose a preset that exists',
    })
  return parseRunConfig({ ...PRESETS[name].settings, ...overrides, preset: name })
}
