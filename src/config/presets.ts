import { ColloquyError } from '../errors'
import { differingSettings } from './comparison'
import type { RunConfig } from './config'
import { parseRunConfig } from './config'
import { givenOrDefault } from './setting_domain'

export interface Preset {
  /** One line for people who choose. */
  readonly title: string
  /** What differs from the defaults of `runConfigSchema`. */
  readonly settings: Partial<Omit<RunConfig, 'preset' | 'version'>> & Pick<RunConfig, 'peers'>
}

/** Where the authors of GSM8K keep its 7,473 training questions, with answers that end in `#### n`. */
const GSM8K =
  'https://raw.githubusercontent.com/openai/grade-school-math/master/grade_school_math/data/train.jsonl'

/**
 * Curves grow every other step: a test of the peers alone takes a tenth of a step's time. One of their discussions takes as long as
 * most of a step, so only every fourth test has one.
 */
const OFTEN_TESTED = { evalEvery: 2, evalSize: 80, evalMethodsEvery: 4 } as const

/** The first one is that of the page when it opens. */
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
      refreshAbilityEvery: 8,
      abilityQuestions: 50,
      learningRate: 1e-3,
      // Training the analysis by whether its verdicts are right keeps the discussion sound while S1 changes.
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
      // One download and one set of weights.
      sharedBase: true,
      backend: 'webgpu',
      task: 'question-file',
      questionFile: GSM8K,
      steps: 100,
      questionsPerStep: 4,
      // TRL's own, as are the temperature of 1, no KL term, and one update a batch, which are the defaults here.
      numGenerations: 8,
      // TRL's 1e-6 is for all weights of a model. An adapter takes ten times that and more: it has few of them, and B starts at
      // zero. The embedded peers' 1e-3 would wreck in a few steps what an instructed model can do.
      learningRate: 2e-5,
      // A solution without an end was cut, not wrong: with 256 new tokens that happens to right ones.
      maskTruncated: true,
      abilityQuestions: 50,
      evalSize: 100,
      // Its adapters are large: 100 MB a peer, with their moments.
      checkpointEvery: 10,
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

/** What of a configuration differs from its preset, by name. @throws ColloquyError `config` where there is no such preset */
export function differences(
  config: RunConfig,
): (readonly [name: keyof RunConfig, value: RunConfig[keyof RunConfig]])[] {
  return differingSettings(config, presetConfig(config.preset)).map((name) => [
    name,
    givenOrDefault(config, name),
  ])
}

/** What interactive learning is compared with: every peer learns from its own answers only. */
export const SINGLE_AGENT = { method: 'solo', calibration: false } as const satisfies Partial<RunConfig>
