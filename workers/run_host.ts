import type { RunEvent } from '../src/ilr/events'
import { createRun, type Run } from '../src/ilr/run'
import { Checkpoints, runId } from '../src/runs/checkpoints'
import type { RunConfig } from '../src/runs/config'
import { WorkerPeer } from './peer_host'
import type { WorkerPort } from './supervised'

export interface RunStart {
  readonly config: RunConfig
  /** Where model folders are: a URL in browsers, a folder in node. */
  readonly base: string
  /** Whether to go on from this configuration's checkpoint. */
  readonly resume: boolean
}

/** A run worker's calls. Events are streamed; `run` settles when the run ends. */
export interface RunApi {
  run(start: RunStart): Promise<void>
  pause(): void
  resume(): void
  step(): void
}

export interface RunSurroundings {
  /** Opens a worker for one peer. */
  openPeer(): WorkerPort
  /** Processor cores that the peers share. */
  readonly cores: number
  /** False where there is no IndexedDB: nothing is kept. */
  readonly keepsCheckpoints: boolean
}

/** wasm gains little from more threads on models that run in a browser. */
const MOST_THREADS = 4

/** The inside of a run worker: the run, its peers each in a worker of its own, and its checkpoints. */
export function hostRun(surroundings: RunSurroundings, stream: (event: RunEvent) => void): RunApi {
  let run: Run | undefined
  return {
    async run({ config, base, resume }) {
      const ports: WorkerPort[] = []
      let store: Promise<Checkpoints> | undefined
      const checkpoints = () => {
        store ??= Checkpoints.open()
        return store
      }
      // Of the sessions before this one.
      let earlier: readonly RunEvent[] = []
      const threads = Math.floor(surroundings.cores / config.peers.length)
      run = createRun(config, {
        async loadPeers({ peers: wanted, backend, loraRank, loraAlpha, seed }, onProgress) {
          return Promise.all(
            wanted.map(({ id, source }) => {
              const port = surroundings.openPeer()
              ports.push(port)
              return WorkerPeer.load(
                port,
                {
                  id,
                  source,
                  base,
                  backend,
                  loraRank,
                  loraAlpha,
                  seed,
                  threads: Math.min(MOST_THREADS, Math.max(1, threads)),
                },
                (fraction) => onProgress(id, fraction),
              )
            }),
          )
        },
        now: () => performance.now(),
        async saveState(state, events) {
          if (!surroundings.keepsCheckpoints) return
          await (await checkpoints()).save(config, state, [...earlier, ...events])
        },
        async loadState() {
          if (!resume) return null
          const { run, state } = await (await checkpoints()).load(await runId(config))
          earlier = run.events
          return state
        },
      })
      try {
        for await (const event of run) stream(event)
      } finally {
        for (const port of ports) port.terminate()
        if (store) await store.then((open) => open.close()).catch(() => undefined)
      }
    },
    pause: () => run?.pause(),
    resume: () => run?.resume(),
    step: () => run?.step(),
  }
}
