/** The whole run: load, measure, then train step by step. A run can resume from the state after any step. */

import { hasDiscussion, type RunConfig } from '../config/config'
import { ColloquyError } from '../errors'
import { determinismOfAll } from '../model/determinism'
import type { Peer } from '../model/peer'
import { type Key, seedKey } from '../random'
import type { Scope } from '../scope'
import { type Question, type Stage, sizeOf, type Task } from '../tasks/task'
import type { Control } from './control'
import { DIGEST_START } from './digest_chain'
import { evaluate } from './evaluate'
import type { EndReason, Progress, RunEvent } from './events'
import { abilitiesOf, answerGreedily, measurePeers, validationQuestions } from './interaction/ability'
import { adapterHolders } from './learners'
import { adaptersOf, requireModels, restorePeers } from './restore_peers'
import type { RunPorts } from './run'
import { advance, crossedBudget, endOf, initialState, methodsAt, progressOf, withBest } from './run_state'
import { tokensOf } from './step/draw'
import { exchangeOf } from './step/exchange'
import { EVALUATION, StepKeys } from './step/keys'
import { questionRecords, stepMetrics } from './step/metrics'
import { Clock } from './step/stage'
import { trainStep } from './step/step'
import { OLDER_CHAIN, stepWarnings } from './warnings'

/** Services of the run that holds the loop. */
export interface RunHold {
  emit(event: RunEvent): void
  /** Resolves when the reader of the events is not too far behind. */
  room(): Promise<void>
  readonly control: Control
  /** Frees the task and the peers with the run. */
  readonly scope: Scope
}

export async function learn(config: RunConfig, ports: RunPorts, hold: RunHold): Promise<void> {
  const { emit, scope, control } = hold
  const started = ports.now()
  const saved = await ports.loadState()
  const step = saved?.step ?? 0
  emit({ type: 'run', config, resumedFrom: saved?.step ?? null })
  const open = scope.hold(await ports.openTask(config), (opened) => opened.close())
  const { task, notes } = open
  for (const message of notes) emit({ type: 'warning', step, message })
  const loaded = await ports.loadPeers(config, (peer, fraction) =>
    emit({ type: 'progress', phase: 'load', step, peer, done: fraction, total: 1 }),
  )
  const peers = scope.hold(loaded, async (all) => {
    // Closes the task first: a peer that hangs would keep its judge alive. A peer that cannot be closed is
    // gone.
    await scope.free(open)
    await Promise.allSettled(all.map((peer) => peer.close()))
  })
  emit({ type: 'determinism', determinism: determinismOfAll(peers) })
  for (const message of new Set(peers.flatMap(({ notice }) => notice ?? [])))
    emit({ type: 'warning', step, message })
  // A run stopped during loading must not ask its peers anything more.
  await hold.room()
  await control.turn(
    async () => undefined,
    () => emit({ type: 'paused', step, after: null }),
  )
  if (saved) {
    const what = `checkpoint of step ${step}`
    requireModels(peers, saved, what)
    if (saved.chain !== DIGEST_START) emit({ type: 'warning', step, message: OLDER_CHAIN })
    await restorePeers(adapterHolders(config, peers), saved.adapters, what)
  }
  const state = saved ? progressOf(saved) : await initialState(config, peers)
  await new Learning(config, ports, hold, started, task, peers, state).run()
}

/** A run whose peers are loaded. */
class Learning {
  private readonly runKey: Key
  private readonly firstStep: number
  private readonly validation: readonly Question[]
  private readonly heldout: readonly Question[]
  /** Peers that hold the run's adapters. */
  private readonly holders: readonly Peer[]
  /** Events since the last checkpoint. Earlier ones are in the store, so no list grows with the run. */
  private unsaved: RunEvent[] = []
  private lastRefusal: string | null = null
  /** Last stage written in the step under way. */
  private written: Stage | null = null
  /** True when the peers match `state`, so that it can be kept. */
  private keepable = true
  private readonly emit: RunHold['emit']

  constructor(
    private readonly config: RunConfig,
    private readonly ports: RunPorts,
    private readonly hold: RunHold,
    /** Start time in milliseconds, from `ports.now()`. */
    private readonly started: number,
    private readonly task: Task,
    private readonly peers: readonly Peer[],
    private state: Progress,
  ) {
    this.emit = hold.emit
    this.firstStep = state.step + 1
    this.holders = adapterHolders(config, peers)
    this.runKey = seedKey(config.seed)
    this.validation = validationQuestions(config, task)
    const keys = new StepKeys(this.runKey, EVALUATION)
    this.heldout = task.questions('heldout', keys.questions(), sizeOf(task, 'heldout', config.evalSize))
  }

  async run(): Promise<void> {
    let ended = await this.settle()
    while (ended === null) {
      await this.turn()
      await this.learnOneStep()
      this.hold.control.stepTrained()
      ended = await this.settle()
      this.hold.control.stepFinished()
    }
    await this.ports.finish(this.emit)
    const { step, digest } = this.state
    this.emit({ type: 'done', steps: step, reason: ended, seconds: this.seconds(), digest })
  }

  /** Trains one step and emits its events. */
  private async learnOneStep(): Promise<void> {
    const { config, task, peers, emit, ports } = this
    const step = this.state.step + 1
    const startedAt = ports.now()
    const record = await trainStep(
      {
        config,
        task,
        peers,
        step,
        keys: new StepKeys(this.runKey, step),
        clock: new Clock(() => ports.now()),
        emit,
        turn: () => this.turn(),
        finished: (stage) => {
          this.written = stage
          this.hold.control.stageFinished()
        },
      },
      this.state.ability,
    )
    this.state = await advance(config, this.state, peers, record)
    this.written = null
    const seconds = (ports.now() - startedAt) / 1000
    for (const message of stepWarnings(config, task, peers, record, step === this.firstStep))
      emit({ type: 'warning', step, message })
    this.emitUnsaved({ type: 'exchange', step, exchange: await exchangeOf(peers, record) })
    const { numTokens, ability, digest, chain } = this.state
    const metrics = stepMetrics(config, peers, record, { numTokens, seconds, ability })
    this.emitUnsaved({
      type: 'step',
      step,
      metrics,
      questions: questionRecords(peers, record),
      digest,
      chain,
    })
  }

  /** Makes the due measurements, ends the run where it is over, and keeps it where a checkpoint is due. */
  private async settle(): Promise<EndReason | null> {
    const { config } = this
    if (this.state.ended !== null) return this.state.ended
    if (this.state.due?.includes('ability')) await this.measure()
    if (this.state.due?.includes('accuracy')) await this.test()
    const ended = endOf(config, this.state)
    if (ended !== null) await this.goBackToBest()
    this.state = { ...this.state, due: undefined, ended }
    const { step } = this.state
    const trained = step >= this.firstStep
    if (ended !== null || (trained && (step === 1 || step % config.checkpointEvery === 0))) {
      await this.turn()
      await this.keep()
    }
    return ended
  }

  /** Measures ability on validation questions. */
  private async measure(): Promise<void> {
    const { config, peers } = this
    await this.turn()
    const before = this.state
    this.state = await withBest(config, { ...before, ...(await this.measured()) }, peers)
    const { step, best, due } = this.state
    if (best?.age === 0) this.emit({ type: 'best', step, accuracy: best.accuracy })
    // A run that ends, or uses up a budget, with this measurement is tested once more.
    const used = crossedBudget(config, before, this.state)
    const tested = due?.includes('accuracy') || used || endOf(config, this.state) !== null
    this.state = { ...this.state, due: tested ? ['accuracy'] : undefined }
  }

  /** Measures abilities. Their tokens count where modes follow from them, because the training needs them then. */
  private async measured(): Promise<Pick<Progress, 'ability' | 'generatedTokens'>> {
    const { config, task, peers, validation } = this
    const { step, generatedTokens } = this.state
    const keys = new StepKeys(this.runKey, step)
    const total = validation.length
    const answers = await measurePeers(
      peers,
      (peer, i) => answerGreedily(peer, i, task, validation, config, keys),
      (peer, over) =>
        this.emit({ type: 'progress', phase: 'ability', step, peer, done: over ? total : 0, total }),
    )
    const written = hasDiscussion(config) ? tokensOf(answers.flatMap(({ completions }) => completions)) : 0
    return { ability: abilitiesOf(peers, answers), generatedTokens: generatedTokens + written }
  }

  /** Measures accuracy on held-out questions. */
  private async test(): Promise<void> {
    const { config, task, peers, runKey, emit } = this
    const methods = methodsAt(config, this.state)
    const turn = () => this.turn()
    const setting = { config, methods, task, peers, runKey, emit, turn }
    const scores = await evaluate(setting, this.heldout, this.state)
    this.emitUnsaved({ type: 'eval', ...scores, seconds: this.seconds() })
    this.state = { ...this.state, due: undefined }
  }

  /**
   * Restores the adapters that were best on validation, where the run wants that and they are not the last
   * ones.
   */
  private async goBackToBest(): Promise<void> {
    const { best } = this.state
    if (!this.config.loadBestModelAtEnd || !best?.adapters || best.age === 0) return
    await this.turn()
    this.keepable = false
    await restorePeers(this.holders, best.adapters, `best step, ${best.step}`)
    // Ability must be that of the restored adapters, because modes follow from it.
    const { ability } = await this.measured()
    this.state = { ...this.state, ability }
    await this.test()
    this.keepable = true
  }

  /** Keeps a checkpoint. A run that cannot store it still continues, and the same refusal warns only once. */
  private async keep(): Promise<void> {
    const { step } = this.state
    try {
      const adapters = await adaptersOf(this.holders)
      await this.ports.saveState({ ...this.state, adapters }, this.unsaved)
    } catch (error) {
      if (!(error instanceof ColloquyError) || error.code !== 'storage') throw error
      const message = `${error.message} The run goes on in memory: steps that are not kept are lost with the page.`
      if (error.detail.found !== this.lastRefusal) this.emit({ type: 'warning', step, message })
      this.lastRefusal = error.detail.found
      return
    } finally {
      this.hold.control.kept()
    }
    this.lastRefusal = null
    this.unsaved = []
    this.emit({ type: 'checkpoint', step })
  }

  /** Called before every unit of work. @throws Stopped once the run is stopped */
  private async turn(): Promise<void> {
    await this.hold.room()
    const { step } = this.state
    await this.hold.control.turn(
      async () => (this.keepable ? this.keep() : undefined),
      () => this.emit({ type: 'paused', step, after: this.written }),
    )
  }

  private emitUnsaved(event: RunEvent): void {
    this.emit(event)
    this.unsaved.push(event)
  }

  private seconds(): number {
    return (this.ports.now() - this.started) / 1000
  }
}
