/** The inside of bench.html: suites, called by the command that drives the page. */
import { browserPort } from '../../workers/browser/browser_worker'
import { fetchFolder } from '../../workers/browser/fetch_folder'
import '../../workers/browser/own_scripts'
import { toWire, type WireError } from '../errors'
import { isSoftware, requestAdapter } from '../gpu/device'
import type { AdapterInfo } from './results'
import { openTrainingPeers } from './rivals/training_peer'
import type { Environment, Found, SuiteSettings } from './suite'
import './pages/long_run'
import { ENGINE_SUITES, type EngineSuiteName } from './suites/engine_suites'

declare global {
  interface Window {
    /** Put here by the command: what is being timed. */
    reportProgress(text: string): Promise<void>
    /** An error comes back as a value, since it has to cross to the command with its type. */
    runSuite(
      suite: EngineSuiteName,
      settings: SuiteSettings,
    ): Promise<{ found: Found } | { error: WireError }>
    /** Null without WebGPU. */
    describeAdapter(): Promise<AdapterInfo | null>
  }
}

const open = (worker: Worker) => browserPort(worker)

const env: Environment = {
  base: new URL('.', document.baseURI).href,
  openPeer: () =>
    open(new Worker(new URL('../../workers/peer.worker.ts', import.meta.url), { type: 'module' })),
  openLab: () => open(new Worker(new URL('./lab/lab.worker.ts', import.meta.url), { type: 'module' })),
  openHub: () =>
    open(new Worker(new URL('./transformers_js.worker.ts', import.meta.url), { type: 'module' })),
  openTrainingPeers,
  readFolder: (source) => fetchFolder(new URL('.', document.baseURI).href, source),
  say: (text) => window.reportProgress(text),
}

window.runSuite = async (suite, settings) => {
  try {
    return { found: await ENGINE_SUITES[suite](settings, env) }
  } catch (error) {
    return { error: toWire(error) }
  }
}

window.describeAdapter = async () => {
  const adapter = navigator.gpu ? await requestAdapter(navigator.gpu) : null
  if (!adapter) return null
  const { vendor, architecture, description } = adapter.info
  return { vendor, architecture, description, software: isSoftware(adapter.info) }
}
