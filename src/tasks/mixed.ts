import { reviewOrder } from './analysis'
import {
  judgedByAnswer,
  type ModeAnalysis,
  markedCalculations,
  quotesAnotherAnswer,
  readModeAnalysis,
  writeMark,
} from './mode_analysis'
import { ideaLabel } from './prompts'
import { DUEL_SKILLS, MERGE_SKILLS } from './skills'
import { canonicalStep, isRight, stepsIn, writeSolution } from './solution'
import { type Discussion, gradedReward, type Question, type Reward, sharedPart } from './task'
import { type WordProblemTask, wordProblemTask } from './word_problems'

/** Returns the analysis that the right solution leads to, as far as the mode sees. */
function trueAnalysis({ mode, own, others }: Discussion, { steps, answer }: Question): ModeAnalysis {
  const ideas = [own, ...others]
  return mode === 'cooperate'
    ? markedCalculations(ideas, steps)
    : judgedByAnswer(ideas, writeSolution(steps, answer))
}

/** Returns what an analysis states besides its verdicts: the steps of its solution, and its marks. */
function statements({ solution, ideas }: ModeAnalysis): Set<string> {
  const marks = ideas.flatMap((idea) => idea.marks.map((mark) => `${idea.label} ${writeMark(mark)}`))
  return new Set([...stepsIn(solution ?? '').map(canonicalStep), ...marks])
}

/** Returns whether a competing analysis quotes an answer that the idea does not have; null where it quotes none. */
function misquotes({ mode, own, others }: Discussion, completion: string): boolean | null {
  if (mode === 'cooperate') return null
  const ideas = [own, ...others]
  const labels = reviewOrder(mode, ideas.length).map(ideaLabel)
  const found = readModeAnalysis(completion, labels, mode)
  return found && quotesAnotherAnswer(found, ideas)
}

/**
 * Rewards 1 if every verdict is right: it tells whether the idea has the right answer, whatever the mode looks at.
 * Otherwise 0.1 for the form, plus 0.3 times the share of right steps and marks.
 */
function analysisReward(discussion: Discussion, completion: string): Reward {
  const { question, mode, own, others } = discussion
  const ideas = [own, ...others]
  const order = reviewOrder(mode, ideas.length)
  const found = readModeAnalysis(completion, order.map(ideaLabel), mode)
  if (found === null) return gradedReward(false, 0, 0)
  const correct = found.ideas.every(({ right }, i) => right === isRight(ideas[order[i]], question.answer))
  const wanted = statements(trueAnalysis(discussion, question))
  return gradedReward(correct, 1, sharedPart(wanted, statements(found)))
}

/**
 * Half of the questions must be merged: each of two peers can do one of two parts. The other half are duels: both
 * peers know the way, and one of them has made a slip. Numbers do not depend on the level.
 */
export const mixed: WordProblemTask = {
  ...wordProblemTask('mixed', [...MERGE_SKILLS, ...DUEL_SKILLS], 3),
  analysisReward,
  misquotes,
}
