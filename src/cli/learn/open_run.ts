import type { RunConfig } from '../../config/config'
import { ColloquyError } from '../../errors'
import type { RunEvent } from '../../ilr/events'
import { findBrowser, findFirefox, findWebKit } from '../browsers/browser'
import type { HeadlessBrowser } from '../browsers/headless_browser'
import type { RunOptions } from './model_options'

/** @throws ColloquyError `backend` where the place is not to be had, or has no WebGPU and the run wants it */
export async function openRun(config: RunConfig, options: RunOptions): Promise<AsyncIterable<RunEvent>> {
  const { place, say } = options
  if (place === 'node') return nodeRun(config, options, 'as asked')
  const found = await OPENERS[place ?? 'chromium']()
  if (typeof found !== 'string') {
    say(`Running in ${found.name}, backend ${config.backend}`)
    const { browserRun } = await import('../browsers/browser_run')
    return browserRun(found, config, options)
  }
  if (place !== null) throw missing(`--on ${place}`, found, 'one that starts', INSTALLED[place], '--on node')
  return nodeRun(config, options, found)
}

async function nodeRun(
  config: RunConfig,
  options: RunOptions,
  why: string,
): Promise<AsyncIterable<RunEvent>> {
  if (config.backend === 'webgpu')
    throw missing('--backend webgpu', why, 'a browser with WebGPU', INSTALLED.chromium, '--backend wasm')
  options.say(`Running in node on wasm: ${why}`)
  const { startRun } = await import('../../../workers/node')
  const { cores, models, transfer, signal } = options
  const places = { hub: models.hub, cache: models.cache }
  const run = startRun(config, cores ?? undefined, places, transfer)
  signal.addEventListener('abort', () => void run.stop())
  return run
}

/** The browser, or why there is none. */
async function openChromium(): Promise<HeadlessBrowser | string> {
  const path = findBrowser()
  if (path === null) return absent('CHROME_PATH', 'no Chrome, Chromium or Edge')
  const { launchChromium } = await import('../browsers/headless_browser')
  return (await launchChromium(path)) ?? `${path} does not start`
}

async function openFirefox(): Promise<HeadlessBrowser | string> {
  const path = findFirefox()
  if (path === null) return absent('FIREFOX_PATH', 'no Firefox')
  const { launchFirefox } = await import('../browsers/firefox')
  return (await launchFirefox(path)) ?? `${path} does not start`
}

async function openWebKit(): Promise<HeadlessBrowser | string> {
  const path = findWebKit()
  if (path === null) return absent('WEBKIT_PATH', 'no WebKitWebDriver')
  const { launchWebKit } = await import('../browsers/webkit')
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
