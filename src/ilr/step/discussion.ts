import type { RunConfig } from '../../config/config'
import type { Discussion, Mode } from '../../tasks/task'
import type { Draw } from './draw'
import { type DiscussionBatch, discussionsOf, groupOf } from './idea3'

/**
 * Returns whether each question is discussed. With `disputed`, a question is left out where all ideas come to
 * the same readable answer.
 */
export function areDiscussed({ method, discuss }: RunConfig, { batch, share }: Draw): boolean[] {
  return batch.questions.map((_, q) => {
    if (method !== 'ilr' || discuss === 'all') return method === 'ilr'
    const answers = share.completions.flatMap((rows) =>
      groupOf(rows, q, share.rollouts).map(({ text }) => batch.task.answerOf(text)),
    )
    return answers[0] === null || answers.some((answer) => answer !== answers[0])
  })
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
  { discussGenerations }: RunConfig,
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
  return { batch: part, places, discussions: discussionsOf(part, ownModes, ideas) }
}
