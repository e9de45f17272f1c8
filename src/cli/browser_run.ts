import { resolve } from 'node:path'
import { fromWire } from '../errors'
import { parseSource } from '../hub/source'
import type { RunEvent } from '../ilr/events'
import type { RunConfig } from '../runs/config'
import { browserGone, type HeadlessBrowser } from './headless_browser'
import type { RunWishes } from './open_run'
import { type ServedFolders, serveFolders } from './serve_folders'
import { ensureBuild, ROOT, serveBuild } from './site'

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
  { models: { hub, cache }, cores, exportsAdapters, signal }: Omit<RunWishes, 'place' | 'say'>,
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
  const died = (what: string) => settle({ error: browserGone(what) })
  const stop = () => settle('ended')
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  try {
    const page = await browser.openPage(died)
    await page.exposeFunction('reportEvents', (events: readonly RunEvent[]) => {
      waiting.push(...events)
      wake()
    })
    await page.goto(`${site.url}headless.html`, { timeout: 120_000 })
    page
      .evaluate(([wanted, wishes]) => window.headlessRun(wanted, wishes), [
        config,
        {
          places: { hub, cache: new URL(CACHE_PATH, site.url).href },
          exportsAdapters,
          cores: cores ?? undefined,
        },
      ] as const)
      .then(
        (wire) => settle(wire ? { error: fromWire(wire) } : 'ended'),
        () => died('headless page'),
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
    signal.removeEventListener('abort', stop)
    await browser.close()
    await site.close()
  }
}
