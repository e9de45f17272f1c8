import { hasDiscussion, type RunConfig } from '../../config/config'
import type { Discussion, Mode } from '../../tasks/task'
import type { Draw } from './draw'
import { type DiscussionBatch, discussionsOf, groupOf, selfDebatesOf } from './idea3'

/**
 * Returns whether each question is discussed. With `disputed`, a question is left out where all ideas come to
 * the same readable answer; for `self-debate`, where that holds for each peer's own ideas.
 */
export function areDiscussed(config: RunConfig, { batch, share }: Draw): boolean[] {
  return batch.questions.map((_, q) => {
    if (!hasDiscussion(config) || config.discuss === 'all') return hasDiscussion(config)
    const answers = share.completions.map((rows) =>
      groupOf(rows, q, share.rollouts).map(({ text }) => batch.task.answerOf(text)),
    )
    return config.method === 'self-debate' ? answers.some(isDisputed) : isDisputed(answers.flat())
  })
}

function isDisputed(answers: readonly (string | null)[]): boolean {
  return answers[0] === null || answers.some((answer) => answer !== answers[0])
}

/** The questions of a step that are discussed. */
export interface Discussed {
  readonly batch: DiscussionBatch
  /** [question of `batch`]: its index in the step. */
  readonly places: readonly number[]
  /** [peer][row of `batch`]: what the peer reads. */
  readonly discussions: readonly (readonly Discussion[])[]
}

/** Selects the questions that have a mode, with `discussGenerations` of each peer's ideas. */
export function discussed(
  { method, discussGenerations }: RunConfig,
  { batch, share }: Draw,
  modes: readonly (Mode | null)[],
): Discussed {
  const rollouts = Math.min(share.rollouts, discussGenerations ?? share.rollouts)
  const chosen = modes.flatMap((mode, q) => (mode === null ? [] : [{ q, mode }]))
  const places = chosen.map(({ q }) => q)
  const part: DiscussionBatch = {
    ...batch,
    questions: places.map((q) => batch.questions[q]),
    slots: places.map((q) => batch.slots[q]),
    rollouts,
  }
  const ideas = share.completions.map((rows) =>
    places.flatMap((q) => groupOf(rows, q, share.rollouts).slice(0, rollouts)),
  )
  const ownModes = chosen.map(({ mode }) => mode)
  const readBy = method === 'self-debate' ? selfDebatesOf : discussionsOf
  return { batch: part, places, discussions: readBy(part, ownModes, ideas) }
}
