import type { RunConfig } from '../config/config'
import { ColloquyError } from '../errors'
import type { RunEvent, RunState } from '../ilr/events'
import { label, runId } from './checkpoint_entry'
import type { Checkpoints, SavedRun } from './checkpoints'

/** A store of a run's checkpoints. */
export interface RunStore extends Pick<Checkpoints, 'save' | 'close'> {
  /** Returns the newest intact state, and the events up to it. */
  load(id: string): Promise<Entry>
}

interface Entry {
  readonly run: Pick<SavedRun, 'id' | 'config' | 'step' | 'ended' | 'events'>
  readonly state: RunState
}

/**
 * Checkpoints of one run in memory, for processes without IndexedDB: to resume after running out of memory,
 * and to export.
 */
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
      wanted: 'a checkpoint to resume from',
      todo: 'Start the run again',
    })
  }

  /** Does nothing, because a run opens its store more than once. */
  close(): void {}
}
