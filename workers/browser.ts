import type { RunConfig } from '../src/config/config'
import type { ModelPlaces } from '../src/hub/source'
import type { Inquiry } from '../src/ilr/inquiry/inquiry'
import type { Run } from '../src/ilr/run'
import type { FileDescription } from '../src/tasks/file/describe_file'
import { compileOrt } from './browser/ort_module'
import { type RunWorkerKind, withPageWorkers } from './browser/page_workers'
import { describeQuestions as describeIn, followInquiry, followRun } from './run_client'
import type { RunTransfer } from './run_host'
import type { WorkerPort } from './supervised'

let compiled: Promise<WebAssembly.Module | null> | undefined

/**
 * Compiles ONNX Runtime's wasm once for all runs of this page. Runs start sooner where it is called before
 * them.
 */
export function prepareOrt(): Promise<WebAssembly.Module | null> {
  compiled ??= compileOrt()
  return compiled
}

// The name is that of BY_CHANNEL, as a literal: bundlers of workers read no constants.
const OPENED: Readonly<Record<RunWorkerKind, () => Worker>> = {
  peer: () =>
    new Worker(new URL('./peer.worker.ts', import.meta.url), { type: 'module', name: 'by-channel' }),
  judge: () =>
    new Worker(new URL('./judge.worker.ts', import.meta.url), { type: 'module', name: 'by-channel' }),
}

function openRunWorker(): WorkerPort {
  const worker = new Worker(new URL('./run.worker.ts', import.meta.url), { type: 'module' })
  return withPageWorkers(worker, OPENED)
}

/**
 * Starts a run in workers of this page. Model folders lie beside the page, other models at `places`. With
 * `resume` it continues from this configuration's checkpoint. Without `keeps`, its checkpoints are lost with
 * it. `tunesKernels` is that of `PeerLoad`. `transfer` says what else it continues from and what it exports
 * at its end. `cores` defaults to all cores.
 */
export function startRun(
  config: RunConfig,
  {
    resume = false,
    keeps = true,
    tunesKernels = false,
    transfer = {} as RunTransfer,
    cores = undefined as number | undefined,
    places = undefined as ModelPlaces | undefined,
  } = {},
): Run {
  return followRun(
    openRunWorker(),
    { config, base: besidePage(), resume, keeps, tunesKernels, cores, places, ...transfer },
    ortFor(config),
  )
}

/**
 * Opens an inquiry of a run's peers in workers of this page. With `trained`, they also answer with the
 * adapters of the run's checkpoint. The rest is as in `startRun`.
 */
export function openInquiry(config: RunConfig, trained: boolean, places: ModelPlaces): Inquiry {
  return followInquiry(
    openRunWorker(),
    { config, base: besidePage(), trained, tunesKernels: true, places },
    ortFor(config),
  )
}

/** Reads a configuration's question file as a run would, in a worker of this page. */
export function describeQuestions(config: RunConfig): Promise<FileDescription> {
  return describeIn(openRunWorker(), config, besidePage())
}

function besidePage(): string {
  return new URL('.', document.baseURI).href
}

function ortFor({ backend }: RunConfig): Promise<WebAssembly.Module | null> {
  return backend === 'wasm' ? prepareOrt() : Promise.resolve(null)
}
