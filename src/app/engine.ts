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

/** Everything the page needs from below: it never touches a model, a worker or the database itself. */
export interface Engine {
  readonly presets: readonly PresetChoice[]
  recording(): Promise<Recording>
  /** Starts a run, or goes on from `from`; `places` are where its models are. The iterable of the run rejects with a ColloquyError where it fails. */
  start(config: RunConfig, from: SavedRun | null, places: ModelPlaces): Run
  /** Opens an inquiry of a run's peers; `trained` where its checkpoint is to answer, too. The caller closes it. */
  openInquiry(config: RunConfig, trained: boolean, places: ModelPlaces): Inquiry
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
  /** Of these runs, those that run in a tab of this browser, this one or another. */
  running(ids: readonly string[]): Promise<string[]>
  /** What happens in a run that another tab runs, until that ends it or `signal` aborts. */
  readAlong(id: string, signal: AbortSignal): AsyncIterable<RunEvent>
  /** By what the models of these peers are known again; null for one that is not here. Asks nobody but the page's own server. */
  fingerprints(peers: RunConfig['peers'], places: ModelPlaces): Promise<(ModelFingerprint | null)[]>
}
