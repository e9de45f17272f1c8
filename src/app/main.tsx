/** The page over the real engine: runs in workers, checkpoints in IndexedDB. */
import { render } from 'preact'
import { describeQuestions } from '../../workers/browser'
import { readAlong, running } from '../../workers/browser/tabs'
import { PRESETS, presetConfig } from '../config/presets'
import { openInquiry, prepareOrt, startRun } from '../index'
import { runId } from '../runs/checkpoint_entry'
import { Checkpoints } from '../runs/checkpoints'
import { keptEvents } from '../runs/file/run_record'
import { App } from './app'
import type { Engine } from './engine'
import { keepPage } from './offline/kept_page'
import { openRecording } from './recording/use_playback'
import { nextFrame, Session } from './session'
import '../../workers/browser/own_scripts'
import './styles/base.css'
import './styles/parts.css'
import './styles/page.css'
import './styles/controls.css'
import './styles/exchange.css'
import './styles/bubbles.css'
import './styles/charts.css'
import './styles/tabs.css'
import './styles/sharing.css'
import './styles/lesson.css'
import './styles/worksheet.css'

async function withCheckpoints<T>(work: (checkpoints: Checkpoints) => Promise<T>): Promise<T> {
  const checkpoints = await Checkpoints.open()
  try {
    return await work(checkpoints)
  } finally {
    checkpoints.close()
  }
}

const engine: Engine = {
  presets: Object.entries(PRESETS).map(([name, { title }]) => ({ name, title, config: presetConfig(name) })),
  recording: openRecording,
  start: (config, from, places) => startRun(config, { resume: from !== null, tunesKernels: true, places }),
  openInquiry,
  describeQuestions,
  savedRuns: () => withCheckpoints((checkpoints) => checkpoints.list()),
  record: (config) =>
    withCheckpoints(async (checkpoints) => {
      const { run, state } = await checkpoints.load(await runId(config))
      return { config, state, events: keptEvents(run.events) }
    }),
  keep: ({ config, state, events }) =>
    withCheckpoints((checkpoints) => checkpoints.save(config, state, 0, events)),
  forget: (id) => withCheckpoints((checkpoints) => checkpoints.delete(id)),
  restore: (id) => withCheckpoints((checkpoints) => checkpoints.restore(id)),
  kept: (id) => withCheckpoints(async (checkpoints) => (await checkpoints.load(id)).run),
  exchange: (config, step) =>
    withCheckpoints(async (checkpoints) => checkpoints.exchange(await runId(config), step)),
  rename: (id, name) => withCheckpoints((checkpoints) => checkpoints.rename(id, name)),
  pin: (id, step, pinned) => withCheckpoints((checkpoints) => checkpoints.pin(id, step, pinned)),
  running,
  readAlong,
  async fingerprints(peers, { hub }) {
    const [{ modelFingerprints, openCacheStore }, { fetchFolder }] = await Promise.all([
      import('../hub'),
      import('../../workers/browser/fetch_folder'),
    ])
    const base = new URL('.', document.baseURI).href
    return modelFingerprints(peers, {
      beside: (source) => fetchFolder(base, source),
      kept: openCacheStore,
      hub,
    })
  },
}

function open(): void {
  // While the page is drawn: its presets run on wasm.
  const prepared = prepareOrt()
  // The development server has no service worker.
  if (import.meta.env.PROD) void keepPage(prepared)
  // What was deleted in an earlier visit. Where there is no store to be had, asking for the kept runs says so.
  withCheckpoints((checkpoints) => checkpoints.purge()).catch(() => undefined)
  const place = document.querySelector('#app')
  if (place === null) throw new Error('index.html has no element with the id "app"')
  const session = new Session(engine, nextFrame)
  addEventListener('pagehide', () => session.leave())
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) session.keep()
  })
  render(<App engine={engine} session={session} />, place)
}

// A page in a frame can be laid over or under another one, so that a press means something else: it shows the embed, which has nothing
// to lose. Our own server also sends `frame-ancestors 'none'`; other servers may not.
if (self !== top || /[#&]embed=1(&|$)/.test(location.hash)) location.replace(`./embed.html${location.hash}`)
else open()
