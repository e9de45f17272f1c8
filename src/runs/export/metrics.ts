/** Metrics of a run for other programs. */

import type { RunEvent } from '../../ilr/events'
import { mean } from '../../report/averages'
import type { RunRecord } from '../file/run_record'
import { type Cells, csvTable } from './csv'

/**
 * Returns JSON Lines as `npm run learn -- --json` writes them: the configuration, then each step and
 * evaluation.
 */
export function metricsJsonl({ config, events }: RunRecord): string {
  const numbers = events.filter(({ type }) => type !== 'exchange')
  const lines = [jsonLine({ type: 'run', config, resumedFrom: null }), ...numbers.map(jsonLine)]
  return lines.map((line) => `${line}\n`).join('')
}

/** Returns CSV with one row per step: its metrics, and the last evaluation after it. */
export function metricsCsv({ events }: RunRecord): string {
  const rows = new Map<number, Cells>()
  for (const event of events) {
    if (event.type === 'exchange') continue
    const numbers = event.type === 'step' ? event.metrics : evalMeasures(event)
    rows.set(event.step, { step: event.step, ...rows.get(event.step), ...numbers })
  }
  return csvTable([...rows.values()])
}

/**
 * Returns `trainer_state.json` in the form of transformers' TrainerState. One epoch is the whole run, because
 * questions are generated and there is no data set to pass through. Steps are optimizer steps; a step of a
 * run has `numIterations` of them.
 */
export function trainerState({ config, state, events }: RunRecord): Readonly<Record<string, unknown>> {
  const epoch = (step: number) => step / config.steps
  const optimizerSteps = (steps: number) => steps * config.numIterations
  const history = events.flatMap((event) => {
    if (event.type === 'exchange') return []
    const numbers = event.type === 'step' ? event.metrics : evalMeasures(event)
    return [{ epoch: epoch(event.step), ...numbers, step: optimizerSteps(event.step) }]
  })
  return {
    best_global_step: state.best ? optimizerSteps(state.best.step) : null,
    best_metric: state.best?.accuracy ?? null,
    best_model_checkpoint: null,
    epoch: epoch(state.step),
    eval_steps: optimizerSteps(config.evalEvery),
    global_step: optimizerSteps(state.step),
    is_hyper_param_search: false,
    is_local_process_zero: true,
    is_world_process_zero: true,
    log_history: history,
    logging_steps: optimizerSteps(1),
    max_steps: optimizerSteps(config.steps),
    num_input_tokens_seen: state.numTokens,
    num_train_epochs: 1,
    save_steps: optimizerSteps(config.checkpointEvery),
    stateful_callbacks: {},
    total_flos: 0,
    train_batch_size: config.numGenerations,
    trial_name: null,
    trial_params: null,
  }
}

/**
 * Returns the JSON line of an event, or null for an event that is no result: progress, live text and remarks
 * of the run. A line is the event as it is, except that `run` and `exchange` put their content at the top
 * level.
 */
export function jsonLine(event: RunEvent): string | null {
  switch (event.type) {
    case 'run':
      return JSON.stringify({ type: 'run', ...event.config })
    case 'exchange':
      return JSON.stringify({ type: 'exchange', step: event.step, ...event.exchange })
    case 'determinism':
    case 'step':
    case 'eval':
    case 'best':
    case 'done':
      return JSON.stringify(event)
    default:
      return null
  }
}

/** Returns the numbers of an evaluation, named as Hugging Face names them; without what was not measured. */
export function evalMeasures(event: Extract<RunEvent, { type: 'eval' }>): Record<string, number> {
  const { solo, skills, readings, idea3, debate, sampled, vote, ood, n, trainedTokens, generatedTokens } =
    event
  const measures: Record<string, number> = {}
  const add = (name: string, value: number) => {
    if (Number.isFinite(value)) measures[`eval_${name}`] = value
  }
  for (const [name, perPeer] of Object.entries({ solo, idea3, debate, ood })) {
    if (!perPeer) continue
    const values = Object.values(perPeer)
    add(name, mean(values))
    for (const [peer, value] of Object.entries(perPeer)) add(`${name}/${peer}`, value)
  }
  for (const [name, perPeer] of Object.entries({ solo: skills, reading: readings, sampled }))
    for (const [peer, bySkill] of Object.entries(perPeer ?? {}))
      for (const [skill, value] of Object.entries(bySkill)) add(`${name}/${peer}/${skill}`, value)
  if (vote !== undefined) add('vote', vote)
  add('samples', n)
  add('trained_tokens', trainedTokens)
  add('generated_tokens', generatedTokens)
  return measures
}
