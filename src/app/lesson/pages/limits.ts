import { signed } from '../../format'
import type { Facts } from '../facts'
import { eachPeer, type LessonPage } from '../lesson_page'

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
      columns: ['peer', 'discussing', 'without'],
      rows: facts.peers.map((peer) => [peer, gain(peer, facts), gain(peer, facts.alone)]),
    }),
  },
  table: 'hidden',
  task: {
    text: 'Run it again without discussion, each peer alone. Compare both under “Right alone”.',
    action: 'compare',
    isDone: ({ compared }) => compared,
  },
  question: 'Without discussion they learn less. Is discussing the reason?',
  answer:
    'That does not follow: in the discussion a peer also saw right answers of the other. A run that copies right answers and does not ' +
    'discuss would tell (Method “Copy right answers” in Settings). And one run is one throw of the dice: repeat it with other seeds.',
}

function gain(peer: string, tests: Pick<Facts, 'before' | 'now'> | null): string {
  return tests === null ? '–' : signed((tests.now.solo[peer] - tests.before.solo[peer]) * 100, 0)
}
