import type { RunConfig } from '../config/config'
import type { Determinism } from '../model/determinism'
import type { AdapterState } from '../model/peer'
import type { Mode, Question, Reward, Stage } from '../tasks/task'
import type { Learner } from './learners'

/**
 * The tokens of a text. All lists are as long as `lengths`. Numbers have three decimals because they are
 * stored with the run.
 */
export interface TextTokens {
  /** Number of thought tokens before the text. They are trained like the others but cut from the text. */
  readonly thoughts: number
  /**
   * UTF-16 units that each token adds to the text; 0 for special tokens and the first parts of a character.
   */
  readonly lengths: readonly number[]
  /** True when the last token is the stop token; otherwise the text was cut off. */
  readonly stopped: boolean
  /** Logprobs under the policy that sampled the text, at the sampling temperature. */
  readonly logprobs: readonly number[]
  /**
   * Importance ratios at the last optimizer step, one number where all are equal. Left out where the loss
   * learns nothing from the text: its advantage is 0, or it is not trained.
   */
  readonly ratios?: number | readonly number[]
  /**
   * Positions of tokens with a clipped ratio: below the range where the advantage is negative, above it where
   * the advantage is positive.
   */
  readonly clipped?: readonly number[]
  /** Change of each logprob by the step's update. Left out where the text is not trained. */
  readonly gains?: readonly number[]
}

/** A peer's rollouts on one question in one stage, with their rewards and advantages. */
export interface RolloutGroup {
  readonly rewards: readonly number[]
  readonly correct: readonly boolean[]
  readonly calibrated: readonly number[]
  readonly advantages: readonly number[]
}

/** One rollout of one stage, as people see it. */
export interface StageText {
  readonly stage: Stage
  readonly prompt: string
  readonly text: string
  readonly reward: Reward
  readonly calibratedReward: number
  readonly advantage: number
  /** Exchanges of earlier versions have none. */
  readonly tokens?: TextTokens
  /**
   * The group whose first rollout this is, where the stage is trained. Exchanges of earlier versions have
   * none.
   */
  readonly group?: RolloutGroup
}

/**
 * By peer id: ability, difficulty as that peer judges it, P(solves). Empty for methods without interaction.
 */
export type Judgements = Readonly<
  Record<string, { readonly ability: number; readonly difficulty: number; readonly p: number }>
>

/** One question's discussion: rollout 0 of every peer in the stages that the question reached. */
export interface Exchange {
  readonly question: Question
  /** Null where the question is not discussed. */
  readonly mode: Mode | null
  readonly judgement: Judgements
  readonly peers: Readonly<Record<string, readonly StageText[]>>
}

/** Mode and judgements of one question of a step. */
export interface QuestionRecord {
  readonly id: string
  readonly skill: string
  readonly level: number
  /** Null where the question is not discussed. */
  readonly mode: Mode | null
  readonly judgement: Judgements
  /** True when some peers alone would cooperate and others compete. */
  readonly disagreement: boolean
}

/**
 * Accuracies in [0, 1] on the held-out questions, by peer id. Methods that `evalMethods` does not name are
 * left out.
 */
export interface Scores {
  readonly step: number
  /** Accuracy of the greedy solo answer. */
  readonly solo: Readonly<Record<string, number>>
  /** Solo accuracy per peer and skill. */
  readonly skills: Readonly<Record<string, Readonly<Record<string, number>>>>
  /**
   * By peer and reading, the share of solo answers that have that reading right. Only for tasks whose
   * questions need several readings (`Task.readings`).
   */
  readonly readings?: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Accuracy after an Idea3 exchange that starts from the greedy solo answers. */
  readonly idea3?: Readonly<Record<string, number>>
  /** Accuracy after a debate: peers see the same solo answers and answer again without an analysis. */
  readonly debate?: Readonly<Record<string, number>>
  /** Mean accuracy of solo samples at the run's temperature, by peer and skill. */
  readonly sampled?: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Accuracy of the most frequent answer among all peers' samples. */
  readonly vote?: number
  /** Accuracy of the greedy solo answer on questions harder than any in training. */
  readonly ood?: Readonly<Record<string, number>>
  /** Number of held-out questions. */
  readonly n: number
  /**
   * Tokens of all peers so far: in the loss, and sampled for training. The latter include ability measurements
   * where modes follow from them, and no test.
   */
  readonly trainedTokens: number
  readonly generatedTokens: number
  /** Seconds since the run began or was resumed. */
  readonly seconds: number
}

/** Every event of a run, in order. The page, the commands and the study read nothing else. */
export type RunEvent =
  | { readonly type: 'run'; readonly config: RunConfig; readonly resumedFrom: number | null }
  /** Emitted when the peers are loaded: where the same run gives the same digest. */
  | { readonly type: 'determinism'; readonly determinism: Determinism }
  /** Work in progress for display: `done` of `total` within `phase`. */
  | {
      readonly type: 'progress'
      readonly phase: 'load' | 'ability' | 'share' | 'analyze' | 'fuse' | 'update' | 'eval'
      readonly step: number
      readonly peer: string | null
      readonly done: number
      readonly total: number
    }
  /** The step's first question, before any peer writes about it. */
  | { readonly type: 'question'; readonly step: number; readonly question: Question }
  /** Text of rollout 0 of that question as a peer writes it; `text` is the added part. */
  | {
      readonly type: 'text'
      readonly step: number
      readonly peer: string
      readonly stage: Stage
      readonly text: string
    }
  /** The checker's rewards for rollout 0 of that question, by peer, once all peers have written the stage. */
  | {
      readonly type: 'marked'
      readonly step: number
      readonly stage: Stage
      readonly rewards: Readonly<Record<string, Reward>>
    }
  /**
   * How that question is discussed. It comes after stage share, whose ideas the judge reads, and before stage
   * analyze.
   */
  | {
      readonly type: 'discussion'
      readonly step: number
      readonly question: Question
      readonly mode: Mode | null
      readonly judgement: Judgements
    }
  | { readonly type: 'exchange'; readonly step: number; readonly exchange: Exchange }
  /** Metric names are TRL's; ours begin with `ilr/`. Per-peer values end in `/{peer}`. */
  | {
      readonly type: 'step'
      readonly step: number
      readonly metrics: Readonly<Record<string, number>>
      readonly questions: readonly QuestionRecord[]
      /** The run's digest up to this step. Steps of earlier versions have none. */
      readonly digest?: string
      /** Start value of the digest chain, as in `RunState`. */
      readonly chain?: string
    }
  | ({ readonly type: 'eval' } & Scores)
  /** A new best mean solo accuracy on the validation questions. */
  | { readonly type: 'best'; readonly step: number; readonly accuracy: number }
  | { readonly type: 'checkpoint'; readonly step: number }
  /**
   * An adapter of a peer at the end of the run, where the caller asks for it. `weights` is base64, so it fits
   * JSON.
   */
  | {
      readonly type: 'adapter'
      readonly peer: string
      readonly writes: Learner['writes']
      readonly config: Readonly<Record<string, unknown>>
      readonly weights: string
    }
  /** The run as one file at its end, where the caller asks for it. */
  | { readonly type: 'run-file'; readonly bytes: Uint8Array }
  | { readonly type: 'warning'; readonly step: number; readonly message: string }
  /** The run pauses after `step` steps. `after` is the last finished stage of the step under way, or null. */
  | { readonly type: 'paused'; readonly step: number; readonly after: Stage | null }
  | {
      readonly type: 'done'
      readonly steps: number
      readonly reason: EndReason
      readonly seconds: number
      readonly digest: string
    }

/** Why a run ended: all steps done, token budgets used up, or no better validation accuracy for too long. */
export type EndReason = 'steps' | 'budget' | 'early-stop'

/** A run's state without the adapters, which the peers hold. */
export type Progress = Omit<RunState, 'adapters'>

/** Solo accuracy on the validation questions, by peer id, in [0, 1]. */
export type Abilities = Readonly<Record<string, number>>

/** State from which a run continues after step `step` exactly as if it had never stopped. */
export interface RunState {
  readonly step: number
  readonly digest: string
  /**
   * Start value of the digest's first link. States of earlier versions have none; theirs is
   * `FIRST_DIGEST_START`.
   */
  readonly chain?: string
  /** Fingerprint of each adapter's model, by peer id. States of earlier versions have none. */
  readonly models?: Readonly<Record<string, string>>
  /** Prompt and completion tokens of all rollouts so far. */
  readonly numTokens: number
  /** Tokens in the loss and sampled tokens, of all peers so far. */
  readonly trainedTokens: number
  readonly generatedTokens: number
  readonly ability: Abilities
  /** By `adapterIds` of the configuration. */
  readonly adapters: Readonly<Record<string, AdapterState>>
  /** Best mean solo accuracy on the validation questions so far; null before the first measurement. */
  readonly best: {
    readonly step: number
    readonly accuracy: number
    /** Number of measurements since then. */
    readonly age: number
    /** Adapters of that step, where the run has to end with them. */
    readonly adapters: Readonly<Record<string, AdapterState>> | null
  } | null
  /** Measurements still due after step `step`, where the run was kept before they were made. */
  readonly due?: readonly Measurement[]
  /** Why the run is over; null while it can continue. */
  readonly ended: EndReason | null
}

/** A measurement between two steps: ability on validation questions or accuracy on held-out ones. */
export type Measurement = 'ability' | 'accuracy'
