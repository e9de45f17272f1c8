import type { RunConfig } from '../../config/config'
import { ColloquyError, type ErrorDetail, PROMPT } from '../../errors'
import type { AdapterState, Completion, Peer } from '../../model/peer'
import { deriveKey, seedKey } from '../../random'
import type { Question, Task } from '../../tasks/task'
import { Stopped } from '../control'
import type { Abilities, RunState } from '../events'
import { abilitiesOf, answerGreedily, measurePeers, validationQuestions } from '../interaction/ability'
import { judgementsOn, judgeQuestions, type RankedAmong } from '../interaction/mode'
import { adapterHolders } from '../learners'
import { adaptersOf, restorePeers } from '../restore_peers'
import type { OpenTask } from '../run'
import {
  discussionPrompts,
  discussionsOf,
  greedyBatch,
  sharePrompts,
  withAnalyses,
  writeStage,
} from '../step/idea3'
import { INQUIRY, StepKeys, VALIDATION } from '../step/keys'
import {
  type Answer,
  type Inquiry,
  type InquiryEvent,
  type InquiryPorts,
  type OwnQuestion,
  type Part,
  STAGE_OF,
} from './inquiry'

/** The loaded peers, and the adapters that they answer with. */
interface LoadedPeers {
  readonly peers: readonly Peer[]
  readonly fresh: Readonly<Record<string, AdapterState>>
  readonly trained: RunState | null
}

/** What the mode of a question follows from, beside its own ideas. */
interface Measured {
  readonly ability: Abilities
  readonly among: RankedAmong
}

/**
 * An inquiry in the current thread. The first question that can be asked opens the task and loads the peers.
 */
export class LiveInquiry implements Inquiry {
  private task: Promise<OpenTask> | null = null
  private loaded: Promise<LoadedPeers> | null = null
  private measured: Promise<Measured> | null = null
  private asking = false
  private closed = false

  constructor(
    private readonly config: RunConfig,
    private readonly ports: InquiryPorts,
  ) {}

  async ask(wanted: OwnQuestion, onEvent: (event: InquiryEvent) => void): Promise<void> {
    if (this.asking) throw new RangeError('one question at a time')
    this.asking = true
    try {
      await this.answer(wanted, (event) => {
        if (!this.closed) onEvent(event)
      })
    } catch (error) {
      // Errors after `close` are its consequence.
      if (this.closed) return
      if (!(error instanceof Refused)) throw error
      onEvent({ type: 'refused', detail: error.detail })
    } finally {
      this.asking = false
    }
  }

  async close(): Promise<void> {
    this.closed = true
    const [task, loaded] = await Promise.allSettled([this.task, this.loaded])
    if (task.status === 'fulfilled') task.value?.close()
    // A peer that cannot be closed is already gone.
    if (loaded.status === 'fulfilled')
      await Promise.allSettled(loaded.value?.peers.map((peer) => peer.close()) ?? [])
  }

  private async answer(wanted: OwnQuestion, emit: (event: InquiryEvent) => void): Promise<void> {
    const { config } = this
    this.turn()
    this.task ??= this.ports.openTask(config)
    const { task } = await this.task
    const question = toQuestion(task, wanted)
    this.turn()
    this.loaded ??= this.load(emit)
    const { peers, fresh, trained } = await this.loaded
    emit({ type: 'question', question, trainedSteps: trained?.step ?? null })

    // The key follows from the question, so the same question gets the same draws.
    const name = Array.from(question.id, (letter) => letter.codePointAt(0) ?? 0)
    const keys = new StepKeys(deriveKey(seedKey(config.seed), ...name), INQUIRY)
    const batch = greedyBatch({ config, peers, task, keys }, [question])
    const write = async (part: Part, prompts: readonly (readonly string[])[]) => {
      this.turn()
      emit({ type: 'part', part })
      const completions = await writeStage(batch, STAGE_OF[part], prompts, {
        progress: () => undefined,
        text: (peer, text) => emit({ type: 'text', part, peer, text }),
      }).catch((error: unknown) => {
        throw aboutOwnQuestion(error)
      })
      const known = wanted.answer !== null
      for (const [i, [completion]] of completions.entries())
        emit({
          type: 'answer',
          part,
          peer: peers[i].id,
          ...(await read(task, question, known, part, completion)),
        })
      return completions
    }

    const holders = adapterHolders(config, peers)
    await restorePeers(holders, fresh, 'fresh adapters')
    let ideas = await write('before', sharePrompts(batch))
    if (trained !== null) {
      await restorePeers(holders, trained.adapters, `checkpoint of step ${trained.step}`)
      ideas = await write('after', sharePrompts(batch))
    }
    if (peers.length === 1) return
    this.turn()
    this.measured ??= this.measure(task, await this.loaded, emit)
    const { ability, among } = await this.measured
    const right = await knownRight(task, question, ideas)
    const { modes, judgements } = await judgeQuestions(config, batch, ideas, ability, right, among)
    emit({ type: 'discussion', mode: modes[0], judgement: judgementsOn(peers, judgements, 0) })
    const discussions = discussionsOf(batch, modes, ideas)
    const analyses = await write('analyze', discussionPrompts(batch, 'analyze', discussions))
    await write('fuse', discussionPrompts(batch, 'fuse', withAnalyses(discussions, analyses)))
  }

  private async load(emit: (event: InquiryEvent) => void): Promise<LoadedPeers> {
    const trained = await this.ports.loadState()
    const peers = await this.ports.loadPeers(this.config, (peer, fraction) =>
      emit({ type: 'progress', phase: 'load', peer, done: fraction, total: 1 }),
    )
    return { peers, fresh: await adaptersOf(adapterHolders(this.config, peers)), trained }
  }

  /**
   * Lets the peers answer validation questions, greedily as the visitor's question, which is ranked among
   * them. Their accuracy is the ability of peers that have none yet; otherwise k questions are enough.
   */
  private async measure(
    task: Task,
    { peers, trained }: LoadedPeers,
    emit: (event: InquiryEvent) => void,
  ): Promise<Measured> {
    const { config } = this
    const validation = validationQuestions(config, task)
    const questions = trained === null ? validation : validation.slice(0, config.difficultyReferences)
    const keys = new StepKeys(seedKey(config.seed), VALIDATION)
    const total = questions.length
    const answers = await measurePeers(
      peers,
      (peer, i) => answerGreedily(peer, i, task, questions, config, keys),
      (peer, over) => emit({ type: 'progress', phase: 'ability', peer, done: over ? total : 0, total }),
    )
    const ideas = answers.map(({ completions }) => completions)
    return { ability: trained?.ability ?? abilitiesOf(peers, answers), among: { questions, ideas } }
  }

  /** Called before every unit of work. @throws Stopped once the inquiry is closed */
  private turn(): void {
    if (this.closed) throw new Stopped()
  }
}

/** A question that cannot be asked. It never leaves this file. */
class Refused extends Error {
  constructor(readonly detail: ErrorDetail) {
    super(detail.what)
  }
}

/** @throws Refused where the task accepts no questions from visitors, or not this one */
function toQuestion(task: Task, { text, answer }: OwnQuestion): Question {
  if (!task.ownQuestion)
    throw new Refused({
      code: 'task',
      what: 'your question',
      found: `task ${task.name}, which checks answers with tests`,
      wanted: 'a task that takes questions without tests',
      todo: 'Choose another preset',
    })
  try {
    return task.ownQuestion(text, answer)
  } catch (error) {
    if (error instanceof ColloquyError && error.code === 'task') throw new Refused(error.detail)
    throw error
  }
}

/** Rewrites a "no room" error of a prompt in terms of the visitor's question. */
function aboutOwnQuestion(error: unknown): unknown {
  if (!(error instanceof ColloquyError) || error.code !== 'limit' || error.detail.what !== PROMPT)
    return error
  const { found, wanted } = error.detail
  return new ColloquyError(
    {
      code: 'limit',
      what: 'your question',
      found: `${found}, including what the peers say about it`,
      wanted,
      todo: 'Ask a shorter one, or choose a model with a longer context',
    },
    { cause: error },
  )
}

/** Returns whether each idea is right, [peer][row]. None is known to be where the question has no answer. */
function knownRight(
  task: Task,
  question: Question,
  ideas: readonly (readonly Completion[])[],
): Promise<boolean[][]> {
  const isRight = async ({ text }: Completion) =>
    question.answer !== '' && (await task.reward(question, text)).correct
  return Promise.all(ideas.map((rows) => Promise.all(rows.map(isRight))))
}

async function read(
  task: Task,
  question: Question,
  known: boolean,
  part: Part,
  { text, truncated }: Completion,
): Promise<Answer> {
  if (part === 'analyze') return { text, final: null, correct: null, truncated }
  const correct = known ? (await task.reward(question, text)).correct : null
  return { text, final: task.answerOf(text), correct, truncated }
}
