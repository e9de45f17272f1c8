import { fixed } from '../../format'
import { written } from '../facts'
import { eachPeer, type LessonPage, UNSEEN } from '../lesson_page'

export const reward: LessonPage = {
  place: 'exchange',
  idea:
    'A program checks every answer; no human judges it. A right answer earns 1. A wrong answer earns at most 0.4: ' +
    '0.1 for its form, and up to 0.3 for steps that are right. (With the setting Reward “binary” a wrong answer earns nothing.)',
  numbers(facts) {
    const shares = facts.peers.map((peer) => ({ peer, reward: written(facts, peer, 'share')?.reward }))
    const wrong = shares.find(({ reward }) => reward && !reward.correct)
    if (!wrong?.reward) return 'On this question all first answers were right: 1 each.'
    if (facts.config.reward === 'binary')
      return `Here ${wrong.peer} earned ${fixed(wrong.reward.total)}: wrong.`
    const { format = 0, steps = 0 } = wrong.reward.parts
    return `Here ${wrong.peer} was wrong and earned 0.1 × ${fixed(format)} + 0.3 × ${fixed(steps)} = ${fixed(wrong.reward.total)}.`
  },
  sheet: {
    step: 2,
    caption: 'Rewards of the first try in step 2',
    columns: ['peer', 'alone', 'after discussing'],
    rows: eachPeer,
    filled: (facts) => ({
      caption: `Rewards of the answers in step ${facts.step.step}`,
      columns: ['peer', 'alone', 'after discussing'],
      rows: facts.peers.map((peer) => [
        peer,
        fixed(written(facts, peer, 'share')?.reward?.total),
        fixed(written(facts, peer, 'fuse')?.reward?.total),
      ]),
    }),
  },
  table: 'hidden',
  task: {
    text: 'Find the reward of each answer, alone and after discussing. Which peer did the discussion help?',
    action: null,
    isDone: UNSEEN,
  },
  question: 'What would the peers learn if long answers earned more?',
  answer:
    'They would write long answers, right or wrong. A model learns what earns a reward, not what we mean. So here a step that does ' +
    'not belong to the question costs reward.',
}
