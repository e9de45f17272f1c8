import type { RunConfig } from '../src/config/config'
import { ColloquyError, GPU_DEVICE } from '../src/errors'
import type { ModelPlaces } from '../src/hub/source'
import type { RunEvent } from '../src/ilr/events'
import type { InquiryEvent, OwnQuestion } from '../src/ilr/inquiry/inquiry'
import { LiveInquiry } from '../src/ilr/inquiry/live_inquiry'
import { createRun } from '../src/ilr/live_run'
import type { Run, RunPorts } from '../src/ilr/run'
import { runId } from '../src/runs/checkpoint_entry'
import { readRunFile } from '../src/runs/file/read_run_file'
import { keptEvents } from '../src/runs/file/run_record'
import { writeRunFile } from '../src/runs/file/write_run_file'
import { MemoryCheckpoints, type RunStore } from '../src/runs/memory_checkpoints'
import type { CodeJudge } from '../src/tasks/code/code_judge'
import { asOnlyWriter } from './browser/tabs'
import { loadPeers } from './load_peers'
import { openTask } from './open_task'
import type { WorkerPeer } from './peer_host'
import type { WorkerPort } from './supervised'
import { toBase64 } from './wire'

export interface RunStart {
  readonly config: RunConfig
  /** Where model folders are: a URL in browsers, a folder in node. */
  readonly base: string
  /** Whether to go on from this configuration's checkpoint. */
  readonly resume: boolean
  /** A run file of this configuration to go on from, in place of a checkpoint. */
  readonly from?: Uint8Array
  /** Whether checkpoints outlive the run; true where not said. */
  readonly keeps?: boolean
  /** Cores the run may use; all there are where not said. */
  readonly cores?: number
  /** See `PeerLoad`. */
  readonly tunesKernels?: boolean
  /** Whether `adapter` events are wanted. */
  readonly exportsAdapters?: boolean
  /** Whether a `run-file` event is wanted. */
  readonly exportsFile?: boolean
  /** Where models that are not under `base` are. */
  readonly places?: ModelPlaces
}

/** What a run goes on from, and what is wanted of it besides its events. */
export type RunTransfer = Pick<RunStart, 'from' | 'exportsAdapters' | 'exportsFile'>

/** What an inquiry begins with: what a run of the configuration would, and whether its checkpoint answers, too. */
export interface InquiryStart extends Pick<RunStart, 'config' | 'base' | 'tunesKernels' | 'places'> {
  readonly trained: boolean
}

/** The calls of a worker that holds a run, or an inquiry. */
export interface RunApi {
  /** Begins a run. */
  run(start: RunStart): void
  /** The run's next event: they wait in its queue, so that a slow reader is felt in the run. */
  next(): Promise<IteratorResult<RunEvent, void>>
  /** Begins an inquiry. */
  inquire(start: InquiryStart): void
  /** Streams the inquiry's events about a question, and settles with the last. */
  ask(question: OwnQuestion): Promise<void>
  /** Peers wait for it: ONNX Runtime's wasm for all of them (see `ort_module.ts`), or null where each compiles its own. */
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
  /** Reads a text file, named by a run configuration, that lies under `base`. */
  readText(base: string, file: string): Promise<string>
  openJudge(): CodeJudge
  /** Opens the store of checkpoints: one that outlives the run where there is IndexedDB. */
  openStore(): Promise<RunStore>
  /** Whether other tabs of a browser have the same store. */
  readonly hasTabs: boolean
}

/** How often a run that runs out of memory goes on with smaller passes. */
const MOST_HALVINGS = 3

/**
 * The inside of a worker that holds a run, or an inquiry: its peers are in workers of their own, its checkpoints in a store.
 * @param stream gets what an inquiry says
 */
export function hostRun(environment: RunEnvironment, stream: (event: InquiryEvent) => void): RunApi {
  let run: Run | undefined
  let events: AsyncGenerator<RunEvent, void> | undefined
  let inquiry: LiveInquiry | undefined
  let { openStore } = environment
  /** What was said to a run that is not there yet. */
  const early: ((run: Run) => void)[] = []
  const tell = (command: (run: Run) => void) => {
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
    async ask(question) {
      if (!inquiry) throw new TypeError('an inquiry begins before it is asked')
      await inquiry.ask(question, stream)
    },
    pause: () => tell((current) => current.pause()),
    resume: () => tell((current) => current.resume()),
    step: () => tell((current) => current.step()),
    stage: () => tell((current) => current.stage()),
    keep: async () => run?.keep(),
  }

  async function* runOf(start: RunStart): AsyncGenerator<RunEvent, void> {
    const { keeps = true } = start
    if (!keeps) {
      const store = new MemoryCheckpoints()
      openStore = async () => store
      // To its reader nothing of it is kept, and no other tab can see it.
      for await (const event of attempts(start)) if (event.type !== 'checkpoint') yield event
    } else if (environment.hasTabs) yield* asOnlyWriter(await runId(start.config), () => attempts(start))
    else yield* attempts(start)
  }

  async function* attempts(start: RunStart): AsyncGenerator<RunEvent, void> {
    let { resume } = start
    if (start.from) {
      await takeIn(start.from)
      resume = true
    }
    for (let halvings = 0; ; halvings++)
      try {
        yield* attempt({ ...start, resume }, halvings)
        return
      } catch (error) {
        if (!isShortage(error) || halvings >= MOST_HALVINGS) throw error
        const step = await checkpointOf(start.config)
        // The error itself is what there is to say.
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
    let seated: WorkerPeer[] = []
    // How many of the run's events the store has: of the sessions before this one, and of this one's checkpoints.
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
        seated = await loadPeers(wanted, load, onProgress)
        return seated
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
      async finish(say) {
        if (transfer.exportsAdapters)
          for (const peer of seated) {
            const { config: adapterConfig, weights } = await peer.exportAdapter()
            say({ type: 'adapter', peer: peer.id, config: adapterConfig, weights: toBase64(weights) })
          }
        if (transfer.exportsFile) {
          const { run, state } = await load(config)
          const pieces = writeRunFile({ config, state, events: keptEvents(run.events) })
          say({ type: 'run-file', bytes: new Uint8Array(await new Blob(pieces).arrayBuffer()) })
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
    const { readText, openJudge } = environment
    return (config) => openTask(config, { readText: (file) => readText(base, file), openJudge })
  }

  /** Keeps what a run file has as the checkpoint of its run. */
  async function takeIn(file: Uint8Array): Promise<void> {
    const { config, state, events } = readRunFile(file)
    await withStore((store) => store.save(config, state, 0, events))
  }

  /** The step of the run's checkpoint, or null where there is none that can be gone on from. */
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

  /** Opened each time: between two checkpoints it may be deleted, or brought to a newer version by another tab. */
  async function withStore<T>(work: (store: RunStore) => Promise<T>): Promise<T> {
    const store = await openStore()
    try {
      return await work(store)
    } finally {
      store.close()
    }
  }
}

/** Whether smaller passes, or a new device, may mend it. */
function isShortage(error: unknown): error is ColloquyError {
  if (!(error instanceof ColloquyError)) return false
  return error.code === 'memory' || (error.code === 'backend' && error.detail.what === GPU_DEVICE)
}

function returned({ detail: { what, found } }: ColloquyError, step: number): string {
  return `${what}: ${found}. The run goes on from its checkpoint of step ${step} with passes half as large; sums are taken in another order, so its digest will be another one than where there is room`
}
