import { ColloquyError, clipped } from '../errors'
import { DTYPES } from '../model/import/folder_files'
import { z } from '../schema'
import { STAGES, type Stage } from '../tasks/task'

/** Of the schema below. It rises with every migration (`migrations.ts`). */
export const CONFIG_VERSION = 1

export const MOST_PEERS = 4

/** Every setting of a run. Names follow TRL's GRPOConfig where TRL has the option. */
export const runConfigSchema = z.strictObject({
  version: z.literal(CONFIG_VERSION).default(CONFIG_VERSION).describe('Of this list of settings'),
  preset: z.string().describe('The ready-made run that the others differ from'),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(7).describe('Same seed, same run'),
  backend: z.enum(['wasm', 'webgpu']).default('wasm').describe('Where the models compute'),
  peers: z
    .array(
      z.strictObject({
        id: z.string().min(1).describe('What it is called'),
        source: z.string().min(1).describe('Where its model is'),
        // Left out rather than false, so that a run has one configuration and one digest.
        thinking: z.literal(true).optional().describe('Thinks before it answers (Qwen3)'),
        dtype: z.enum(DTYPES).optional().describe('Which of its model files; q4 where left out'),
      }),
    )
    .min(1)
    .max(MOST_PEERS)
    .refine(
      (peers) => new Set(peers.map((peer) => peer.id)).size === peers.length,
      'a different name for each peer',
    )
    .describe('Who takes part: a name and a model folder'),
  sharedBase: z
    .boolean()
    .default(false)
    .describe('Peers with the same model folder share one set of weights'),
  task: z
    .enum(['word-problems', 'halves', 'code', 'question-file'])
    .default('word-problems')
    .describe('Where the questions come from'),
  questionFile: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('A file or an address with a {question, answer} in each line, for task question-file'),
  method: z
    .enum(['ilr', 'solo', 'share-only'])
    .default('ilr')
    .describe(
      'They discuss and learn from it (ilr), learn from their own answers only (solo, as single-agent GRPO), or learn the others’ right answers (share-only)',
    ),
  steps: z
    .int()
    .min(1)
    .max(100_000)
    .default(60)
    .describe('Rounds of answering questions, then learning from the answers; a run has no more than that'),
  trainedTokensBudget: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Trained tokens of all peers: the run is evaluated where it has used them up'),
  generatedTokensBudget: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'Generated tokens of all peers, likewise; the run ends where it has used up every budget given',
    ),
  questionsPerStep: z
    .int()
    .min(1)
    .max(256)
    .default(8)
    .describe('Questions that the peers answer in each step'),
  numGenerations: z
    .int()
    .min(2)
    .max(64)
    .default(8)
    .describe('Answers that each peer tries for one question, in each stage (G)'),
  learningRate: z.number().positive().max(1).default(2e-3).describe('How far the peers change in one update'),
  warmupSteps: z.int().min(0).default(5).describe('Linear learning-rate warm-up'),
  lrSchedulerType: z
    .enum(['constant', 'linear', 'cosine'])
    .default('constant')
    .describe('How the learning rate falls after the warm-up'),
  numIterations: z.int().min(1).max(16).default(1).describe('How often they learn from the same tries (μ)'),
  maxGradNorm: z.number().positive().default(1).describe('Gradients are scaled down to this global norm'),
  adamBeta1: z.number().min(0).max(0.9999).default(0.9).describe('Decay of AdamW’s first moment'),
  adamBeta2: z.number().min(0).max(0.99999).default(0.95).describe('Decay of AdamW’s second moment'),
  adamEpsilon: z.number().positive().default(1e-8).describe('Keeps AdamW from dividing by zero'),
  weightDecay: z.number().min(0).max(1).default(0).describe('Decoupled from the gradient'),
  loraRank: z.int().min(1).max(256).default(16).describe('LoRA rank r of all seven linears'),
  loraAlpha: z.number().positive().default(32).describe('LoRA scale is alpha / r'),
  temperature: z
    .number()
    .positive()
    .max(10)
    .default(1)
    .describe('How varied the tries are: at a low one they are nearly equal'),
  lossType: z
    .enum(['grpo', 'dapo', 'dr_grpo'])
    .default('dapo')
    .describe(
      'Whether every answer counts the same (grpo), or every token (dapo; dr_grpo divides by the longest answer allowed)',
    ),
  scaleRewards: z
    .enum(['group', 'batch', 'none'])
    .default('group')
    .describe(
      'Whether a reward is measured by the spread of those for the same question (group), of the whole step (batch), or not (none)',
    ),
  importanceSamplingLevel: z
    .enum(['token', 'sequence'])
    .default('token')
    .describe('Importance ratio per token, or per sequence (GSPO)'),
  epsilon: z
    .number()
    .positive()
    .max(1)
    .default(0.2)
    .describe('How much rarer an update may make a token (ε, where the ratio is clipped below)'),
  epsilonHigh: z
    .number()
    .positive()
    .max(10)
    .default(0.2)
    .describe('How much likelier an update may make a token (where the ratio is clipped above)'),
  beta: z
    .number()
    .min(0)
    .max(10)
    .default(0)
    .describe('How strongly a peer is held near what it was before training (β, weight of the KL)'),
  maskTruncated: z.boolean().default(false).describe('Leave completions without an end out of the loss'),
  resampleZeroVariance: z
    .int()
    .min(0)
    .max(16)
    .default(0)
    .describe('Times that questions whose ideas all earn the same are drawn again (DAPO)'),
  reward: z
    .enum(['graded', 'binary'])
    .default('graded')
    .describe('Whether a wrong answer earns something for its form and its right steps'),
  interaction: z
    .enum(['dynamic', 'cooperate', 'compete', 'random'])
    .default('dynamic')
    .describe(
      'Whether peers help each other with a question or compete: by how hard it is (dynamic), always the same, or by chance',
    ),
  cooperateProbability: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('How likely they help each other where chance decides (p)'),
  difficultyJudge: z
    .enum(['confidence', 'prompt'])
    .default('confidence')
    .describe('How a peer tells how hard a question is: by its own uncertainty, or by being asked'),
  discuss: z
    .enum(['all', 'disputed'])
    .default('all')
    .describe('Which questions are discussed: all, or those on which the ideas’ answers differ'),
  discussGenerations: z
    .int()
    .min(2)
    .max(64)
    .nullable()
    .default(null)
    .describe('How many of a question’s G ideas are discussed; null is all of them'),
  calibration: z
    .boolean()
    .default(true)
    .describe('Whether a reward also depends on how the other peers did (Perception Calibration)'),
  trainStages: z
    .array(z.enum(STAGES))
    .min(1)
    .default(['share', 'fuse'])
    .describe('What they learn from: their ideas (share), marking them (analyze), joint answers (fuse)'),
  trainContext: z
    .enum(['discussion', 'question', 'both'])
    .default('both')
    .describe(
      'Whether joint answers are learned with the discussion before them, as answers to the question alone, or both',
    ),
  difficultyReferences: z
    .int()
    .min(1)
    .max(64)
    .default(8)
    .describe('Questions a question is ranked among (k)'),
  abilityQuestions: z
    .int()
    .min(1)
    .max(5000)
    .default(100)
    .describe('Questions that tell how able a peer is now; they are not learned from'),
  refreshAbilityEvery: z.int().min(1).default(20).describe('Steps between ability measurements'),
  loadBestModelAtEnd: z
    .boolean()
    .default(false)
    .describe('End with the peers as they were when they did best on the ability questions'),
  earlyStoppingPatience: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Ability measurements without a new best after which the run ends'),
  evalEvery: z.int().min(1).default(20).describe('Steps from one test to the next'),
  evalSize: z
    .int()
    .min(1)
    .max(10_000)
    .default(200)
    .describe('Questions of a test; they are never learned from'),
  evalMethods: z
    .array(z.enum(['idea3', 'sampled', 'vote', 'debate', 'ood']))
    .default(['idea3'])
    .describe('What a test measures beside each peer’s own answer'),
  // Left out where it is 1, as in configurations from before there was this setting: they keep their ids and digests.
  evalMethodsEvery: z
    .int()
    .min(1)
    .default(1)
    .transform((tests) => (tests === 1 ? undefined : tests))
    .optional()
    .describe('One test in so many measures these too; the first and the last always do'),
  checkpointEvery: z.int().min(1).default(1).describe('Steps from one saved state to the next'),
})

export type RunConfig = z.infer<typeof runConfigSchema>

/** Fewest peers of a run: a single agent may be alone, the other methods need somebody to learn from. */
export function fewestPeers(method: RunConfig['method']): number {
  return method === 'solo' ? 1 : 2
}

/** What an evaluation measures beside the greedy solo answer: a peer that is alone discusses nothing. */
export function measuredMethods({
  peers,
  evalMethods,
}: Pick<RunConfig, 'peers' | 'evalMethods'>): RunConfig['evalMethods'] {
  return peers.length > 1 ? evalMethods : evalMethods.filter((name) => name !== 'idea3' && name !== 'debate')
}

/** The stages whose completions a run learns from: where there is no discussion, the ideas. */
export function trainedStages({
  method,
  trainStages,
}: Pick<RunConfig, 'method' | 'trainStages'>): readonly Stage[] {
  return method === 'ilr' ? STAGES.filter((stage) => trainStages.includes(stage)) : ['share']
}

/** Whether right fused answers are trained on the bare question. */
export function replaysFused(config: RunConfig): boolean {
  return trainedStages(config).includes('fuse') && config.trainContext !== 'discussion'
}

/**
 * Checks a run configuration.
 * @throws ColloquyError `config` naming the first field at fault, what was found and what is wanted.
 */
export function parseRunConfig(value: unknown): RunConfig {
  const parsed = runConfigSchema.safeParse(value)
  if (parsed.success) return withEnoughPeers(parsed.data)
  const issue = parsed.error.issues[0]
  const path = issue.path.map(String).concat(issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [])
  const found = path.reduce<unknown>(
    (at, key) =>
      at !== null && typeof at === 'object' ? (at as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  )
  const what = path.join('.') || 'run configuration'
  throw new ColloquyError({
    code: 'config',
    what,
    found: typeof found === 'number' ? String(found) : clipped(JSON.stringify(found) ?? 'nothing', 120),
    wanted: wantedBy(issue),
    todo: issue.code === 'unrecognized_keys' ? `Remove ${what}` : `Change ${what}`,
  })
}

/** What a peer needs the others for. */
const NEEDED_PEERS: Readonly<Record<RunConfig['method'], string>> = {
  ilr: 'to discuss with each other',
  solo: '',
  'share-only': 'to learn from each other’s right answers',
}

function withEnoughPeers(config: RunConfig): RunConfig {
  const { method, peers } = config
  if (peers.length >= fewestPeers(method)) return config
  throw new ColloquyError({
    code: 'config',
    what: 'peers',
    found: `${clipped(peers[0].id, 40)} alone`,
    wanted: `two at least with method ${method}, ${NEEDED_PEERS[method]}`,
    todo: 'Add a peer, or choose method solo',
  })
}

/** What a value would have had to be, in words. */
export function wantedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      return `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${unit(issue.origin)}`
    case 'too_big':
      return `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${unit(issue.origin)}`
    case 'invalid_value':
      return issue.values.length === 1 ? String(issue.values[0]) : `one of: ${issue.values.join(', ')}`
    case 'invalid_type':
      return `a value of type ${issue.expected}`
    case 'unrecognized_keys':
      return `one of the settings: ${Object.keys(runConfigSchema.shape).join(', ')}`
    default:
      return issue.message
  }
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters'
  return origin === 'array' ? ' of them' : ''
}
