import { resolve } from 'node:path'
import { fromBase64, toBase64 } from '../../../workers/wire'
import type { RunConfig } from '../../config/config'
import { fromWire } from '../../errors'
import { parseSource } from '../../hub/source'
import type { RunEvent } from '../../ilr/events'
import type { RunOptions } from '../learn/model_options'
import { type ServedFolders, serveFolders } from '../site/serve_folders'
import { ensureBuild, ROOT, serveBuild } from '../site/site'
import type { PageEvent } from './headless'
import { browserGone, type HeadlessBrowser } from './headless_browser'

/** A browser that takes longer to open the page and begin has hung, as Firefox was seen to do now and then on a busy machine. */
const START_SECONDS = 120

/** Where the page finds what was downloaded. */
const CACHE_PATH = '/downloaded-models/'

/**
 * Peers' folders that are not part of the build, the downloaded models and the question file, by the path at which the page looks
 * for them.
 */
function servedFiles({ peers, questionFile }: RunConfig, cache: string): ServedFolders {
  const folders = new Map([[CACHE_PATH, resolve(cache)]])
  const pathOf = (name: string) => new URL(`./${name}`, 'http://localhost/').pathname
  for (const { source } of peers)
    if (parseSource(source).kind === 'relative') folders.set(pathOf(`${source}/`), resolve(ROOT, source))
  if (questionFile !== null) folders.set(pathOf(questionFile), resolve(ROOT, questionFile))
  return folders
}

/**
 * A run inside a headless page: the same build and the same workers as for a visitor. Ends when the run ends or `signal`
 * aborts; the browser is closed either way.
 * @throws what ended the run; ColloquyError `worker` where the page or the browser dies
 */
export async function* browserRun(
  browser: HeadlessBrowser,
  config: RunConfig,
  { models: { hub, cache }, cores, transfer, signal }: Omit<RunOptions, 'place' | 'say'>,
): AsyncGenerator<RunEvent, void> {
  await ensureBuild()
  const site = await serveBuild(0, { plugins: [serveFolders(servedFiles(config, cache))] })
  const waiting: RunEvent[] = []
  let outcome: { error: unknown } | 'ended' | null = null
  let wake: () => void = () => undefined
  const settle = (result: { error: unknown } | 'ended') => {
    outcome ??= result
    wake()
  }
  const died = (what: string, found?: string) => settle({ error: browserGone(what, found) })
  const stop = () => settle('ended')
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  const late = setTimeout(
    () => died('headless page', `it began no run within ${START_SECONDS} s`),
    START_SECONDS * 1000,
  )
  const start = async () => {
    const page = await browser.openPage(died)
    await page.exposeFunction('reportEvents', (events: readonly PageEvent[]) => {
      // That the run has begun is told before its peers load.
      if (events.some(({ type }) => type !== 'run')) clearTimeout(late)
      waiting.push(...events.map(fromPage))
      wake()
    })
    await page.goto(`${site.url}headless.html`, { timeout: START_SECONDS * 1000 })
    const options = {
      places: { hub, cache: new URL(CACHE_PATH, site.url).href },
      transfer: { ...transfer, from: transfer.from && toBase64(transfer.from) },
      cores: cores ?? undefined,
    }
    const call = [config, options] as const
    return page
      .evaluate(([wanted, asked]) => window.headlessRun(wanted, asked), call)
      .catch(() => died('headless page'))
  }
  try {
    start().then(
      (wire) => settle(wire ? { error: fromWire(wire) } : 'ended'),
      (error: unknown) => settle({ error }),
    )
    for (;;) {
      const event = waiting.shift()
      if (event) yield event
      else if (outcome === 'ended') return
      else if (outcome) throw (outcome as { error: unknown }).error
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  } finally {
    clearTimeout(late)
    signal.removeEventListener('abort', stop)
    await browser.close()
    await site.close()
  }
}

function fromPage(event: PageEvent): RunEvent {
  return event.type === 'run-file' ? { ...event, bytes: fromBase64(event.bytes) } : event
}
