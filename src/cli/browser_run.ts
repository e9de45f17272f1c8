import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Browser, chromium } from 'playwright'
import type { RunTravel } from '../../workers/run_host'
import { ColloquyError, fromWire } from '../errors'
import { parseSource } from '../hub/source'
import type { RunEvent } from '../ilr/events'
import type { RunConfig } from '../runs/config'
import { BROWSER_FLAGS } from './browser'
import type { ModelOptions } from './model_options'
import { type ServedFolders, serveFolders } from './serve_folders'
import { ensureBuild, ROOT, serveBuild } from './site'

/** Starts a headless browser, or gives null where this one does not start. */
export async function launchBrowser(executablePath: string): Promise<Browser | null> {
  try {
    return await chromium.launch({
      executablePath,
      args: [...BROWSER_FLAGS],
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    })
  } catch {
    return null
  }
}

/** Where the page finds what was downloaded. */
const CACHE_PATH = '/downloaded-models/'

/** Peers' folders that are not part of the build, and the downloaded models, by the path at which the page looks for them. */
function servedFolders(config: RunConfig, cache: string): ServedFolders {
  const folders = new Map([[CACHE_PATH, resolve(cache)]])
  for (const { source } of config.peers)
    if (parseSource(source).kind === 'relative')
      folders.set(new URL(`${source}/`, 'http://localhost/').pathname, resolve(ROOT, source))
  return folders
}

/**
 * A run inside a headless page: the same build and the same workers as for a visitor. Ends when the run ends or `signal`
 * aborts; the browser is closed either way.
 * @throws what ended the run; ColloquyError `worker` where the page or the browser dies
 */
export async function* browserRun(
  browser: Browser,
  config: RunConfig,
  { hub, cache }: ModelOptions,
  travel: RunTravel,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, void> {
  await ensureBuild()
  const site = await serveBuild(0, { plugins: [serveFolders(servedFolders(config, cache))] })
  const waiting: RunEvent[] = []
  let outcome: { error: unknown } | 'ended' | null = null
  let wake: () => void = () => undefined
  const settle = (result: { error: unknown } | 'ended') => {
    outcome ??= result
    wake()
  }
  const died = (what: string) =>
    settle({
      error: new ColloquyError({
        code: 'worker',
        what,
        found: 'it ended in the middle of the run',
        wanted: 'a page that runs to the end',
        todo: 'Try again; if memory is short, lower --questions or --group',
      }),
    })
  const stop = () => settle('ended')
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  try {
    const page = await browser.newPage()
    page.on('crash', () => died('headless page'))
    browser.on('disconnected', () => died('headless browser'))
    await page.exposeFunction('reportEvents', (events: readonly RunEvent[]) => {
      waiting.push(...events)
      wake()
    })
    const { questionFile } = config
    if (questionFile !== null) {
      // The page has no files: the one it asks for is answered from here. One that cannot be read is missing there, too.
      const body = await readFile(resolve(ROOT, questionFile)).catch(() => null)
      // As the page's worker looks it up, also where it is an absolute path.
      const url = new URL(`./${questionFile}`, site.url).href
      if (body) await page.route(url, (route) => route.fulfill({ body }))
    }
    await page.goto(`${site.url}headless.html`, { timeout: 120_000 })
    page
      .evaluate(([wanted, places, also]) => window.headlessRun(wanted, places, also), [
        config,
        { hub, cache: new URL(CACHE_PATH, site.url).href },
        travel,
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
