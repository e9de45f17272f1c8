import type { RunConfig } from '../config/config'
import type { ModelFingerprint } from '../hub/model_fingerprint'
import type { ModelPlaces } from '../hub/source'
import type { Exchange, RunEvent } from '../ilr/events'
import type { Inquiry } from '../ilr/inquiry/inquiry'
import type { Run } from '../ilr/run'
import type { RunSummary } from '../runs/checkpoint_layout'
import type { DamagedRun, SavedRun } from '../runs/checkpoints'
import type { RunRecord } from '../runs/file/run_record'
import type { Recording } from '../runs/recording'
import type { FileDescription } from '../tasks/file/describe_file'

export interface PresetChoice {
  readonly name: string
  readonly title: string
  readonly config: RunConfig
}

export interface SavedRuns {
  /** Every run, ended or not, the newest first. */
  readonly runs: readonly RunSummary[]
  readonly damaged: readonly DamagedRun[]
}

/** Everything the page needs from below: the page itself touches no model, worker or database. */
export interface Engine {
  readonly presets: readonly PresetChoice[]
  recording(): Promise<Recording>
  /** Starts a run or continues `from`. The run's iterable rejects with a ColloquyError when the run fails. */
  start(config: RunConfig, from: SavedRun | null, places: ModelPlaces): Run
  /** Opens an inquiry of a run's peers, which the caller closes; `trained` lets its checkpoint answer, too. */
  openInquiry(config: RunConfig, trained: boolean, places: ModelPlaces): Inquiry
  /** Reads the question file of a configuration. Asks its host, where it has an address. */
  describeQuestions(config: RunConfig): Promise<FileDescription>
  savedRuns(): Promise<SavedRuns>
  record(config: RunConfig): Promise<RunRecord>
  /** Keeps a run that came as a file, in place of the kept run of its configuration. */
  keep(record: RunRecord): Promise<void>
  /** Deletes a kept run, whole or damaged. Resolves to whether `restore` can take it back, until the page is opened again. */
  forget(id: string): Promise<boolean>
  restore(id: string): Promise<void>
  kept(id: string): Promise<SavedRun>
  /** The discussion of one step of a kept run. @throws ColloquyError `storage` where it is not kept */
  exchange(config: RunConfig, step: number): Promise<Exchange>
  rename(id: string, name: string): Promise<void>
  /** Keeps the checkpoint of a step whatever comes after it, or no longer. */
  pin(id: string, step: number, pinned: boolean): Promise<void>
  /** Returns which of these runs a tab of this browser runs, this one or another. */
  running(ids: readonly string[]): Promise<string[]>
  /** Yields the events of a run in another tab, until that tab ends it or `signal` aborts. */
  readAlong(id: string, signal: AbortSignal): AsyncIterable<RunEvent>
  /** Fingerprints these peers' models; null for a model that is not here. Asks only the page's own server. */
  fingerprints(peers: RunConfig['peers'], places: ModelPlaces): Promise<(ModelFingerprint | null)[]>
}
