import { fixed, percent, signed } from '../../format'
import { skillName } from '../../stories'
import { lossesOf } from '../facts'
import { eachPeer, type LessonPage } from '../lesson_page'

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
      columns: ['peer', 'before', 'after', 'change'],
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
    action: 'learn',
    isDone: ({ ended }) => ended,
  },
  question: 'A skill that a peer had may get worse. Why?',
  answer:
    'All skills use the same weights: a change that makes one answer likelier changes other answers, too. And a test of a few dozen ' +
    'questions goes up and down by chance.',
}
