import type { RunConfig } from '../config/config'
import type { Determinism } from '../model/determinism'
import type { AdapterState } from '../model/peer'
import type { Mode, Question, Reward, Stage } from '../tasks/task'

/**
 * The tokens of a text, as far as they are in it; lists are as long as `lengths`. Numbers are rounded to three decimals, since they are
 * kept with the run.
 */
export interface TextTokens {
  /** Tokens of thoughts before: trained like the others, but cut from the text. */
  readonly thoughts: number
  /** UTF-16 units that each adds to the text; 0 for special tokens and for the first parts of a character. */
  readonly lengths: readonly number[]
  /** Whether the last is the stop token: else the text was cut off. */
  readonly stopped: boolean
  /** Under the policy that sampled it, at the temperature it was sampled at. */
  readonly logprobs: readonly number[]
  /**
   * Importance ratios at the last optimizer step on it, one number where all are the same. Left out where the loss had nothing to learn
   * from it: its advantage was 0, or it was not trained.
   */
  readonly ratios?: number | readonly number[]
  /** Places of those whose ratio was clipped: below where the advantage is negative, above where it is positive. */
  readonly clipped?: readonly number[]
  /** What the step's update has added to each logprob. Left out where it was not trained. */
  readonly gains?: readonly number[]
}

/** A peer's rollouts on one question in one stage: what they were rewarded with, and what came of it. */
export interface RolloutGroup {
  readonly rewards: readonly number[]
  readonly correct: readonly boolean[]
  readonly calibrated: readonly number[]
  readonly advantages: readonly number[]
}

/** One rollout of one stage, as shown to people. */
export interface StageText {
  readonly stage: Stage
  readonly prompt: string
  readonly text: string
  readonly reward: Reward
  readonly calibratedReward: number
  readonly advantage: number
  /** Exchanges kept by earlier versions have none. */
  readonly tokens?: TextTokens
  /** The group that the rollout is the first of, where the stage is trained; likewise. */
  readonly group?: RolloutGroup
}

/** Per peer id: ability, difficulty as that peer judged it, P(solves). Empty where the method has no interaction. */
export type Judgements = Readonly<
  Record<string, { readonly ability: number; readonly difficulty: number; readonly p: number }>
>

/** One question's discussion: rollout 0 of every peer, in the stages it reached. */
export interface Exchange {
  readonly question: Question
  /** Null where it was not discussed. */
  readonly mode: Mode | null
  readonly judgement: Judgements
  readonly peers: Readonly<Record<string, readonly StageText[]>>
}

/** How one question of a step was dealt with. */
export interface QuestionRecord {
  readonly id: string
  readonly skill: string
  readonly level: number
  /** Null where it was not discussed. */
  readonly mode: Mode | null
  readonly judgement: Judgements
  /** Whether some peers alone would cooperate and others compete. */
  readonly disagreement: boolean
}

/** Accuracies in [0, 1] on the held-out questions, per peer id. What `evalMethods` does not name is not there. */
export interface Scores {
  readonly step: number
  /** Greedy, alone. */
  readonly solo: Readonly<Record<string, number>>
  /** Solo accuracy per peer and skill. */
  readonly skills: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Per peer and reading, the share of solo answers that have it right. Only for tasks whose questions need several (`Task.readings`). */
  readonly readings?: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** After an Idea3 exchange that starts from the greedy solo answers. */
  readonly idea3?: Readonly<Record<string, number>>
  /** The same answers, seen by the others and answered again without an analysis. */
  readonly debate?: Readonly<Record<string, number>>
  /** Alone, sampled at the run's temperature: the mean over samples per peer and skill. */
  readonly sampled?: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** The answer most of all peers' samples come to. */
  readonly vote?: number
  /** Greedy, alone, on questions harder than any trained on. */
  readonly ood?: Readonly<Record<string, number>>
  /** Held-out questions. */
  readonly n: number
  /** Of all peers, in all steps so far; evaluations and ability measurements are not counted. */
  readonly trainedTokens: number
  readonly generatedTokens: number
  /** Since the run began, or was gone on with. */
  readonly seconds: number
}

/** Everything a run says, in order. The page, the commands and the study read nothing else. */
export type RunEvent =
  | { readonly type: 'run'; readonly config: RunConfig; readonly resumedFrom: number | null }
  /** When the peers are loaded: where the same run comes to the same digest. */
  | { readonly type: 'determinism'; readonly determinism: Determinism }
  /** What is being done, for progress display: `done` of `total` within `phase`. */
  | {
      readonly type: 'progress'
      readonly phase: 'load' | 'ability' | 'share' | 'analyze' | 'fuse' | 'update' | 'eval'
      readonly step: number
      readonly peer: string | null
      readonly done: number
      readonly total: number
    }
  /** The step's first question, before anything is written about it. */
  | { readonly type: 'question'; readonly step: number; readonly question: Question }
  /** Text of rollout 0 of that question as it is written; `text` is what was added. */
  | {
      readonly type: 'text'
      readonly step: number
      readonly peer: string
      readonly stage: Stage
      readonly text: string
    }
  /** What the checker says of rollout 0 of that question, for every peer, when all have written the stage. */
  | {
      readonly type: 'marked'
      readonly step: number
      readonly stage: Stage
      readonly rewards: Readonly<Record<string, Reward>>
    }
  /** How that question is discussed: after stage share, whose ideas the judge reads, before stage analyze. */
  | {
      readonly type: 'discussion'
      readonly step: number
      readonly question: Question
      readonly mode: Mode | null
      readonly judgement: Judgements
    }
  | { readonly type: 'exchange'; readonly step: number; readonly exchange: Exchange }
  /** Metric names are TRL's, ours under `ilr/`; per-peer values end in `/{peer}`. */
  | {
      readonly type: 'step'
      readonly step: number
      readonly metrics: Readonly<Record<string, number>>
      readonly questions: readonly QuestionRecord[]
      /** The run's digest up to this step. Steps kept by earlier versions have none. */
      readonly digest?: string
      /** As in `RunState`. */
      readonly chain?: string
    }
  | ({ readonly type: 'eval' } & Scores)
  /** A new best mean solo accuracy on the validation questions. */
  | { readonly type: 'best'; readonly step: number; readonly accuracy: number }
  | { readonly type: 'checkpoint'; readonly step: number }
  /** A peer's adapter when the run is over, where it was asked for: `weights` in base64, so that it goes wherever JSON does. */
  | {
      readonly type: 'adapter'
      readonly peer: string
      readonly config: Readonly<Record<string, unknown>>
      readonly weights: string
    }
  /** The run as one file when it is over, where it was asked for. */
  | { readonly type: 'run-file'; readonly bytes: Uint8Array }
  | { readonly type: 'warning'; readonly step: number; readonly message: string }
  /** After so many steps and, of the step that has begun, this stage; null where none of it is finished. */
  | { readonly type: 'paused'; readonly step: number; readonly after: Stage | null }
  | {
      readonly type: 'done'
      readonly steps: number
      readonly reason: EndReason
      readonly seconds: number
      readonly digest: string
    }

/** Why a run ended: all its steps, its token budgets used up, or no better validation accuracy for too long. */
export type EndReason = 'steps' | 'budget' | 'early-stop'

/** A peer's uncertainty on validation questions; one list for each way in which a question is answered. */
export interface References {
  /** From G sampled rollouts: compared with a training question's. */
  readonly sampled: readonly number[]
  /** From one greedy answer: compared with an evaluation question's. */
  readonly greedy: readonly number[]
}

/** A run's state but for the adapters, which the peers have. */
export type Progress = Omit<RunState, 'adapters'>

/** What modes are chosen by, and difficulties ranked among. */
export type PeerStatistics = Pick<RunState, 'ability' | 'references'>

/** What a run needs to go on from step `step` exactly as if it had never stopped. */
export interface RunState {
  readonly step: number
  readonly digest: string
  /** What the digest's first link started from. States of earlier versions, whose chain is `FIRST_DIGEST_START`, have none. */
  readonly chain?: string
  /** By peer id, the fingerprint of the model that the adapters belong to. States of earlier versions have none. */
  readonly models?: Readonly<Record<string, string>>
  /** Prompt and completion tokens of all rollouts so far. */
  readonly numTokens: number
  /** Tokens in the loss, and tokens sampled, of all peers so far. */
  readonly trainedTokens: number
  readonly generatedTokens: number
  /** Per peer id, solo accuracy on the validation sample. */
  readonly ability: Readonly<Record<string, number>>
  /** Per peer id, its uncertainty on the reference questions, which difficulty is ranked among. */
  readonly references: Readonly<Record<string, References>>
  readonly adapters: Readonly<Record<string, AdapterState>>
  /** The best mean solo accuracy on the validation questions so far; null before the first measurement. */
  readonly best: {
    readonly step: number
    readonly accuracy: number
    /** Measurements since then. */
    readonly age: number
    /** Kept where the run is to end with them. */
    readonly adapters: Readonly<Record<string, AdapterState>> | null
  } | null
  /** What is still to be measured after step `step`, where the run was kept before that was done. */
  readonly due?: readonly Measurement[]
  /** Why the run is over; null while there is something to go on with. */
  readonly ended: EndReason | null
}

/** What a run measures between two steps: ability on validation questions, accuracy on held-out ones. */
export type Measurement = 'ability' | 'accuracy'
