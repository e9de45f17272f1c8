import { ColloquyError } from '../errors'
import { differingSettings } from './comparison'
import type { RunConfig } from './config'
import { parseRunConfig } from './config'
import { givenOrDefault } from './setting_domain'

export interface Preset {
  /** One line for a list of presets. */
  readonly title: string
  /** Settings that differ from the defaults of `runConfigSchema`. */
  readonly settings: Partial<Omit<RunConfig, 'preset' | 'version'>> & Pick<RunConfig, 'peers'>
}

/** The 7,473 training questions of GSM8K, at its authors' address. Answers end in `#### n`. */
const GSM8K =
  'https://raw.githubusercontent.com/openai/grade-school-math/master/grade_school_math/data/train.jsonl'

/**
 * Tests every second step, because a test of the peers alone takes a tenth of a step's time. A test with
 * discussions takes nearly as long as a step, so only every fourth test has them.
 */
const OFTEN_TESTED = { evalEvery: 2, evalSize: 80, evalMethodsEvery: 4 } as const

/** Half of the cost of discussing everything, at equal accuracy as far as the study can tell (docs/study.md, `full`). */
const WHERE_IDEAS_DIFFER = { discuss: 'disputed', discussGenerations: 4 } as const

/** All presets. The page opens with the first one. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  halves: {
    title: 'Dee and Eli: every question needs two skills, and each has one of them',
    settings: {
      peers: [
        { id: 'dee', source: 'models/dee' },
        { id: 'eli', source: 'models/eli' },
      ],
      task: 'halves',
      steps: 20,
      ...OFTEN_TESTED,
      ...WHERE_IDEAS_DIFFER,
      refreshAbilityEvery: 8,
      abilityQuestions: 50,
      learningRate: 1e-3,
      trainStages: ['share', 'analyze', 'fuse'],
    },
  },
  duet: {
    title: 'Ada and Bo: two tiny peers, each with skills the other lacks',
    settings: {
      peers: [
        { id: 'ada', source: 'models/ada' },
        { id: 'bo', source: 'models/bo' },
      ],
      steps: 24,
      ...OFTEN_TESTED,
      ...WHERE_IDEAS_DIFFER,
      refreshAbilityEvery: 8,
      abilityQuestions: 50,
      learningRate: 1e-3,
      // Training the analysis on right verdicts keeps the discussion sound while S1 changes.
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
      ...OFTEN_TESTED,
      ...WHERE_IDEAS_DIFFER,
      refreshAbilityEvery: 8,
      abilityQuestions: 50,
      learningRate: 1e-3,
      trainStages: ['share', 'analyze', 'fuse'],
    },
  },
  gsm8k: {
    title:
      'Two adapters on Qwen2.5-0.5B-Instruct: GSM8K, or a file like it; downloads the model and the questions',
    settings: {
      peers: [
        { id: 'ann', source: 'hub:onnx-community/Qwen2.5-0.5B-Instruct' },
        { id: 'ben', source: 'hub:onnx-community/Qwen2.5-0.5B-Instruct' },
      ],
      // Both peers use one download and one set of weights.
      sharedBase: true,
      backend: 'webgpu',
      task: 'question-file',
      questionFile: GSM8K,
      steps: 100,
      questionsPerStep: 4,
      // TRL's default. Temperature 1, no KL term and one update per batch are TRL's defaults too, and ours.
      numGenerations: 8,
      // TRL's 1e-6 is for all weights of a model. An adapter needs at least ten times that, because it has
      // few weights and B starts at zero. The embedded peers' 1e-3 would destroy an instructed model's skills
      // in a few steps.
      learningRate: 2e-5,
      // The task's own 256 cuts right solutions of a model that explains each step. verl's GSM8K example
      // allows 512. A discussion of two peers then needs about 2,400 of the 4,096 positions at most.
      maxCompletionLength: 512,
      // A solution without an end was cut, not wrong.
      maskTruncated: true,
      abilityQuestions: 50,
      evalSize: 100,
      // Checkpoints are large: 100 MB per peer, for adapter and moments.
      checkpointEvery: 10,
    },
  },
}

/**
 * Returns a checked run configuration: the schema's defaults, then the preset's settings, then `overrides`.
 * @throws ColloquyError `config` for an unknown preset or an invalid setting
 */
export function presetConfig(name: string, overrides: Partial<RunConfig> = {}): RunConfig {
  if (!Object.hasOwn(PRESETS, name))
    throw new ColloquyError({
      code: 'config',
      what: 'preset',
      found: JSON.stringify(name),
      wanted: `one of: ${Object.keys(PRESETS).join(', ')}`,
      todo: 'Choose one of these presets',
    })
  return parseRunConfig({ ...PRESETS[name].settings, ...overrides, preset: name })
}

/**
 * Returns the settings of a configuration that differ from its preset, with their values.
 * @throws ColloquyError `config` where there is no such preset
 */
export function differences(
  config: RunConfig,
): (readonly [name: keyof RunConfig, value: RunConfig[keyof RunConfig]])[] {
  return differingSettings(config, presetConfig(config.preset)).map((name) => [
    name,
    givenOrDefault(config, name),
  ])
}

/** The baseline for interactive learning: every peer learns only from its own answers. */
export const SINGLE_AGENT = { method: 'solo', calibration: false } as const satisfies Partial<RunConfig>
