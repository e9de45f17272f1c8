import type { ModelPlaces } from '../src/hub/places'
import type { Run } from '../src/ilr/run'
import type { RunConfig } from '../src/runs/config'
import { compileOrt } from './ort_module'
import './own_scripts'
import { withPageWorkers } from './page_workers'
import type { RunWorkerKind } from './run.worker'
import { followRun } from './run_client'
import type { RunTravel } from './run_host'

let compiled: Promise<WebAssembly.Module | null> | undefined

/** Begins to compile ONNX Runtime's wasm, once for all runs of this page. Runs start sooner where it is called before them. */
export function prepareOrt(): Promise<WebAssembly.Module | null> {
  compiled ??= compileOrt()
  return compiled
}

// Their name is BY_CHANNEL, in letters: what bundles workers reads no constants.
const OPENED: Readonly<Record<RunWorkerKind, () => Worker>> = {
  peer: () =>
    new Worker(new URL('./peer.worker.ts', import.meta.url), { type: 'module', name: 'by-channel' }),
  judge: () =>
    new Worker(new URL('./judge.worker.ts', import.meta.url), { type: 'module', name: 'by-channel' }),
}

/**
 * Starts a run in workers of this page. Model folders are found beside the page, other models at `places`.
 * With `resume`, it goes on from this configuration's checkpoint; `tunesKernels` as in `PeerLoad`;
 * `travel` says what else it goes on from, and what it tells when it is over. `cores` are all there are where not said.
 */
export function startRun(
  config: RunConfig,
  {
    resume = false,
    tunesKernels = false,
    travel = {} as RunTravel,
    cores = undefined as number | undefined,
    places = undefined as ModelPlaces | undefined,
  } = {},
): Run {
  const worker = new Worker(new URL('./run.worker.ts', import.meta.url), { type: 'module' })
  const base = new URL('.', document.baseURI).href
  const ortModule = config.backend === 'wasm' ? prepareOrt() : Promise.resolve(null)
  return followRun(
    withPageWorkers(worker, OPENED),
    { config, base, resume, tunesKernels, cores, places, ...travel },
    ortModule,
  )
}
