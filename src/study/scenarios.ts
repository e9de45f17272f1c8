import type { RunConfig } from '../config/config'
import { presetConfig, SINGLE_AGENT } from '../config/presets'

/**
 * What the study compares: scenarios and arms. What it claims about them is in `primary_claims.ts`.
 * Results are kept per run with a digest of its configuration, so settings of a run that is kept cannot change unnoticed.
 */

/** The arm that all others are compared with. */
export const REFERENCE_ARM = 'ilr'

/** How long an arm runs: as many steps as the reference, or until it has used up the reference's tokens of the same seed. */
export type Match = 'steps' | 'tokens'

export interface Arm {
  /** One plain line of what it is. */
  readonly what: string
  /** Arms of one title share a panel of the figures; the reference is in all of them. */
  readonly panel: string
  readonly settings: Partial<RunConfig>
  readonly match: Match
  /** Made to keep what the reference loses: losses are measured on it, too. */
  readonly keeps?: true
  /** Settings of its own that were tried before the study, in words. */
  readonly tuning: string
}

export interface Scenario {
  readonly title: string
  readonly preset: string
  /** On top of the preset, for every arm. */
  readonly settings: Partial<RunConfig>
  /** On top of those, for arms that run until tokens are used up: they have more and cheaper steps. */
  readonly tokenSettings: Partial<RunConfig>
  /** Per peer, the skills that it never gets right alone before training. */
  readonly missing: Readonly<Record<string, readonly string[]>>
  /** How its settings were found and what each arm got of that effort. */
  readonly tuning: string
}

export interface Study {
  readonly scenarios: Readonly<Record<string, Scenario>>
  readonly arms: Readonly<Record<string, Arm>>
  readonly seeds: readonly number[]
}

/** One run of the study. */
export interface Job {
  readonly scenario: string
  readonly arm: string
  readonly seed: number
}

const AFTERWARDS = 'none; chosen after ilr’s losses were seen'

const ARMS = Object.fromEntries([
  arm(
    REFERENCE_ARM,
    'Methods',
    'Interactive learning: calibrated rewards, a mode for each question; four ideas on each disputed question are discussed',
    {},
  ),
  arm('solo', 'Methods', 'Single-agent GRPO: each peer learns from its own answers only', SINGLE_AGENT, {
    match: 'tokens',
  }),
  arm(
    'share-only',
    'Methods',
    'No discussion: peers train on the others’ right first answers to the bare question',
    { method: 'share-only' },
    { match: 'tokens' },
  ),
  arm(
    'self-debate',
    'Methods',
    'No partner: each peer discusses with another first answer of its own',
    { method: 'self-debate', calibration: false },
    { match: 'tokens' },
  ),
  arm('full', 'Methods', 'Every idea on every question is discussed', {
    discuss: 'all',
    discussGenerations: null,
  }),
  arm('cooperate', 'Modes', 'Every question is discussed cooperatively', { interaction: 'cooperate' }),
  arm('compete', 'Modes', 'Every question is discussed competitively', { interaction: 'compete' }),
  arm('random', 'Modes', 'A fair coin decides each question’s mode', { interaction: 'random' }),
  arm('inverse', 'Modes', 'Each question’s mode is the opposite of ilr’s choice', { interaction: 'inverse' }),
  arm('oracle', 'Modes', 'Compete where a peer has most of its own answers right, else cooperate', {
    interaction: 'oracle',
  }),
  arm('no-calibration', 'Parts', 'Rewards are not calibrated by the peers’ rewards', { calibration: false }),
  arm('context-discussion', 'Parts', 'Fused answers are trained on the prompt of the discussion only', {
    trainContext: 'discussion',
  }),
  arm('context-question', 'Parts', 'Fused answers are trained on the bare question only', {
    trainContext: 'question',
  }),
  arm(
    'kl',
    'Keeping what is known',
    'Held near the untrained peer by a KL penalty',
    { beta: 0.04 },
    { keeps: true, tuning: AFTERWARDS },
  ),
  arm(
    'slower',
    'Keeping what is known',
    'Half the learning rate and twice the steps',
    { learningRate: 5e-4, steps: 40 },
    { keeps: true, tuning: AFTERWARDS },
  ),
])

/** An arm that runs as many steps as the reference and had no tuning, unless `rest` differs. */
function arm(
  name: string,
  panel: string,
  what: string,
  settings: Partial<RunConfig>,
  rest: Partial<Arm> = {},
): [string, Arm] {
  return [name, { what, panel, settings, match: 'steps', tuning: 'none', ...rest }]
}

/**
 * For all scenarios and arms. Every evaluation measures everything: which methods are measured must not differ between arms.
 * Discussing what is disputed only, and four ideas of it, is what makes so many runs affordable; arm `full` shows what it costs.
 */
const COMMON: Partial<RunConfig> = {
  evalMethods: ['idea3', 'sampled', 'vote', 'debate', 'ood'],
  evalSize: 120,
  evalEvery: 10,
  steps: 20,
  questionsPerStep: 6,
  discuss: 'disputed',
  discussGenerations: 4,
  evalMethodsEvery: 1,
  checkpointEvery: 10,
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  duet: {
    title: 'Duet: each peer lacks skills that the other has',
    preset: 'duet',
    settings: COMMON,
    tokenSettings: { steps: 1000, evalEvery: 50 },
    missing: { ada: ['cmp', 'times'], bo: ['addsub', 'three'] },
    tuning:
      'ilr ran twice before, with learning rate 2e-3 and every question discussed, and with 1e-3 and disputed questions only; the second was kept.',
  },
  halves: {
    title: 'Halves: every question needs two skills, and each peer has one of them',
    preset: 'halves',
    settings: COMMON,
    tokenSettings: { steps: 1000, evalEvery: 50 },
    missing: { dee: ['lose-bags', 'bags-lose'], eli: ['lose-bags', 'bags-lose'] },
    tuning:
      'ilr ran once before, with the settings of duet, which were kept. On earlier peers, one seed of solo reached 47 % and of share-only 95 %; the peers were then trained longer.',
  },
}

export const STUDY: Study = { scenarios: SCENARIOS, arms: ARMS, seeds: [1, 2, 3, 4, 5] }

/** Small enough for a minute on two cores: it shows that everything works, and nothing about the method. */
const QUICK_SETTINGS: Partial<RunConfig> = {
  steps: 2,
  evalEvery: 2,
  evalSize: 12,
  questionsPerStep: 2,
  numGenerations: 4,
  abilityQuestions: 8,
  difficultyReferences: 2,
  refreshAbilityEvery: 4,
}

export const QUICK_STUDY: Study = {
  scenarios: Object.fromEntries(
    Object.entries(SCENARIOS).map(([name, scenario]) => [
      name,
      {
        ...scenario,
        settings: { ...scenario.settings, ...QUICK_SETTINGS },
        tokenSettings: { steps: 40, evalEvery: 40 },
        tuning: 'this is a trial of the study itself.',
      },
    ]),
  ),
  arms: Object.fromEntries([REFERENCE_ARM, 'solo', 'share-only'].map((name) => [name, ARMS[name]])),
  seeds: [1],
}

/**
 * The run's configuration; token budgets, which are known once the reference has run, are left open.
 * @throws ColloquyError `config` where a setting is out of range.
 */
export function configOf(study: Study, { scenario, arm, seed }: Job): RunConfig {
  const { preset, settings, tokenSettings } = study.scenarios[scenario]
  const { match, settings: own } = study.arms[arm]
  return presetConfig(preset, {
    ...settings,
    ...(match === 'tokens' ? tokenSettings : {}),
    ...own,
    backend: 'wasm',
    seed,
  })
}

/** The reference's run that a job takes its token budgets from, or null where it needs none. */
export function neededBy(study: Study, job: Job): Job | null {
  return study.arms[job.arm].match === 'tokens' ? { ...job, arm: REFERENCE_ARM } : null
}

/** The configuration with the reference's tokens as budgets: the run ends where it has used up both. */
export function withBudgets(
  config: RunConfig,
  spent: { readonly trainedTokens: number; readonly generatedTokens: number },
): RunConfig {
  return {
    ...config,
    trainedTokensBudget: Math.max(1, spent.trainedTokens),
    generatedTokensBudget: Math.max(1, spent.generatedTokens),
  }
}

export function jobName({ scenario, arm, seed }: Job): string {
  return `${scenario}/${arm}/${seed}`
}
