import { fixed } from '../../format'
import { calibratedBy } from '../by_hand'
import { differ, type Facts, groupsOf, type NamedGroup } from '../facts'
import { eachTry, type LessonPage, MOST_TRIES, UNSEEN } from '../lesson_page'

export const calibration: LessonPage = {
  place: 'interactions',
  idea:
    'The others tried the same question. So the run compares each reward with theirs: it adds the distance from their mean, divided by ' +
    'their range (best − worst), up to a limit. A peer that is better than the others gains, a peer that is worse loses. ' +
    'If all rewards of the others are equal, nothing is added.',
  numbers(facts) {
    if (!calibrates(facts)) return 'In this run calibration is off.'
    const [worked] = workedPairs(facts)
    if (worked === undefined) return ''
    const { peer, reward, other, added } = worked
    const change = added < 0 ? 'loses' : 'gains'
    return `Here ${peer}’s first try earned ${fixed(reward)}; beside ${other} it ${change} ${fixed(Math.abs(added))}.`
  },
  sheet: {
    step: 2,
    caption: 'A group of step 2: peer ________ stage ________',
    columns: ['try', 'reward', 'calibrated'],
    rows: eachTry,
    filled(facts) {
      const own = calibrates(facts) ? (workedPairs(facts)[0]?.own ?? null) : null
      if (own === null) return null
      const { peer, stage, group } = own
      return {
        caption: `${peer}, stage ${stage}, step ${facts.step.step}`,
        columns: ['try', 'reward', 'calibrated'],
        rows: group.rewards
          .slice(0, MOST_TRIES)
          .map((reward, k) => [String(k + 1), fixed(reward), fixed(group.calibrated[k])]),
      }
    },
  },
  table: 'shown',
  task: {
    text: 'Find the curve “shift” under Details. It shows how far calibration moved the advantages.',
    action: null,
    isDone: UNSEEN,
  },
  question: 'The shift is often close to 0. Why?',
  answer:
    'Most groups have only two different rewards, and dividing by the spread turns any two into the same two advantages. With three or ' +
    'more it can matter. In our study, five runs without calibration learned as well as five runs with it.',
}

function calibrates({ config }: Facts): boolean {
  return config.calibration && config.method !== 'solo'
}

interface WorkedPair {
  readonly own: NamedGroup
  readonly peer: string
  /** Of the first try. */
  readonly reward: number
  readonly other: string
  readonly added: number
}

/** Groups whose rewards another peer's group changes; first those whose own rewards differ, since there it may matter. */
function workedPairs(facts: Facts): readonly WorkedPair[] {
  const all = groupsOf(facts)
  const ordered = [...all.filter(differ), ...all.filter((one) => !differ(one))]
  return ordered.flatMap((own) =>
    all.flatMap((other): WorkedPair[] => {
      if (other.stage !== own.stage || other.peer === own.peer) return []
      const reward = own.group.rewards[0]
      const { added, range } = calibratedBy(reward, other.group.rewards, facts.peers.length)
      return range === 0 ? [] : [{ own, peer: own.peer, reward, other: other.peer, added }]
    }),
  )
}
