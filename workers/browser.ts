import type { Run } from '../src/ilr/run'
import type { RunConfig } from '../src/runs/config'
import { browserPort } from './browser_worker'
import { followRun } from './run_client'

/**
 * Starts a run in workers of this page. Model folders are found beside the page.
 * With `resume`, it goes on from this configuration's checkpoint; `tunesKernels` as in `PeerLoad`.
 */
export function startRun(config: RunConfig, { resume = false, tunesKernels = false } = {}): Run {
  const worker = new Worker(new URL('./run.worker.ts', import.meta.url), { type: 'module' })
  const base = new URL('.', document.baseURI).href
  return followRun(browserPort(worker), { config, base, resume, tunesKernels })
}
