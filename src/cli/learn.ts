import type { Exchange, RunEvent } from '../ilr/events'
import { REPEATS_TEXT } from '../model/repeats'
import type { RunConfig } from '../runs/config'
import type { TrlExport } from './export_trl'
import { fail } from './fail'
import { getModels } from './get_models'
import { JsonLines } from './json_lines'
import { LEARN_HELP, type LearnOptions, parseLearnOptions } from './learn_options'
import { endText, exchangeText, gainText, ProgressLine, tableHead, tableRow } from './learn_output'
import { openRun } from './open_run'

async function beginExport(config: RunConfig, folder: string): Promise<TrlExport> {
  const { TrlExport } = await import('./export_trl')
  return TrlExport.begin(config, folder)
}

async function learn(
  { config, place, cores, models }: LearnOptions,
  json: JsonLines | null,
  trl: TrlExport | null,
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

  const wishes = { place, cores, models, exportsAdapters: trl !== null, signal }
  for await (const event of await openRun(config, { ...wishes, say: (text) => console.error(text) })) {
    json?.write(event)
    progress.show(event)
    switch (event.type) {
      case 'repeats':
        progress.clear()
        console.error(`The digest is ${REPEATS_TEXT[event.repeats]}`)
        break
      case 'step':
        steps.push(event)
        break
      case 'exchange':
        sample = event
        break
      case 'adapter':
        await trl?.adapter(event)
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
        if (trl) say(`To go on in TRL: python ${trl.folder}/train.py (see docs/graduate.md)`)
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
    await getModels(options.config.peers, options.models, undefined, interrupted.signal)
    const json = options.json === null ? null : new JsonLines(options.json)
    const trl = options.exportTrl === null ? null : await beginExport(options.config, options.exportTrl)
    await learn(options, json, trl, interrupted.signal)
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
