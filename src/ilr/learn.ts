import { ColloquyError } from '../errors'
import type { Peer } from '../model/peer'
import { repeatsOfAll } from '../model/repeats'
import { seedKey } from '../random'
import { measuredMethods, type RunConfig } from '../runs/config'
import { DIGEST_START } from '../runs/digest'
import type { Stage, Task } from '../tasks/task'
import { measureAbility, measurePeers, validationQuestions } from './ability'
import { evaluate } from './evaluate'
import type { EndReason, Measurement, Progress, RunEvent, RunState, Standing } from './events'
import { exchangeOf } from './exchange'
import { EVALUATION, StepKeys } from './keys'
import {
  alonenessWarning,
  calibrationWarning,
  importanceWarning,
  questionRecords,
  stepMetrics,
  tokensOf,
} from './metrics'
import { fingerprintsOf, requireModels, restorePeers } from './restore_peers'
import type { OpenTask, RunPorts } from './run'
import { type StepRecord, trainStep } from './step'
import { runDigest, stepDigest } from './step_digest'

/** What the loop needs from the run that holds it. */
export interface Host {
  emit(event: RunEvent): void
  /** Hands over the peers, and the task, to be freed with the run. */
  seat(peers: readonly Peer[]): void
  hold(task: OpenTask): void
  /**
   * Before every unit of work; `step` is the number of steps finished, `after` what is finished of the next one. `keep` is called where the
   * finished steps are to be kept now. Rejects once the run is stopped.
   */
  turn(step: number, after: Stage | null, keep: () => Promise<void>): Promise<void>
  stageFinished(): void
  /** A step is trained, and not kept. */
  stepTrained(): void
  /** All that is trained is kept, or was refused. */
  kept(): void
  /** A step is trained, measured and, where that is due, kept. */
  stepFinished(): void
}

/** The whole run: load, measure, evaluate, then step by step; every step leaves a state that can be gone on from. */
export async function learn(config: RunConfig, ports: RunPorts, host: Host): Promise<void> {
  const { emit } = host
  const started = ports.now()
  const elapsed = () => (ports.now() - started) / 1000
  const runKey = seedKey(config.seed)
  const saved = await ports.loadState()
  emit({ type: 'run', config, resumedFrom: saved?.step ?? null })
  const open = await ports.openTask(config)
  host.hold(open)
  const { task } = open
  for (const message of open.notes) emit({ type: 'warning', step: saved?.step ?? 0, message })
  const peers = await ports.loadPeers(config, (peer, fraction) =>
    emit({ type: 'progress', phase: 'load', step: saved?.step ?? 0, peer, done: fraction, total: 1 }),
  )
  host.seat(peers)
  emit({ type: 'repeats', repeats: repeatsOfAll(peers) })
  // Stopped while they were loading: nothing is asked of them any more.
  await host.turn(saved?.step ?? 0, null, async () => undefined)

  const validation = validationQuestions(config, task)
  const heldout = task.questions('heldout', new StepKeys(runKey, EVALUATION).questions(), config.evalSize)
  // Since the last checkpoint: those before are the store's, so that no list grows with the run.
  let unsaved: RunEvent[] = []
  let lastRefusal: string | null = null
  const say = (event: RunEvent) => {
    emit(event)
    unsaved.push(event)
  }
  let state: Progress = saved
    ? progressOf(saved)
    : { ...(await initialState(config, peers)), due: ['ability', 'accuracy'] }
  let written: Stage | null = null
  /** Whether the peers are as `state` says, so that it can be kept. */
  let keepable = true
  const turn = () => host.turn(state.step, written, async () => (keepable ? keep() : undefined))

  if (saved) {
    const what = `checkpoint of step ${saved.step}`
    requireModels(peers, saved, what)
    if (saved.chain !== DIGEST_START) emit({ type: 'warning', step: saved.step, message: OLDER_CHAIN })
    await restorePeers(peers, saved.adapters, what)
  }
  await settle()
  const firstStep = state.step + 1
  while (state.ended === null) {
    await turn()
    const step = state.step + 1
    const before = state
    const begun = ports.now()
    const keys = new StepKeys(runKey, step)
    const now = () => ports.now()
    const finished = (stage: Stage) => {
      written = stage
      host.stageFinished()
    }
    const setting = { config, task, peers, step, keys, validation, emit, turn, finished, now }
    const record = await trainStep(setting, state)
    state = await advance(state, peers, record)
    state = { ...state, due: dueAfter(config, before, state) }
    written = null
    const seconds = (ports.now() - begun) / 1000
    for (const message of warnings(config, peers, record, step === firstStep))
      emit({ type: 'warning', step, message })
    say({ type: 'exchange', step, exchange: await exchangeOf(peers, record) })
    const { numTokens, ability } = state
    const metrics = stepMetrics(config, peers, record, { numTokens, seconds, ability })
    const questions = questionRecords(peers, record)
    const { digest, chain } = state
    say({ type: 'step', step, metrics, questions, digest, chain })
    host.stepTrained()
    await settle()
    host.stepFinished()
  }
  await ports.finish(emit)
  emit({ type: 'done', steps: state.step, reason: state.ended, seconds: elapsed(), digest: state.digest })

  /** Measures what is due, ends the run where it is over, and keeps it where a checkpoint is due. */
  async function settle(): Promise<void> {
    if (state.ended !== null) return
    if (state.due?.includes('ability')) await measure()
    if (state.due?.includes('accuracy')) await assess()
    const reason = endOf(config, state)
    if (reason !== null) await goBackToBest()
    state = { ...state, due: undefined, ended: reason }
    const { step } = state
    const trained = step > (saved?.step ?? 0)
    if (reason !== null || (trained && (step === 1 || step % config.checkpointEvery === 0))) {
      await turn()
      await keep()
    }
  }

  async function measure(): Promise<void> {
    await turn()
    const measured = await measureAll(config, task, peers, state.step, validation, emit)
    state = await withBest(config, { ...state, ...measured }, peers)
    if (state.best?.age === 0) emit({ type: 'best', step: state.step, accuracy: state.best.accuracy })
    // A run that ends with this measurement is tested once more.
    const tested = state.due?.includes('accuracy') || endOf(config, state) !== null
    state = { ...state, due: tested ? ['accuracy'] : undefined }
  }

  async function assess(): Promise<void> {
    const methods = methodsAt(config, state)
    const setting = { config, methods, task, peers, runKey, validation, emit, turn }
    const scores = await evaluate(setting, heldout, state)
    say({ type: 'eval', ...scores, seconds: elapsed() })
    state = { ...state, due: undefined }
  }

  /** A run whose checkpoint has no room, say, is still worth going on with; what is said once need not be said with every checkpoint. */
  async function keep(): Promise<void> {
    const { step } = state
    try {
      await ports.saveState({ ...state, adapters: await adaptersOf(peers) }, unsaved)
    } catch (error) {
      if (!(error instanceof ColloquyError) || error.code !== 'storage') throw error
      const message = `${error.message} The run goes on in memory: what is not kept is lost when the page is closed.`
      if (error.detail.found !== lastRefusal) emit({ type: 'warning', step, message })
      lastRefusal = error.detail.found
      return
    } finally {
      host.kept()
    }
    lastRefusal = null
    unsaved = []
    emit({ type: 'checkpoint', step })
  }

  /** Ends with the adapters that were best on validation, where that is wanted and they are not the last ones. */
  async function goBackToBest(): Promise<void> {
    const adapters = state.best?.age === 0 ? null : (state.best?.adapters ?? null)
    if (!config.loadBestModelAtEnd || adapters === null) return
    await turn()
    keepable = false
    await restorePeers(peers, adapters, `best step, ${state.best?.step}`)
    // What the peers can do is what they could do then, not what they could do last: their modes follow from it.
    const measured = await measureAll(config, task, peers, state.step, validation, emit)
    state = { ...state, ...measured }
    await assess()
    keepable = true
  }
}

const OLDER_CHAIN =
  'This run began in another version of Colloquy. It goes on with that version’s digest, which cannot be compared with those of runs ' +
  'that begin now.'

/** Whether the run is at its end, and why. */
function endOf(config: RunConfig, state: Progress): EndReason | null {
  const { earlyStoppingPatience, trainedTokensBudget, generatedTokensBudget } = config
  if (earlyStoppingPatience !== null && (state.best?.age ?? 0) >= earlyStoppingPatience) return 'early-stop'
  const budgets = [
    trainedTokensBudget === null ? null : state.trainedTokens >= trainedTokensBudget,
    generatedTokensBudget === null ? null : state.generatedTokens >= generatedTokensBudget,
  ].filter((used) => used !== null)
  if (budgets.length > 0 && budgets.every(Boolean)) return 'budget'
  return state.step >= config.steps ? 'steps' : null
}

/** What is to be measured after a step. */
function dueAfter(config: RunConfig, before: Progress, after: Progress): Measurement[] {
  const { step } = after
  const spent = endOf(config, after) !== null
  const choosing = config.loadBestModelAtEnd || config.earlyStoppingPatience !== null
  const ability = step % config.refreshAbilityEvery === 0 ? !spent || choosing : spent && choosing
  const accuracy = step % config.evalEvery === 0 || spent || crossedBudget(config, before, after)
  return [...(ability ? (['ability'] as const) : []), ...(accuracy ? (['accuracy'] as const) : [])]
}

/** What a test after this state measures beside the greedy solo answer. Tests that `evalEvery` did not ask for measure everything. */
function methodsAt(config: RunConfig, state: Progress): ReadonlySet<RunConfig['evalMethods'][number]> {
  const test = state.step / config.evalEvery
  const left = Number.isInteger(test) && test % (config.evalMethodsEvery ?? 1) !== 0
  return new Set(left && endOf(config, state) === null ? [] : measuredMethods(config))
}

/** Whether a budget was used up between two states: a moment to be evaluated. */
function crossedBudget(config: RunConfig, before: Progress, after: Progress): boolean {
  const crossed = (budget: number | null, tokens: 'trainedTokens' | 'generatedTokens') =>
    budget !== null && before[tokens] < budget && after[tokens] >= budget
  return (
    crossed(config.trainedTokensBudget, 'trainedTokens') ||
    crossed(config.generatedTokensBudget, 'generatedTokens')
  )
}

/** The state with its new measurement weighed against the best before. */
async function withBest(config: RunConfig, state: Progress, peers: readonly Peer[]): Promise<Progress> {
  const abilities = Object.values(state.ability)
  const accuracy = abilities.reduce((sum, value) => sum + value, 0) / abilities.length
  if (state.best && accuracy <= state.best.accuracy)
    return { ...state, best: { ...state.best, age: state.best.age + 1 } }
  const adapters = config.loadBestModelAtEnd ? await adaptersOf(peers) : null
  return { ...state, best: { step: state.step, accuracy, age: 0, adapters } }
}

function progressOf({ adapters: _, ...progress }: RunState): Progress {
  return progress
}

async function initialState(config: RunConfig, peers: readonly Peer[]): Promise<Progress> {
  const models = fingerprintsOf(peers)
  return {
    step: 0,
    digest: await runDigest(config, models),
    chain: DIGEST_START,
    models,
    numTokens: 0,
    trainedTokens: 0,
    generatedTokens: 0,
    ability: {},
    references: {},
    best: null,
    ended: null,
  }
}

/** Asked for where they are kept only: they are large, and cross from the peers' workers. */
async function adaptersOf(peers: readonly Peer[]): Promise<RunState['adapters']> {
  const states = await Promise.all(peers.map((peer) => peer.adapterState()))
  return Object.fromEntries(peers.map(({ id }, i) => [id, states[i]]))
}

async function measureAll(
  config: RunConfig,
  task: Task,
  peers: readonly Peer[],
  step: number,
  questions: ReturnType<Task['questions']>,
  emit: Host['emit'],
): Promise<Standing> {
  const keys = new StepKeys(seedKey(config.seed), step)
  const total = questions.length
  return measurePeers(
    peers,
    (peer, i) => measureAbility(peer, i, task, questions, config, keys),
    (peer, over) => emit({ type: 'progress', phase: 'ability', step, peer, done: over ? total : 0, total }),
  )
}

async function advance(state: Progress, peers: readonly Peer[], record: StepRecord): Promise<Progress> {
  return {
    ...state,
    step: record.step,
    digest: await stepDigest(state.digest, record, peers),
    numTokens: state.numTokens + tokensOf(record),
    trainedTokens: state.trainedTokens + record.trainedTokens,
    generatedTokens: state.generatedTokens + record.generatedTokens,
  }
}

/** What a reader of a step's numbers must know. The setting is only judged in a session's first step. */
function warnings(config: RunConfig, peers: readonly Peer[], record: StepRecord, first: boolean): string[] {
  const skipped = peers
    .filter((_, i) => record.updates[i]?.skipped)
    .map(
      ({ id }) =>
        `${id}'s update of step ${record.step} was skipped: loss or gradient was not finite; its adapter is as it was`,
    )
  const settings = first
    ? [calibrationWarning(config, record), importanceWarning(config), alonenessWarning(config)]
    : []
  return [...settings.filter((text) => text !== null), ...skipped]
}
