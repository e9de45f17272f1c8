import { ColloquyError, clipped } from '../errors'
import { DTYPES } from '../model/import/folder_files'
import { discussionId } from '../model/peer'
import { z } from '../schema'
import { STAGES } from '../tasks/task'

/** Version of the schema below. It rises with every migration (`migrations.ts`). */
export const CONFIG_VERSION = 1

export const MOST_PEERS = 4

/** Schema of all settings of a run. Names follow TRL's GRPOConfig where TRL has the option. */
export const runConfigSchema = z.strictObject({
  version: z.literal(CONFIG_VERSION).default(CONFIG_VERSION).describe('Version of this list of settings'),
  preset: z.string().describe('Name of the ready-made run that this one starts from'),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(7).describe('Same seed, same run'),
  backend: z.enum(['wasm', 'webgpu']).default('wasm').describe('Where the models compute'),
  peers: z
    .array(
      z.strictObject({
        id: z.string().min(1).describe('Name of the peer'),
        source: z.string().min(1).describe('Source of its model'),
        // Left out instead of false, so that a run has one configuration and one digest.
        thinking: z.literal(true).optional().describe('Think before each answer (Qwen3)'),
        dtype: z.enum(DTYPES).optional().describe('Type of its model file; default q4'),
      }),
    )
    .min(1)
    .max(MOST_PEERS)
    .refine(
      (peers) => new Set(peers.flatMap(({ id }) => [id, discussionId(id)])).size === 2 * peers.length,
      'a different name for each peer',
    )
    .describe('Peers of the run: a name and a model folder each'),
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
    .describe('A file or an address of questions with answers, for task question-file'),
  method: z
    .enum(['ilr', 'solo', 'share-only', 'self-debate'])
    .default('ilr')
    .describe(
      'Peers discuss and learn from that (ilr), learn only from their own answers (solo, single-agent GRPO), learn the others’ right answers (share-only), or each discusses with another answer of its own (self-debate)',
    ),
  steps: z
    .int()
    .min(1)
    .max(100_000)
    .default(60)
    .describe('Maximum rounds of a run: the peers answer questions, then learn from the answers'),
  trainedTokensBudget: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Budget of trained tokens, over all peers: the run is evaluated when it is used up'),
  generatedTokensBudget: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'Budget of tokens sampled for training, over all peers; the run ends when every given budget is used up',
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
    .describe('Answers of each peer to one question, in each stage (G)'),
  // Left out where it is null, so that configurations older than this setting keep their ids and digests.
  maxCompletionLength: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .transform((tokens) => tokens ?? undefined)
    .optional()
    .describe(
      'Longest answer of a chat model in any stage, in tokens, thoughts included; without a number the task decides',
    ),
  learningRate: z.number().positive().max(1).default(2e-3).describe('How far the peers change in one update'),
  warmupSteps: z.int().min(0).default(5).describe('Linear learning-rate warm-up'),
  lrSchedulerType: z
    .enum(['constant', 'linear', 'cosine'])
    .default('constant')
    .describe('How the learning rate falls after the warm-up'),
  numIterations: z.int().min(1).max(16).default(1).describe('Updates from the same answers (μ)'),
  maxGradNorm: z.number().positive().default(1).describe('Gradients are scaled down to this global norm'),
  adamBeta1: z.number().min(0).max(0.9999).default(0.9).describe('Decay of AdamW’s first moment'),
  adamBeta2: z.number().min(0).max(0.99999).default(0.95).describe('Decay of AdamW’s second moment'),
  adamEpsilon: z.number().positive().default(1e-8).describe('Prevents a division by zero in AdamW'),
  weightDecay: z.number().min(0).max(1).default(0).describe('Weight decay, decoupled from the gradient'),
  loraRank: z.int().min(1).max(256).default(16).describe('LoRA rank r of all seven linears'),
  loraAlpha: z.number().positive().default(32).describe('LoRA scale is alpha / r'),
  temperature: z
    .number()
    .positive()
    .max(10)
    .default(1)
    .describe('How varied the answers are: at a low temperature they are nearly equal'),
  lossType: z
    .enum(['grpo', 'dapo', 'dr_grpo'])
    .default('dapo')
    .describe(
      'Weights in the loss: every answer counts the same (grpo), or every token (dapo; dr_grpo divides by the maximum length)',
    ),
  scaleRewards: z
    .enum(['group', 'batch', 'none'])
    .default('group')
    .describe(
      'Rewards are divided by the spread over one question (group), over the whole step (batch), or not at all (none)',
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
    .describe('How much rarer an update may make a token (ε, the lower clip of the ratio)'),
  epsilonHigh: z
    .number()
    .positive()
    .max(10)
    .default(0.2)
    .describe('How much likelier an update may make a token (the upper clip of the ratio)'),
  beta: z
    .number()
    .min(0)
    .max(10)
    .default(0)
    .describe('How strongly a peer stays near its model before training (β, weight of the KL term)'),
  maskTruncated: z.boolean().default(false).describe('Exclude completions without an end from the loss'),
  resampleZeroVariance: z
    .int()
    .min(0)
    .max(16)
    .default(0)
    .describe('Maximum redraws of questions whose ideas all earn the same reward (DAPO)'),
  reward: z
    .enum(['graded', 'binary'])
    .default('graded')
    .describe(
      'Whether a wrong answer earns something for its form and right steps (graded) or nothing (binary)',
    ),
  interaction: z
    .enum(['dynamic', 'cooperate', 'compete', 'random', 'inverse', 'oracle'])
    .default('dynamic')
    .describe(
      'Whether peers cooperate on a question or compete: decided by its difficulty (dynamic), always the same, by chance (random), the opposite of dynamic (inverse), or by a look at the right answer (oracle). The last two are controls, not methods',
    ),
  cooperateProbability: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('Probability of cooperation where chance decides (p)'),
  difficultyJudge: z
    .enum(['confidence', 'prompt'])
    .default('confidence')
    .describe(
      'How a peer judges difficulty: by its own uncertainty (confidence), or in answer to a prompt (prompt)',
    ),
  discuss: z
    .enum(['all', 'disputed'])
    .default('all')
    .describe('Questions to discuss: all, or only those where the ideas’ answers differ (disputed)'),
  discussGenerations: z
    .int()
    .min(2)
    .max(64)
    .nullable()
    .default(null)
    .describe('Number of a question’s G ideas to discuss; null means all'),
  // Left out where it is `shared`, so that configurations older than this setting keep their ids and digests.
  discussionAdapter: z
    .enum(['shared', 'separate', 'base'])
    .default('shared')
    .transform((adapter) => (adapter === 'shared' ? undefined : adapter))
    .optional()
    .describe(
      'Adapter that writes verdicts and joint answers: the peer’s only one (shared), a second one that learns just these (separate), or none, so that discussions stay those of the untrained model (base)',
    ),
  calibration: z
    .boolean()
    .default(true)
    .describe('Whether a reward also depends on how the other peers did (Perception Calibration)'),
  trainStages: z
    .array(z.enum(STAGES))
    .min(1)
    .default(['share', 'fuse'])
    .describe(
      'Stages that peers learn from: ideas (share), verdicts on them (analyze), joint answers (fuse)',
    ),
  trainContext: z
    .enum(['discussion', 'question', 'both'])
    .default('both')
    .describe('Prompt that joint answers are learned after: the discussion, the bare question, or both'),
  difficultyReferences: z
    .int()
    .min(1)
    .max(64)
    .default(8)
    .describe('Most questions of the same step that a question’s difficulty is ranked among (k)'),
  abilityQuestions: z
    .int()
    .min(1)
    .max(5000)
    .default(100)
    .describe('Questions that measure a peer’s current ability; none is trained on'),
  refreshAbilityEvery: z.int().min(1).default(20).describe('Steps from one ability measurement to the next'),
  loadBestModelAtEnd: z
    .boolean()
    .default(false)
    .describe('Restore the best peers at the end, by accuracy on the ability questions'),
  earlyStoppingPatience: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('The run ends after this many ability measurements without a new best'),
  evalEvery: z.int().min(1).default(20).describe('Steps from one test to the next'),
  evalSize: z.int().min(1).max(10_000).default(200).describe('Questions of a test; none is trained on'),
  evalMethods: z
    .array(z.enum(['idea3', 'sampled', 'vote', 'debate', 'ood']))
    .default(['idea3'])
    .describe('Other measurements of a test, besides each peer’s solo answer'),
  // Left out where it is 1, so that configurations older than this setting keep their ids and digests.
  evalMethodsEvery: z
    .int()
    .min(1)
    .default(1)
    .transform((tests) => (tests === 1 ? undefined : tests))
    .optional()
    .describe(
      'Tests from one with these measurements to the next; the first and the last test always have them',
    ),
  checkpointEvery: z.int().min(1).default(1).describe('Steps from one saved state to the next'),
})

export type RunConfig = z.infer<typeof runConfigSchema>

/** Whether a peer learns from no other peer, so that it may be alone. */
export function learnsAlone({ method }: Pick<RunConfig, 'method'>): boolean {
  return method === 'solo' || method === 'self-debate'
}

/** Minimum peers of a run. */
export function fewestPeers(method: RunConfig['method']): number {
  return learnsAlone({ method }) ? 1 : 2
}

/** Whether a step has the stages analyze and fuse: with other peers, or of a peer with itself. */
export function hasDiscussion({ method }: Pick<RunConfig, 'method'>): boolean {
  return method === 'ilr' || method === 'self-debate'
}

/** Whether rewards are calibrated by other peers' rewards. Peers that learn alone have none to compare with. */
export function isCalibrated({ method, calibration }: Pick<RunConfig, 'method' | 'calibration'>): boolean {
  return calibration && !learnsAlone({ method })
}

/**
 * Returns the methods that an evaluation measures besides the greedy solo answer. A peer that is alone
 * discusses nothing.
 */
export function measuredMethods({
  peers,
  evalMethods,
}: Pick<RunConfig, 'peers' | 'evalMethods'>): RunConfig['evalMethods'] {
  return peers.length > 1 ? evalMethods : evalMethods.filter((name) => name !== 'idea3' && name !== 'debate')
}

/**
 * Checks a run configuration.
 * @throws ColloquyError `config` naming the first invalid field, what was found and what is wanted
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

/** Why a peer needs others, by method. */
const NEEDED_PEERS: Readonly<Record<RunConfig['method'], string>> = {
  ilr: 'to discuss with each other',
  solo: '',
  'share-only': 'to learn from each other’s right answers',
  'self-debate': '',
}

function withEnoughPeers(config: RunConfig): RunConfig {
  const { method, peers } = config
  if (peers.length >= fewestPeers(method)) return config
  throw new ColloquyError({
    code: 'config',
    what: 'peers',
    found: `${clipped(peers[0].id, 40)} alone`,
    wanted: `at least two with method ${method}, ${NEEDED_PEERS[method]}`,
    todo: 'Add a peer, or choose method solo',
  })
}

/** Describes in words which values a field accepts. */
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
