import type { RunTravel } from '../../workers/run_host'
import { ColloquyError } from '../errors'
import type { Exchange, RunEvent } from '../ilr/events'
import type { RunConfig } from '../runs/config'
import { agreeToHosts } from './agree_to_hosts'
import { findBrowser } from './browser'
import type { ExportFolder } from './export_folder'
import { fail } from './fail'
import { getModels } from './get_models'
import { JsonLines } from './json_lines'
import { LEARN_HELP, type LearnOptions, parseLearnOptions } from './learn_options'
import { endText, exchangeText, gainText, ProgressLine, tableHead, tableRow } from './learn_output'
import type { ModelOptions } from './model_options'

/** The run in a browser where one is found and starts, else in node, saying so. */
async function openRun(
  config: RunConfig,
  models: ModelOptions,
  travel: RunTravel,
  signal: AbortSignal,
): Promise<AsyncIterable<RunEvent>> {
  // Loaded here: they take a second, and wrong arguments are told at once.
  const { browserRun, launchBrowser } = await import('./browser_run')
  const path = findBrowser()
  const browser = path === null ? null : await launchBrowser(path)
  if (browser) {
    console.error(`Running in ${path} ${browser.version()}, backend ${config.backend}`)
    return browserRun(browser, config, models, travel, signal)
  }
  const why =
    path !== null
      ? `${path} does not start`
      : process.env.CHROME_PATH
        ? `CHROME_PATH is ${process.env.CHROME_PATH}, where there is no file`
        : 'no Chrome, Chromium or Edge'
  if (config.backend === 'webgpu')
    throw new ColloquyError({
      code: 'backend',
      what: '--backend webgpu',
      found: why,
      wanted: 'a browser with WebGPU',
      todo: 'Install Chromium, set CHROME_PATH, or use --backend wasm',
    })
  console.error(`Running in node on wasm: ${why}`)
  const { startRun } = await import('../../workers/node')
  const run = startRun(config, undefined, { hub: models.hub, cache: models.cache }, travel)
  signal.addEventListener('abort', () => void run.stop())
  return run
}

/** The folders that a run is exported to; null for one that was not asked for. */
interface Exports {
  readonly run: ExportFolder | null
  readonly trl: ExportFolder | null
}

async function beginExports({ config, exportRun, exportTrl }: LearnOptions): Promise<Exports> {
  return {
    run: exportRun === null ? null : await (await import('./export_run')).beginRunExport(exportRun),
    trl: exportTrl === null ? null : await (await import('./export_trl')).beginTrlExport(config, exportTrl),
  }
}

async function learn(
  { config, models, from }: LearnOptions,
  json: JsonLines | null,
  { run, trl }: Exports,
  signal: AbortSignal,
): Promise<void> {
  const progress = new ProgressLine(process.stderr, config)
  const say = (text: string) => {
    progress.clear()
    console.log(text)
  }
  const evaluations: Extract<RunEvent, { type: 'eval' }>[] = []
  let steps: Extract<RunEvent, { type: 'step' }>[] = []
  let sample: { step: number; exchange: Exchange } | null = null

  const travel = {
    from: from ?? undefined,
    exportsAdapters: run !== null || trl !== null,
    exportsFile: run !== null,
  }
  for await (const event of await openRun(config, models, travel, signal)) {
    json?.write(event)
    progress.show(event)
    switch (event.type) {
      case 'step':
        steps.push(event)
        break
      case 'exchange':
        sample = event
        break
      case 'adapter':
        await run?.adapter(event)
        await trl?.adapter(event)
        break
      case 'run-file':
        if (run) await (await import('./export_run')).exportRun(run, event)
        break
      case 'warning':
        progress.clear()
        console.error(`warning: ${event.message}`)
        break
      case 'eval':
        if (evaluations.length === 0) say(tableHead(event))
        say(tableRow(event, steps))
        evaluations.push(event)
        steps = []
        break
      case 'done': {
        if (sample) say(`\n${exchangeText(sample.step, sample.exchange)}`)
        const [first] = evaluations
        const last = evaluations.at(-1)
        if (first && last) say(`\n${gainText(first, last)}`)
        say(`\n${endText(event)}`)
        if (run) say(`The run and what can be read of it: ${run.path} (see docs/exports.md)`)
        if (trl) say(`To go on in TRL: python ${trl.path}/train.py (see docs/graduate.md)`)
      }
    }
  }
  progress.clear()
}

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort())
try {
  const options = parseLearnOptions(process.argv.slice(2))
  if (options === null) console.log(LEARN_HELP)
  else {
    if (options.from !== null) await agreeToHosts(options.config, options.models)
    await getModels(options.config.peers, options.models, undefined, interrupted.signal)
    const json = options.json === null ? null : new JsonLines(options.json)
    await learn(options, json, await beginExports(options), interrupted.signal)
    json?.close()
    if (interrupted.signal.aborted) {
      console.error('Stopped.')
      process.exit(130)
    }
  }
} catch (error) {
  if (interrupted.signal.aborted) {
    console.error('Stopped.')
    process.exit(130)
  }
  fail(error)
}
