import type { Exchange, RunEvent } from '../ilr/events'
import { DETERMINISM_TEXT } from '../model/determinism'
import { verdictOf, verdictText } from '../runs/reproduction'
import { changedModels, type SharedRun } from '../runs/shared_run'
import { runCommand } from './command'
import { agreeToHosts } from './learn/agree_to_hosts'
import type { ExportFolder } from './learn/export_folder'
import { JsonLines } from './learn/json_lines'
import { LEARN, type LearnOptions, learnOptions } from './learn/learn_options'
import { endText, exchangeText, gainText, ProgressLine, tableHead, tableRow } from './learn/learn_output'
import type { ModelOptions } from './learn/model_options'
import { openRun } from './learn/open_run'
import { prepareModels } from './learn/prepare_models'
import {
  againText,
  agreeToOrigins,
  fingerprintsHere,
  NOT_REPRODUCED,
  outcome,
  sharedText,
} from './learn/shared_learn'

/** The folders that a run is exported to; null for one that was not asked for. */
interface Exports {
  readonly run: ExportFolder | null
  readonly trl: ExportFolder | null
}

async function beginExports({ config, exportRun, exportTrl }: LearnOptions): Promise<Exports> {
  return {
    run: exportRun === null ? null : await (await import('./learn/export_folder')).beginRunExport(exportRun),
    trl:
      exportTrl === null
        ? null
        : await (await import('./learn/export_trl')).beginTrlExport(config, exportTrl),
  }
}

/** Whatever there is to know, and to agree to, before the run of a link. */
async function prepareShared(shared: SharedRun, models: ModelOptions): Promise<void> {
  console.error(sharedText(shared))
  await agreeToOrigins(shared.config, models)
}

/** @returns whether the run came out as its link says, null where that says nothing or there is none */
async function learn(
  { config, place, cores, models, shared, from }: LearnOptions,
  json: JsonLines | null,
  { run, trl }: Exports,
  signal: AbortSignal,
): Promise<boolean | null> {
  const fingerprints = await fingerprintsHere(config, models)
  const changed = shared ? changedModels(shared, fingerprints) : []
  if (changed.length > 0)
    console.error(
      `warning: another model than in the link: ${changed.join(', ')}. It cannot come out the same`,
    )
  const progress = new ProgressLine(process.stderr, config)
  const say = (text: string) => {
    progress.clear()
    console.log(text)
  }
  const evaluations: Extract<RunEvent, { type: 'eval' }>[] = []
  let steps: Extract<RunEvent, { type: 'step' }>[] = []
  const trained: Extract<RunEvent, { type: 'step' }>[] = []
  const told = { steps: trained, evaluations }
  let parted = false
  let same: boolean | null = null
  let sample: { step: number; exchange: Exchange } | null = null

  const transfer = {
    from: from ?? undefined,
    exportsAdapters: run !== null || trl !== null,
    exportsFile: run !== null,
  }
  const options = { place, cores, models, transfer, signal, say: (text: string) => console.error(text) }
  for await (const event of await openRun(config, options)) {
    json?.write(event)
    progress.show(event)
    switch (event.type) {
      case 'determinism':
        progress.clear()
        console.error(`The digest is ${DETERMINISM_TEXT[event.determinism]}`)
        break
      case 'step':
        steps.push(event)
        trained.push(event)
        if (shared?.result && !parted) {
          const verdict = verdictOf(shared.result, trained, shared.drifted)
          parted = verdict.kind === 'parted'
          progress.clear()
          if (parted) console.error(`warning: ${verdictText(verdict)}`)
        }
        break
      case 'exchange':
        sample = event
        break
      case 'adapter':
        await run?.adapter(event)
        await trl?.adapter(event)
        break
      case 'run-file':
        if (run) await (await import('./learn/export_folder')).exportRun(run, event)
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
        if (shared) {
          const { same: cameOut, text } = outcome(shared, told)
          same = cameOut
          say(text)
        } else say(againText(config, fingerprints, told))
        if (run) say(`The run and what can be read of it: ${run.path} (see docs/exports.md)`)
        if (trl) say(`To go on in TRL: python ${trl.path}/train.py (see docs/graduate.md)`)
      }
    }
  }
  progress.clear()
  return same
}

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort())
await runCommand(LEARN, async (given) => {
  const options = learnOptions(given)
  try {
    if (options.shared) await prepareShared(options.shared, options.models)
    if (options.from !== null) await agreeToHosts(options.config, options.models)
    await prepareModels(options.config, options.models, undefined, interrupted.signal)
    const json = options.json === null ? null : new JsonLines(options.json)
    const same = await learn(options, json, await beginExports(options), interrupted.signal)
    json?.close()
    if (same === false) process.exitCode = NOT_REPRODUCED
  } catch (error) {
    if (!interrupted.signal.aborted) throw error
  }
  if (interrupted.signal.aborted) {
    console.error('Stopped.')
    process.exit(130)
  }
})
