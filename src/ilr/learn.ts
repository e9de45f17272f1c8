import { ColloquyError } from '../errors'
import type { Peer } from '../model/peer'
import { seedKey } from '../random'
import type { RunConfig } from '../runs/config'
import type { Task } from '../tasks/task'
import { measureAbility } from './ability'
import { evaluate } from './evaluate'
import type { RunEvent, RunState } from './events'
import { EVALUATION, StepKeys, VALIDATION } from './keys'
import { calibrationWarning, stepMetrics, tokensOf } from './metrics'
import type { RunPorts } from './run'
import { exchangeOf, type StepRecord, trainStep } from './step'
import { runDigest, stepDigest } from './step_digest'

/** What the loop needs from the run that holds it. */
export interface Host {
  emit(event: RunEvent): void
  /** Hands over the peers to be freed with the run. */
  seat(peers: readonly Peer[]): void
  /** Before every unit of work; `step` is the number of steps finished. Rejects once the run is stopped. */
  turn(step: number): Promise<void>
  stepFinished(): void
}

/** The whole run: load, measure, evaluate, then step by step; every step leaves a state that can be gone on from. */
export async function learn(config: RunConfig, ports: RunPorts, task: Task, host: Host): Promise<void> {
  const { emit } = host
  const started = ports.now()
  const runKey = seedKey(config.seed)
  const saved = await ports.loadState()
  emit({ type: 'run', config, resumedFrom: saved?.step ?? null })
  const peers = await ports.loadPeers(config, (peer, fraction) =>
    emit({ type: 'progress', phase: 'load', step: saved?.step ?? 0, peer, done: fraction, total: 1 }),
  )
  host.seat(peers)
  // Stopped while they were loading: nothing is asked of them any more.
  await host.turn(saved?.step ?? 0)

  const validation = task.questions(
    'validation',
    new StepKeys(runKey, VALIDATION).questions(),
    config.abilityQuestions,
  )
  const heldout = task.questions('heldout', new StepKeys(runKey, EVALUATION).questions(), config.evalSize)
  const history: RunEvent[] = []
  let state = saved ?? (await initialState(config, peers))
  const turn = () => host.turn(state.step)
  const measure = async () => {
    await turn()
    state = { ...state, ...(await measureAll(config, task, peers, state.step, validation, emit)) }
  }
  const assess = async () => {
    const scores = await evaluate({ config, task, peers, runKey, emit, turn }, heldout, state)
    emit(scores)
    history.push(scores)
  }

  if (saved) await restore(peers, saved)
  else {
    await measure()
    await assess()
  }
  for (let step = state.step + 1; step <= config.steps; step++) {
    await turn()
    const begun = ports.now()
    const keys = new StepKeys(runKey, step)
    const record = await trainStep({ config, task, peers, step, keys, emit, turn }, state)
    state = await advance(state, peers, step, record)
    const seconds = (ports.now() - begun) / 1000
    for (const message of warnings(config, peers, record, step, history.length === 0 || step === 1))
      emit({ type: 'warning', step, message })
    emit({ type: 'exchange', step, exchange: exchangeOf(peers, record) })
    const { numTokens, ability } = state
    const metrics = stepMetrics(config, peers, record, { numTokens, seconds, ability })
    const event: RunEvent = { type: 'step', step, metrics }
    emit(event)
    history.push(event)

    const last = step === config.steps
    if (step % config.refreshAbilityEvery === 0 && !last) await measure()
    if (step % config.evalEvery === 0 || last) await assess()
    if (step % config.checkpointEvery === 0 || last) {
      await turn()
      await ports.saveState(state, history)
      emit({ type: 'checkpoint', step })
    }
    host.stepFinished()
  }
  const seconds = (ports.now() - started) / 1000
  emit({ type: 'done', steps: state.step, seconds, digest: state.digest })
}

async function initialState(config: RunConfig, peers: readonly Peer[]): Promise<RunState> {
  const adapters = await Promise.all(peers.map((peer) => peer.adapterState()))
  return {
    step: 0,
    digest: await runDigest(config),
    numTokens: 0,
    ability: {},
    references: {},
    adapters: Object.fromEntries(peers.map(({ id }, i) => [id, adapters[i]])),
  }
}

async function restore(peers: readonly Peer[], { adapters, step }: RunState): Promise<void> {
  for (const { id } of peers)
    if (!Object.hasOwn(adapters, id))
      throw new ColloquyError({
        code: 'storage',
        what: `checkpoint of step ${step}`,
        found: `adapters of ${Object.keys(adapters).join(', ') || 'no peer'}`,
        wanted: `one of ${id}`,
        todo: 'Start the run afresh',
      })
  await Promise.all(peers.map((peer) => peer.restore(adapters[peer.id])))
}

async function measureAll(
  config: RunConfig,
  task: Task,
  peers: readonly Peer[],
  step: number,
  questions: ReturnType<Task['questions']>,
  emit: Host['emit'],
): Promise<Pick<RunState, 'ability' | 'references'>> {
  const keys = new StepKeys(seedKey(config.seed), step)
  const reports = await Promise.all(
    peers.map(async (peer, i) => {
      const progress = (done: number) =>
        emit({ type: 'progress', phase: 'ability', step, peer: peer.id, done, total: questions.length })
      progress(0)
      const report = await measureAbility(peer, i, task, questions, config, keys)
      progress(questions.length)
      return report
    }),
  )
  return {
    ability: Object.fromEntries(peers.map(({ id }, i) => [id, reports[i].ability])),
    references: Object.fromEntries(peers.map(({ id }, i) => [id, reports[i].references])),
  }
}

async function advance(
  state: RunState,
  peers: readonly Peer[],
  step: number,
  record: StepRecord,
): Promise<RunState> {
  return {
    ...state,
    step,
    digest: await stepDigest(state.digest, record),
    numTokens: state.numTokens + tokensOf(record),
    adapters: Object.fromEntries(peers.map(({ id }, i) => [id, record.adapters[i]])),
  }
}

/** What a reader of a step's numbers must know. The setting is only judged in a session's first step. */
function warnings(
  config: RunConfig,
  peers: readonly Peer[],
  record: StepRecord,
  step: number,
  first: boolean,
): string[] {
  const skipped = peers
    .filter((_, i) => record.updates[i]?.skipped)
    .map(
      ({ id }) =>
        `${id}'s update of step ${step} was skipped: loss or gradient was not finite; its adapter is as it was`,
    )
  const settings = first ? calibrationWarning(config, record) : null
  return settings === null ? skipped : [settings, ...skipped]
}
