import type { RunConfig } from '../config/config'
import { ColloquyError } from '../errors'
import type { RunEvent, RunState } from '../ilr/events'
import { label, runId } from './checkpoint_entry'
import type { Checkpoints, SavedRun } from './checkpoints'

/** Where a run's checkpoints are kept. */
export interface RunStore extends Pick<Checkpoints, 'save' | 'close'> {
  /** The newest state that is whole, and the events up to it. */
  load(id: string): Promise<Entry>
}

interface Entry {
  readonly run: Pick<SavedRun, 'id' | 'config' | 'step' | 'ended' | 'events'>
  readonly state: RunState
}

/** Checkpoints of one run for as long as the process lives, where there is no IndexedDB: to go on from out of memory, and to export. */
export class MemoryCheckpoints implements RunStore {
  private entry: Entry | null = null

  async save(config: RunConfig, state: RunState, kept: number, events: readonly RunEvent[]): Promise<void> {
    const id = await runId(config)
    const before = this.entry?.run.events.slice(0, kept) ?? []
    const { step, ended } = state
    const run = { id, config, step, ended: ended !== null, events: before.concat(events) }
    this.entry = { run, state }
  }

  async load(id: string): Promise<Entry> {
    if (this.entry?.run.id === id) return this.entry
    throw new ColloquyError({
      code: 'storage',
      what: label(id),
      found: 'no checkpoint yet',
      wanted: 'one to go on from',
      todo: 'Start the run afresh',
    })
  }

  /** What is kept stays: a run opens its store more than once. */
  close(): void {}
}
