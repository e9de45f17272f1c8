/** A run's numbers for other programs. */
import type { RunRecord } from '../file/run_record'
import { type Cells, csvTable } from './csv'
import { jsonLine } from './json_line'
import { evalMeasures } from './measures'

/** JSON Lines as `npm run learn -- --json` writes them: the configuration, then each step and evaluation. */
export function metricsJsonl({ config, events }: RunRecord): string {
  const numbers = events.filter(({ type }) => type !== 'exchange')
  const lines = [jsonLine({ type: 'run', config, resumedFrom: null }), ...numbers.map(jsonLine)]
  return lines.map((line) => `${line}\n`).join('')
}

/** A row a step: its metrics, and what was measured after it. Of several evaluations after one step, the last. */
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
 * `trainer_state.json` as transformers' TrainerState has it. What it calls an epoch is here the whole run: questions are made, and
 * there is no data set to go through. Its steps are optimizer steps, of which a step of a run has `numIterations`.
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
