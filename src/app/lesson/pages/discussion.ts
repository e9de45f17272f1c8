import { fixed, percent } from '../../format'
import { type Facts, gapsOf } from '../facts'
import { eachPeer, type LessonPage, UNSEEN } from '../lesson_page'

export const discussion: LessonPage = {
  place: 'exchange',
  idea:
    'If no try is right, there is nothing to make likelier: alone, a peer is stuck. So peers share ideas, check each other’s steps ' +
    '(analyze) and write an answer again (fuse). Right fused answers are also trained as answers to the bare question. ' +
    'Hard questions are worked on together, easy ones fought over.',
  numbers(facts) {
    const [gap] = gapsOf(facts)
    if (gap === undefined) return together(facts)
    const { skill, lacking, having } = gap
    const had = (peer: string) => percent(facts.before.skills[peer]?.[skill])
    return `Before learning, ${lacking} had ${had(lacking)} of “${skill}” questions right alone, ${having} ${had(having)}.`
  },
  sheet: {
    step: 2,
    caption: 'Step 2: together, or against each other?',
    columns: ['peer', 'ability', 'difficulty', 'chance'],
    rows: eachPeer,
    filled: (facts) => ({
      caption: `Step ${facts.step.step}: ${facts.exchange.mode ?? 'not discussed'} (together if the mean chance is below 0.50)`,
      columns: ['peer', 'ability', 'difficulty', 'chance'],
      rows: facts.peers.map((peer) => {
        const judged = facts.exchange.judgement[peer]
        return [peer, fixed(judged?.ability), fixed(judged?.difficulty), fixed(judged?.p)]
      }),
    }),
  },
  table: 'hidden',
  task: {
    text: 'Read the exchange from top to bottom. Did somebody change their answer?',
    action: null,
    isDone: UNSEEN,
  },
  question: 'Both peers make the same mistake. Does discussing help?',
  answer:
    'Less often. A discussion mainly passes on what one of them has right. Where nobody has it, there is little to pass on, ' +
    'and two who agree may only become surer.',
}

/** Where no peer could give another what it lacks, the first test may tell what a discussion brings. */
function together({ before, peers: [peer] }: Facts): string {
  if (before.idea3 === undefined) return ''
  return `Before learning, ${peer} was right in ${percent(before.solo[peer])} alone, in ${percent(before.idea3[peer])} after a discussion.`
}
