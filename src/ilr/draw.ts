import type { Completion } from '../model/peer'
import type { RunConfig } from '../runs/config'
import type { Question, Reward, Task } from '../tasks/task'
import type { Table } from './idea3'

/** The questions of a step with every peer's ideas about them. Lists of ideas are [peer][q * G + k]. */
export interface Draw {
  readonly questions: readonly Question[]
  readonly slots: readonly number[]
  readonly ideas: readonly (readonly Completion[])[]
  readonly rewards: readonly (readonly Reward[])[]
  /** Questions that were drawn in vain, and the tokens generated for them. */
  readonly resampled: number
  readonly wastedTokens: number
}

/** Rewards of completions, [peer][row], `rollouts` rows a question. */
export function rewardsOf(
  { reward }: Pick<RunConfig, 'reward'>,
  task: Task,
  questions: readonly Question[],
  rollouts: number,
  completions: readonly (readonly Completion[])[],
): Promise<Reward[][]> {
  return Promise.all(
    completions.map((rows) =>
      Promise.all(
        rows.map(async ({ text }, row) =>
          scaled(reward, await task.reward(questions[Math.floor(row / rollouts)], text)),
        ),
      ),
    ),
  )
}

/** With `binary`, a wrong answer earns nothing. */
export function scaled(kind: RunConfig['reward'], reward: Reward): Reward {
  return kind === 'graded' ? reward : { ...reward, total: reward.correct ? 1 : 0 }
}

/**
 * Draws Q questions and has the peers write ideas about them. With `resampleZeroVariance`, questions from which nothing
 * can be learned (all ideas of all peers earn the same; for a single agent: of each peer) give way to new ones, as in DAPO's dynamic sampling, so many
 * times at most; what is left after that stays. `write` has the ideas written and rewarded; it is told whether the first question of
 * the table takes the step's first place, whose discussion is shown.
 */
export async function drawQuestions(
  config: RunConfig,
  base: Omit<Table, 'questions' | 'slots'>,
  write: (table: Table, first: boolean) => Promise<Pick<Draw, 'ideas' | 'rewards'>>,
): Promise<Draw> {
  const { task, keys, rollouts } = base
  const wanted = config.questionsPerStep
  const fresh = async (round: number, n: number, first: boolean): Promise<Drawn> => {
    const questions = task.questions('train', keys.questions(round), n)
    const slots = questions.map((_, q) => round * wanted + q)
    return { questions, slots, ...(await write({ ...base, questions, slots }, first)) }
  }
  let drawn = await fresh(0, wanted, true)
  let resampled = 0
  let wastedTokens = 0
  for (let round = 1; round <= config.resampleZeroVariance; round++) {
    const idle = drawn.questions.map((_, q) => q).filter((q) => isIdle(config, drawn.rewards, q))
    if (idle.length === 0) break
    resampled += idle.length
    wastedTokens += tokensOf(idle.flatMap((q) => drawn.ideas.flatMap((rows) => group(rows, q, rollouts))))
    drawn = replaced(drawn, idle, await fresh(round, idle.length, idle[0] === 0), rollouts)
  }
  return { ...drawn, resampled, wastedTokens }
}

type Drawn = Omit<Draw, 'resampled' | 'wastedTokens'>

function isIdle(
  { method, numGenerations }: RunConfig,
  rewards: readonly (readonly Reward[])[],
  q: number,
): boolean {
  const groups = rewards.map((rows) => group(rows, q, numGenerations).map(({ total }) => total))
  const equal = (values: readonly number[]) => values.every((value) => value === values[0])
  return method === 'solo' ? groups.every(equal) : equal(groups.flat())
}

function group<T>(rows: readonly T[], q: number, rollouts: number): readonly T[] {
  return rows.slice(q * rollouts, (q + 1) * rollouts)
}

function replaced(drawn: Drawn, idle: readonly number[], fresh: Drawn, rollouts: number): Drawn {
  const from = new Map(idle.map((q, i) => [q, i]))
  const single = <T>(old: readonly T[], replacement: readonly T[]) =>
    old.map((value, q) => replacement[from.get(q) ?? -1] ?? value)
  const grouped = <T>(old: readonly (readonly T[])[], replacement: readonly (readonly T[])[]) =>
    old.map((rows, peer) =>
      drawn.questions.flatMap((_, q) => {
        const i = from.get(q)
        return i === undefined ? group(rows, q, rollouts) : group(replacement[peer], i, rollouts)
      }),
    )
  return {
    questions: single(drawn.questions, fresh.questions),
    slots: single(drawn.slots, fresh.slots),
    ideas: grouped(drawn.ideas, fresh.ideas),
    rewards: grouped(drawn.rewards, fresh.rewards),
  }
}

/** Tokens generated. */
export function tokensOf(completions: readonly Completion[]): number {
  return completions.reduce((sum, { ids }) => sum + ids.length, 0)
}
