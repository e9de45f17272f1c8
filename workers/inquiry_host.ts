import type { InquiryEvent, OwnQuestion } from '../src/ilr/inquiry'
import { LiveInquiry } from '../src/ilr/live_inquiry'
import { runId } from '../src/runs/checkpoint_entry'
import { loadPeers } from './load_peers'
import { openTask } from './open_task'
import type { RunStart, RunSurroundings } from './run_host'

/** What an inquiry begins with: what a run of the configuration would, and whether its checkpoint answers, too. */
export interface InquiryStart extends Pick<RunStart, 'config' | 'base' | 'tunesKernels' | 'places'> {
  readonly trained: boolean
}

/** An inquiry worker's calls. `ask` streams events, and settles with the last. */
export interface InquiryApi {
  begin(start: InquiryStart): void
  /** Peers wait for it: see `RunApi`. */
  provideOrt(module: WebAssembly.Module | null): void
  ask(question: OwnQuestion): Promise<void>
}

/** The inside of an inquiry worker. Its peers are in workers of their own, and all of them end with it. */
export function hostInquiry(
  surroundings: Omit<RunSurroundings, 'hasTabs'>,
  stream: (event: InquiryEvent) => void,
): InquiryApi {
  let inquiry: LiveInquiry | undefined
  let provide: (module: WebAssembly.Module | null) => void = () => undefined
  const ortModule = new Promise<WebAssembly.Module | null>((resolve) => {
    provide = resolve
  })
  return {
    provideOrt: (module) => provide(module),
    begin({ config, base, tunesKernels, places, trained }) {
      const { openPeer, openJudge, openStore, readText, cores } = surroundings
      inquiry = new LiveInquiry(config, {
        openTask: (wanted) => openTask(wanted, { readText: (file) => readText(base, file), openJudge }),
        loadPeers: (wanted, onProgress) =>
          loadPeers(wanted, { openPeer, base, cores, places, tunesKernels, ortModule }, onProgress),
        async loadState() {
          if (!trained) return null
          const store = await openStore()
          try {
            return (await store.load(await runId(config))).state
          } finally {
            store.close()
          }
        },
      })
    },
    async ask(question) {
      if (!inquiry) throw new TypeError('an inquiry begins before it is asked')
      await inquiry.ask(question, stream)
    },
  }
}
