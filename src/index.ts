/** Colloquy's public interface: exactly what the page, the commands and a study use. */

export { openInquiry, prepareOrt, startRun } from '../workers/browser'
export { parseRunConfig, type RunConfig, runConfigSchema } from './config/config'
export { readRunConfig } from './config/migrations'
export { PRESETS, type Preset, presetConfig } from './config/presets'
export { ColloquyError, type ErrorCode, type ErrorDetail, fromWire, toWire, type WireError } from './errors'
export type {
  Exchange,
  RolloutGroup,
  RunEvent,
  RunState,
  StageText,
  TextTokens,
} from './ilr/events'
export { createRun } from './ilr/live_run'
export type { Run, RunPorts } from './ilr/run'
export type {
  AdapterState,
  Completion,
  GenerateRequest,
  OnText,
  Peer,
  Sample,
  TokenSpans,
  TrainSequence,
  UpdateReport,
  UpdateRequest,
  WatchedSequence,
} from './model/peer'
export type { Discussion, Mode, Question, Reward, Split, Stage, Task } from './tasks/task'
