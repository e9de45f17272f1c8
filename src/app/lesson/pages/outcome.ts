/** Pages 5, 7 and 8: why peers discuss, what they learned, and what that does not show. */
import { fixed, percent, signed } from '../../format'
import { skillName } from '../../stories'
import { type Facts, gapsOf, lossesOf } from '../facts'
import { eachPeer, type LessonPage } from '../lesson_page'

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
      rows: facts.peers.map((peer) => {
        const judged = facts.exchange.judgement[peer]
        return [peer, fixed(judged?.ability), fixed(judged?.difficulty), fixed(judged?.p)]
      }),
    }),
  },
  table: 'hidden',
  task: {
    text: 'Read “Their discussion” from top to bottom. Did a peer change its answer?',
    press: null,
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

export const learned: LessonPage = {
  place: 'skills',
  idea:
    'A good result in practice proves little. So the page tests the peers on questions that they never practise, and each peer ' +
    'answers alone. What it says then is in its own weights.',
  numbers(facts) {
    const { peers, before, now } = facts
    const change = (peer: string) => `${peer} ${percent(before.solo[peer])} → ${percent(now.solo[peer])}`
    if (now.step === before.step)
      return `Before learning: ${peers.map((peer) => `${peer} ${percent(before.solo[peer])}`).join(', ')}.`
    const [loss] = lossesOf(facts)
    const lost =
      loss === undefined
        ? ''
        : ` But ${loss.peer} got worse at “${skillName(loss.skill).name}”, by ${fixed(loss.loss * 100, 0)} points.`
    return `Up to step ${now.step}: ${peers.map(change).join(', ')}.${lost}`
  },
  sheet: {
    step: 'end',
    caption: 'Right alone',
    columns: ['peer', 'before', 'after', 'change'],
    rows: eachPeer,
    filled: ({ peers, before, now }) => ({
      caption: `Right alone, of ${now.n} questions: before learning, and at step ${now.step}`,
      rows: peers.map((peer) => [
        peer,
        percent(before.solo[peer]),
        percent(now.solo[peer]),
        signed((now.solo[peer] - before.solo[peer]) * 100, 0),
      ]),
    }),
  },
  table: 'shown',
  task: {
    text: 'Let them learn to the end. Watch the skills that were at 0\u00a0%.',
    press: { action: 'learn', isDone: ({ ended }) => ended },
  },
  question: 'A skill that a peer had may get worse. Why?',
  answer:
    'All skills use the same weights: a change that makes one answer likelier changes other answers, too. And a test of a few dozen ' +
    'questions goes up and down by chance.',
}

/** From docs/study.md, means over five seeds; a test holds them to it. */
export const STUDIED = { duetIlr: 88, duetShareOnly: 96, halvesIlr: 97.5, halvesShareOnly: 32 } as const

export const limits: LessonPage = {
  place: 'curves',
  idea:
    'These peers are tiny, know only word problems, and lack skills on purpose. They find a wrong reading, but hardly ever a slip of arithmetic. ' +
    'In our study Ada and Bo learned as well or better without discussing, by copying each other’s right answers, with as much text written ' +
    `(${STUDIED.duetShareOnly}\u00a0% against ${STUDIED.duetIlr}\u00a0%). Only where each had half of what a question needs, discussing won ` +
    `(${STUDIED.halvesIlr}\u00a0% against ${STUDIED.halvesShareOnly}\u00a0%).`,
  numbers: () => '',
  sheet: {
    step: 'end',
    caption: 'Gain in points, right alone',
    columns: ['peer', 'discussing', 'without'],
    rows: eachPeer,
    filled: (facts) => ({
      caption: `Gain in points, right alone, up to step ${facts.now.step}`,
      rows: facts.peers.map((peer) => [peer, gain(peer, facts), gain(peer, facts.alone)]),
    }),
  },
  table: 'hidden',
  task: {
    text: 'Run it again without discussion, each peer alone. Compare both under “Right alone”.',
    press: { action: 'compare', isDone: ({ compared }) => compared },
  },
  question: 'Without discussion they learn less. Is discussing the reason?',
  answer:
    'That does not follow: in the discussion a peer also saw right answers of the other. A run that copies right answers and does not ' +
    'discuss would tell (Method “Copy right answers” in Settings). And one run is one throw of the dice: repeat it with other seeds.',
}

function gain(peer: string, tests: Pick<Facts, 'before' | 'now'> | null): string {
  return tests === null ? '–' : signed((tests.now.solo[peer] - tests.before.solo[peer]) * 100, 0)
}
