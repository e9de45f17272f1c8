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
  halves: {
    title: 'Dee and Eli: every question needs two skills, and each has one of them',
    settings: {
      peers: [
        { id: 'dee', source: 'models/dee' },
        { id: 'eli', source: 'models/eli' },
      ],
      task: 'halves',
      steps: 24,
      evalEvery: 8,
      refreshAbilityEvery: 8,
      evalSize: 100,
      abilityQuestions: 50,
      learningRate: 1e-3,
      trainStages: ['share', 'analyze', 'fuse'],
    },
  },
  trio: {
    title: 'Ada, Bo and Cy: three peers of two sizes, each with gaps of its own',
    settings: {
      peers: [
        { id: 'ada', source: 'models/ada' },
        { id: 'bo', source: 'models/bo' },
        { id: 'cy', source: 'models/cy' },
      ],
      steps: 24,
      evalEvery: 8,
      refreshAbilityEvery: 8,
      evalSize: 100,
      abilityQuestions: 50,
      learningRate: 1e-3,
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
