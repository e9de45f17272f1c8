import type { RunTravel } from '../../workers/run_host'
import { ColloquyError } from '../errors'
import type { RunEvent } from '../ilr/events'
import type { RunConfig } from '../runs/config'
import { findBrowser, findFirefox, findWebKit } from './browser'
import type { HeadlessBrowser } from './headless_browser'
import type { ModelOptions } from './model_options'

/** Where a run of the command line computes. */
export const RUN_PLACES = ['chromium', 'firefox', 'webkit', 'node'] as const
export type RunPlace = (typeof RUN_PLACES)[number]

export interface RunWishes {
  /** Null: in Chrome, Chromium or Edge where one is found and starts, else in node, saying so. */
  readonly place: RunPlace | null
  /** Cores to use; null is all there are. */
  readonly cores: number | null
  readonly models: ModelOptions
  readonly travel: RunTravel
  readonly signal: AbortSignal
  /** Told where it runs. */
  say(text: string): void
}

/** @throws ColloquyError `backend` where the place is not to be had, or has no WebGPU and the run wants it */
export async function openRun(config: RunConfig, wishes: RunWishes): Promise<AsyncIterable<RunEvent>> {
  const { place, say } = wishes
  if (place === 'node') return nodeRun(config, wishes, 'as asked')
  const found = await OPENERS[place ?? 'chromium']()
  if (typeof found !== 'string') {
    say(`Running in ${found.name}, backend ${config.backend}`)
    const { browserRun } = await import('./browser_run')
    return browserRun(found, config, wishes)
  }
  if (place !== null) throw missing(`--on ${place}`, found, 'one that starts', INSTALLED[place], '--on node')
  return nodeRun(config, wishes, found)
}

async function nodeRun(config: RunConfig, wishes: RunWishes, why: string): Promise<AsyncIterable<RunEvent>> {
  if (config.backend === 'webgpu')
    throw missing('--backend webgpu', why, 'a browser with WebGPU', INSTALLED.chromium, '--backend wasm')
  wishes.say(`Running in node on wasm: ${why}`)
  const { startRun } = await import('../../workers/node')
  const { cores, models, travel, signal } = wishes
  const places = { hub: models.hub, cache: models.cache }
  const run = startRun(config, cores ?? undefined, places, travel)
  signal.addEventListener('abort', () => void run.stop())
  return run
}

/** The browser, or why there is none. */
async function openChromium(): Promise<HeadlessBrowser | string> {
  const path = findBrowser()
  if (path === null) return absent('CHROME_PATH', 'no Chrome, Chromium or Edge')
  const { launchChromium } = await import('./headless_browser')
  return (await launchChromium(path)) ?? `${path} does not start`
}

async function openFirefox(): Promise<HeadlessBrowser | string> {
  const path = findFirefox()
  if (path === null) return absent('FIREFOX_PATH', 'no Firefox')
  const { launchFirefox } = await import('./firefox')
  return (await launchFirefox(path)) ?? `${path} does not start`
}

async function openWebKit(): Promise<HeadlessBrowser | string> {
  const path = findWebKit()
  if (path === null) return absent('WEBKIT_PATH', 'no WebKitWebDriver')
  const { launchWebKit } = await import('./webkit')
  return (await launchWebKit(path)) ?? `${path} does not start a browser`
}

const OPENERS = { chromium: openChromium, firefox: openFirefox, webkit: openWebKit }

/** What is to be installed, and the variable that says where it is. */
const INSTALLED = {
  chromium: 'Chromium, set CHROME_PATH',
  firefox: 'Firefox, set FIREFOX_PATH',
  webkit: 'WebKitWebDriver (Debian: webkit2gtk-driver and xvfb), set WEBKIT_PATH',
}

function absent(variable: 'CHROME_PATH' | 'FIREFOX_PATH' | 'WEBKIT_PATH', otherwise: string): string {
  const asked = process.env[variable]
  return asked ? `${variable} is ${asked}, where there is no file` : otherwise
}

function missing(
  what: string,
  found: string,
  wanted: string,
  installed: string,
  instead: string,
): ColloquyError {
  return new ColloquyError({
    code: 'backend',
    what,
    found,
    wanted,
    todo: `Install ${installed}, or use ${instead}`,
  })
}
