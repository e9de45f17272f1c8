import type { AdapterState } from '../model/peer'
import type { RunConfig } from '../runs/config'
import type { Mode, Question, Reward, Stage } from '../tasks/task'

/** One rollout of one stage, as shown to people. */
export interface StageText {
  readonly stage: Stage
  readonly prompt: string
  readonly text: string
  readonly reward: Reward
  readonly calibratedReward: number
  readonly advantage: number
}

/** One question's discussion: rollout 0 of every peer, all stages. */
export interface Exchange {
  readonly question: Question
  readonly mode: Mode
  /** Per peer id: ability, difficulty as that peer judged it, P(solves). */
  readonly judgement: Readonly<Record<string, { ability: number; difficulty: number; p: number }>>
  readonly peers: Readonly<Record<string, readonly StageText[]>>
}

/** Everything a run says, in order. The page, the commands and the study read nothing else. */
export type RunEvent =
  | { readonly type: 'run'; readonly config: RunConfig; readonly resumedFrom: number | null }
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
  /** How that question is discussed: after stage share, whose ideas the judge reads, before stage analyze. */
  | {
      readonly type: 'discussion'
      readonly step: number
      readonly question: Question
      readonly mode: Mode
      readonly judgement: Exchange['judgement']
    }
  | { readonly type: 'exchange'; readonly step: number; readonly exchange: Exchange }
  /** Metric names are TRL's, ours under `ilr/`; per-peer values end in `/{peer}`. */
  | { readonly type: 'step'; readonly step: number; readonly metrics: Readonly<Record<string, number>> }
  | {
      readonly type: 'eval'
      readonly step: number
      readonly solo: Readonly<Record<string, number>>
      readonly idea3: Readonly<Record<string, number>>
      /** Solo accuracy per peer and skill. */
      readonly skills: Readonly<Record<string, Readonly<Record<string, number>>>>
      readonly n: number
    }
  | { readonly type: 'checkpoint'; readonly step: number }
  | { readonly type: 'warning'; readonly step: number; readonly message: string }
  | { readonly type: 'paused'; readonly step: number }
  | { readonly type: 'done'; readonly steps: number; readonly seconds: number; readonly digest: string }

/** A peer's uncertainty on validation questions; one list for each way in which a question is answered. */
export interface References {
  /** From G sampled rollouts: compared with a training question's. */
  readonly sampled: readonly number[]
  /** From one greedy answer: compared with an evaluation question's. */
  readonly greedy: readonly number[]
}

/** What a run needs to go on from step `step` exactly as if it had never stopped. */
export interface RunState {
  readonly step: number
  readonly digest: string
  /** Prompt and completion tokens of all rollouts so far. */
  readonly numTokens: number
  /** Per peer id, solo accuracy on the validation sample. */
  readonly ability: Readonly<Record<string, number>>
  /** Per peer id, its uncertainty on the reference questions, which difficulty is ranked among. */
  readonly references: Readonly<Record<string, References>>
  readonly adapters: Readonly<Record<string, AdapterState>>
}
