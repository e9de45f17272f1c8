import { fixed, percent } from '../../format'
import { skillName } from '../../stories'
import { type Facts, gapsOf } from '../facts'
import { eachPeer, type LessonPage, UNSEEN } from '../lesson_page'

const MODES = { cooperate: 'they help each other', compete: 'they compete', none: 'not discussed' } as const

export const discussion: LessonPage = {
  place: 'exchange',
  idea:
    'If no try is right, there is nothing to make likelier: alone, a peer is stuck. So peers share ideas, check each other’s steps, ' +
    'and write the answer again. Each peer then practises its right answers without the discussion, too. ' +
    'Hard questions: they help each other. Easy ones: they compete.',
  numbers(facts) {
    const [gap] = gapsOf(facts)
    if (gap === undefined) return together(facts)
    const { skill, lacking, having } = gap
    const had = (peer: string) => percent(facts.before.skills[peer]?.[skill])
    return `Before learning, ${lacking} had ${had(lacking)} of “${skillName(skill).name}” questions right alone, ${having} ${had(having)}.`
  },
  sheet: {
    step: 2,
    caption: 'Step 2: do they help each other, or compete?',
    columns: ['peer', 'ability', 'difficulty', 'chance'],
    rows: eachPeer,
    filled: (facts) => ({
      caption: `Step ${facts.step.step}: ${MODES[facts.exchange.mode ?? 'none']} (they help each other if the mean chance is below 0.50)`,
      columns: ['peer', 'ability', 'difficulty', 'chance'],
      rows: facts.peers.map((peer) => {
        const judged = facts.exchange.judgement[peer]
        return [peer, fixed(judged?.ability), fixed(judged?.difficulty), fixed(judged?.p)]
      }),
    }),
  },
  table: 'hidden',
  task: {
    text: 'Read “Their discussion” from top to bottom. Did a peer change its answer?',
    action: null,
    isDone: UNSEEN,
  },
  question: 'Both peers make the same mistake. Does discussing help?',
  answer:
    'Less often. A discussion mainly passes on what one peer has right. Where no peer has it right, there is little to pass on, ' +
    'and two peers that agree may only become surer.',
}

/** Where no peer could give another what it lacks, the first test may tell what a discussion brings. */
function together({ before, peers: [peer] }: Facts): string {
  if (before.idea3 === undefined) return ''
  return `Before learning, ${peer} was right in ${percent(before.solo[peer])} alone, in ${percent(before.idea3[peer])} after a discussion.`
}
