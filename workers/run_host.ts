import type { RunConfig } from '../src/config/config'
import { ColloquyError, GPU_DEVICE } from '../src/errors'
import type { ModelPlaces } from '../src/hub/source'
import type { RunEvent } from '../src/ilr/events'
import type { InquiryEvent, OwnQuestion } from '../src/ilr/inquiry/inquiry'
import { LiveInquiry } from '../src/ilr/inquiry/live_inquiry'
import { learnersOf } from '../src/ilr/learners'
import { createRun } from '../src/ilr/live_run'
import type { Run, RunPorts } from '../src/ilr/run'
import { runId } from '../src/runs/checkpoint_entry'
import { readRunFile } from '../src/runs/file/read_run_file'
import { keptEvents } from '../src/runs/file/run_record'
import { writeRunFile } from '../src/runs/file/write_run_file'
import { MemoryCheckpoints, type RunStore } from '../src/runs/memory_checkpoints'
import type { CodeJudge } from '../src/tasks/code/code_judge'
import type { FileDescription } from '../src/tasks/file/describe_file'
import { asOnlyWriter } from './browser/tabs'
import { loadPeers } from './load_peers'
import { openQuestions, openTask } from './open_task'
import type { WorkerPeer } from './peer_host'
import type { WorkerPort } from './supervised'
import { toBase64 } from './wire'

export interface RunStart {
  readonly config: RunConfig
  /** Root of the model folders: a URL in browsers, a folder in node. */
  readonly base: string
  /** True to continue from this configuration's checkpoint. */
  readonly resume: boolean
  /** A run file of this configuration to continue from, instead of a checkpoint. */
  readonly from?: Uint8Array
  /** True where checkpoints outlive the run; true by default. */
  readonly keeps?: boolean
  /** Cores the run may use; all by default. */
  readonly cores?: number
  /** See `PeerLoad`. */
  readonly tunesKernels?: boolean
  /** True to emit `adapter` events. */
  readonly exportsAdapters?: boolean
  /** True to emit a `run-file` event. */
  readonly exportsFile?: boolean
  /** Locations of models that are not under `base`. */
  readonly places?: ModelPlaces
}

/** Source that a run continues from, and exports besides its events. */
export type RunTransfer = Pick<RunStart, 'from' | 'exportsAdapters' | 'exportsFile'>

/** Start of an inquiry: the fields of a run, and whether the run's checkpoint answers, too. */
export interface InquiryStart extends Pick<RunStart, 'config' | 'base' | 'tunesKernels' | 'places'> {
  readonly trained: boolean
}

/** Calls of a worker that holds a run or an inquiry, or describes a question file. */
export interface RunApi {
  /** Begins a run. */
  run(start: RunStart): void
  /** Returns the run's next event. Events wait in the run's queue, so a slow reader slows the run. */
  next(): Promise<IteratorResult<RunEvent, void>>
  /** Begins an inquiry. */
  inquire(start: InquiryStart): void
  /** Tells what a run of this configuration would read of its question file. */
  describeQuestions(config: RunConfig, base: string): Promise<FileDescription>
  /** Streams the inquiry's events about a question, and settles after the last one. */
  ask(question: OwnQuestion): Promise<void>
  /**
   * Provides ONNX Runtime's wasm for all peers, which wait for it (see `ort_module.ts`), or null where each
   * compiles its own.
   */
  provideOrt(module: WebAssembly.Module | null): void
  pause(): void
  resume(): void
  step(): void
  stage(): void
  /** See `Run`. */
  keep(): Promise<void>
}

export interface RunEnvironment {
  /** Opens a worker for one peer, or for several on one set of weights. */
  openPeer(): WorkerPort
  /** Processor cores that the peers share. */
  readonly cores: number
  /** Reads a file, named by a run configuration, that lies under `base`. */
  readFile(base: string, file: string): Promise<Uint8Array>
  openJudge(): CodeJudge
  /** Opens the store of checkpoints; with IndexedDB it outlives the run. */
  openStore(): Promise<RunStore>
  /** True where other tabs of a browser share the store. */
  readonly hasTabs: boolean
}

/** Maximum number of times that a run out of memory continues with smaller passes. */
const MOST_HALVINGS = 3

/**
 * Serves a run, an inquiry or a description inside its worker. Peers live in their own workers, checkpoints in a store.
 * @param stream gets the inquiry's events
 */
export function hostRun(environment: RunEnvironment, stream: (event: InquiryEvent) => void): RunApi {
  let run: Run | undefined
  let events: AsyncGenerator<RunEvent, void> | undefined
  let inquiry: LiveInquiry | undefined
  let { openStore } = environment
  /** Commands to a run that is not created yet. */
  const early: ((run: Run) => void)[] = []
  const send = (command: (run: Run) => void) => {
    if (run) command(run)
    else early.push(command)
  }
  let provide: (module: WebAssembly.Module | null) => void = () => undefined
  const ortModule = new Promise<WebAssembly.Module | null>((resolve) => {
    provide = resolve
  })
  return {
    provideOrt: (module) => provide(module),
    run(start) {
      events = runOf(start)
    },
    next() {
      if (!events) throw new TypeError('a run begins before it is read')
      return events.next()
    },
    inquire(start) {
      inquiry = inquiryOf(start)
    },
    async describeQuestions(config, base) {
      const { readFile } = environment
      const opened = await openQuestions(config, { readFile: (file) => readFile(base, file) })
      return opened.description
    },
    async ask(question) {
      if (!inquiry) throw new TypeError('an inquiry begins before it is asked')
      await inquiry.ask(question, stream)
    },
    pause: () => send((current) => current.pause()),
    resume: () => send((current) => current.resume()),
    step: () => send((current) => current.step()),
    stage: () => send((current) => current.stage()),
    keep: async () => run?.keep(),
  }

  async function* runOf(start: RunStart): AsyncGenerator<RunEvent, void> {
    const { keeps = true } = start
    if (!keeps) {
      const store = new MemoryCheckpoints()
      openStore = async () => store
      // Its reader must see no checkpoints: nothing of this run is kept. No other tab can see it.
      for await (const event of attempts(start)) if (event.type !== 'checkpoint') yield event
    } else if (environment.hasTabs) yield* asOnlyWriter(await runId(start.config), () => attempts(start))
    else yield* attempts(start)
  }

  async function* attempts(start: RunStart): AsyncGenerator<RunEvent, void> {
    let { resume } = start
    if (start.from) {
      await keepRunFile(start.from)
      resume = true
    }
    for (let halvings = 0; ; halvings++)
      try {
        yield* attempt({ ...start, resume }, halvings)
        return
      } catch (error) {
        if (!isShortage(error) || halvings >= MOST_HALVINGS) throw error
        const step = await checkpointOf(start.config)
        // Without a checkpoint only the error remains to report.
        if (step === null) throw error
        yield { type: 'warning', step, message: returned(error, step) }
        resume = true
      }
  }

  async function* attempt(
    { config, base, resume, cores = environment.cores, tunesKernels, places, ...transfer }: RunStart,
    halvings: number,
  ): AsyncGenerator<RunEvent, void> {
    const ports: WorkerPort[] = []
    let loaded: WorkerPeer[] = []
    // Number of the run's events in the store: those of earlier sessions and of this session's checkpoints.
    let kept = 0
    run = createRun(config, {
      openTask: openTaskIn(base),
      async loadPeers(wanted, onProgress) {
        const openPeer = () => {
          const port = environment.openPeer()
          ports.push(port)
          return port
        }
        const load = { openPeer, base, cores, places, tunesKernels, halvings, ortModule }
        loaded = await loadPeers(wanted, load, onProgress)
        return loaded
      },
      now: () => performance.now(),
      async saveState(state, events) {
        await withStore((store) => store.save(config, state, kept, events))
        kept += events.length
      },
      async loadState() {
        if (!resume) return null
        const { run, state } = await load(config)
        kept = run.events.length
        return state
      },
      async finish(emit) {
        if (transfer.exportsAdapters)
          for (const { writer, index, writes } of learnersOf(config, loaded)) {
            const { config: adapterConfig, weights } = await writer.exportAdapter()
            const peer = loaded[index].id
            emit({ type: 'adapter', peer, writes, config: adapterConfig, weights: toBase64(weights) })
          }
        if (transfer.exportsFile) {
          const { run, state } = await load(config)
          const pieces = writeRunFile({ config, state, events: keptEvents(run.events) })
          emit({ type: 'run-file', bytes: new Uint8Array(await new Blob(pieces).arrayBuffer()) })
        }
      },
    })
    for (const command of early.splice(0)) command(run)
    try {
      yield* run
    } finally {
      for (const port of ports) port.terminate()
    }
  }

  function inquiryOf({ config, base, tunesKernels, places, trained }: InquiryStart): LiveInquiry {
    const { openPeer, cores } = environment
    return new LiveInquiry(config, {
      openTask: openTaskIn(base),
      loadPeers: (wanted, onProgress) =>
        loadPeers(wanted, { openPeer, base, cores, places, tunesKernels, ortModule }, onProgress),
      loadState: async () => (trained ? (await load(config)).state : null),
    })
  }

  function openTaskIn(base: string): RunPorts['openTask'] {
    const { readFile, openJudge } = environment
    return (config) => openTask(config, { readFile: (file) => readFile(base, file), openJudge })
  }

  /** Saves the content of a run file as the checkpoint of its run. */
  async function keepRunFile(file: Uint8Array): Promise<void> {
    const { config, state, events } = readRunFile(file)
    await withStore((store) => store.save(config, state, 0, events))
  }

  /** Returns the step of the run's checkpoint, or null where there is none to continue from. */
  async function checkpointOf(config: RunConfig): Promise<number | null> {
    try {
      return (await load(config)).state.step
    } catch {
      return null
    }
  }

  async function load(config: RunConfig) {
    const id = await runId(config)
    return withStore((store) => store.load(id))
  }

  /** Opens the store for each use: between two uses another tab may delete it or upgrade it. */
  async function withStore<T>(work: (store: RunStore) => Promise<T>): Promise<T> {
    const store = await openStore()
    try {
      return await work(store)
    } finally {
      store.close()
    }
  }
}

/** Returns whether smaller passes or a new device may help. */
function isShortage(error: unknown): error is ColloquyError {
  if (!(error instanceof ColloquyError)) return false
  return error.code === 'memory' || (error.code === 'backend' && error.detail.what === GPU_DEVICE)
}

function returned({ detail: { what, found } }: ColloquyError, step: number): string {
  return (
    `${what}: ${found}. The run goes on from its checkpoint of step ${step} with passes half as large. ` +
    'Sums then have another order, so its digest differs from that of a run with enough memory'
  )
}
