import { reviewOrder } from './analysis'
import { readMarkedIdeas, trueMarkedIdeas, writeMark } from './mode_analysis'
import { ideaLabel } from './prompts'
import { DUEL_SKILLS, MERGE_SKILLS } from './skills'
import { isRight } from './solution'
import { type Discussion, gradedReward, type Reward } from './task'
import { type WordProblemTask, wordProblemTask } from './word_problems'

/**
 * Rewards 1 if every verdict is right: it tells whether the idea has the right answer, whatever the mode looks at.
 * Otherwise 0.1 for the form, plus 0.3 times the share of right marks.
 */
function analysisReward({ question, mode, own, others }: Discussion, completion: string): Reward {
  const ideas = [own, ...others]
  const order = reviewOrder(mode, ideas.length)
  const found = readMarkedIdeas(completion, order.map(ideaLabel), mode)
  if (found === null) return gradedReward(false, 0, 0)
  const correct = found.every(({ right }, i) => right === isRight(ideas[order[i]], question.answer))
  const marks = (all: typeof found) =>
    all.flatMap(({ label, marks }) => marks.map((mark) => `${label} ${writeMark(mark)}`))
  const wanted = marks(trueMarkedIdeas(ideas, question.steps, mode))
  const written = marks(found)
  const agreed = wanted.filter((mark) => written.includes(mark)).length
  return gradedReward(correct, 1, agreed / Math.max(wanted.length, written.length, 1))
}

/**
 * Half of the questions must be merged: each of two peers can do one of two parts. The other half are duels: both
 * peers know the way, and one of them has made a slip. Numbers do not depend on the level.
 */
export const mixed: WordProblemTask = {
  ...wordProblemTask('mixed', [...MERGE_SKILLS, ...DUEL_SKILLS], 3),
  analysisReward,
}
