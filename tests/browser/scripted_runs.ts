/** Runs in workers whose peers are scripted. */

import type { RunConfig } from '../../src/config/config'
import type { RunEvent } from '../../src/ilr/events'
import type { Run } from '../../src/ilr/run'
import { withPageWorkers } from '../../workers/browser/page_workers'
import { followRun } from '../../workers/run_client'
import type { RunTransfer } from '../../workers/run_host'
import { tinyConfig } from '../unit/ilr_scripted'

const peer = () =>
  new Worker(new URL('./scripted_peer.worker.ts', import.meta.url), { type: 'module', name: 'by-channel' })

export interface WorkerRun {
  readonly run: Run
  /** The worker of the run. */
  readonly worker: Worker
}

/** Starts a run and returns its worker, for tests that terminate it. */
export function startInWorker(config: RunConfig, resume = false, transfer: RunTransfer = {}): WorkerRun {
  const worker = new Worker(new URL('./scripted_run.worker.ts', import.meta.url), { type: 'module' })
  const start = { config, base: location.href, resume, ...transfer }
  return { worker, run: followRun(withPageWorkers(worker, { peer }), start) }
}

/** Starts a run. */
export function start(config: RunConfig, resume = false, transfer: RunTransfer = {}): Run {
  return startInWorker(config, resume, transfer).run
}

/** The configuration of a short run whose second peer follows the script `source`. */
export function config(source = 'scripted', settings: Partial<RunConfig> = {}): RunConfig {
  return tinyConfig({
    peers: [
      { id: 'ada', source: 'scripted' },
      { id: 'bo', source },
    ],
    ...settings,
  })
}

/** Reads until an event of this type; later events stay unread. */
export async function until(events: AsyncIterator<RunEvent>, type: RunEvent['type']): Promise<RunEvent> {
  for (;;) {
    const { value, done } = await events.next()
    if (done) throw new Error(`the run ended before ${type}`)
    if (value.type === type) return value
  }
}
