import { signed } from '../../format'
import type { Facts } from '../facts'
import { eachPeer, type LessonPage } from '../lesson_page'

/** From docs/study.md, means over five seeds; a test holds them to it. */
export const STUDIED = { duetIlr: 88, duetShareOnly: 96, halvesIlr: 97.5, halvesShareOnly: 32 } as const

export const limits: LessonPage = {
  place: 'curves',
  idea:
    'These peers are tiny, know word problems only, and have gaps that were planted. Their analyses find wrong readings, slips of arithmetic ' +
    'hardly ever. And in our study with Ada and Bo, training on each other’s right answers, with as much text written but no discussion, did as well or better ' +
    `(${STUDIED.duetShareOnly}\u00a0% against ${STUDIED.duetIlr}\u00a0%). Only where each had half of what a question needs, discussing won ` +
    `(${STUDIED.halvesIlr}\u00a0% against ${STUDIED.halvesShareOnly}\u00a0%).`,
  numbers: () => '',
  sheet: {
    step: 'end',
    caption: 'Gain in points, right alone',
    columns: ['peer', 'discussing', 'each for itself'],
    rows: eachPeer,
    filled: (facts) => ({
      caption: `Gain in points, right alone, up to step ${facts.now.step}`,
      columns: ['peer', 'discussing', 'each for itself'],
      rows: facts.peers.map((peer) => [peer, gain(peer, facts), gain(peer, facts.alone)]),
    }),
  },
  table: 'hidden',
  task: {
    text: 'Run it again with every peer for itself.',
    action: 'compare',
    isDone: ({ compared }) => compared,
  },
  question: 'The single agent learns less. Is discussing the reason?',
  answer:
    'That does not follow: in the discussion the peers also saw right answers of the other. Only a run that shares answers and does not ' +
    'discuss (method share-only) tells. And one run is one throw of the dice: repeat it with other seeds.',
}

function gain(peer: string, tests: Pick<Facts, 'before' | 'now'> | null): string {
  return tests === null ? '–' : signed((tests.now.solo[peer] - tests.before.solo[peer]) * 100, 0)
}
