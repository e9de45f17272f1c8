/** Pages 4 and 6: what a group of rewards tells a peer, alone and beside the others. */
import { fixed, signed } from '../../format'
import { calibratedBy, workedOut } from '../by_hand'
import { differ, type Facts, groupsOf, IN_ORDER, type NamedGroup, tellingGroup, written } from '../facts'
import { eachTry, type FilledTable, type LessonPage, MOST_TRIES } from '../lesson_page'

export const advantage: LessonPage = {
  place: 'exchange',
  idea:
    'Is 0.25 much? That depends on the other tries. So the run takes the mean of the group from each reward and divides the difference ' +
    'by the spread of the group. The result is the advantage. Words of tries above the mean become likelier, words of tries below it rarer.',
  numbers(facts) {
    const telling = tellingGroup(facts)
    if (telling === null) return firstTries(facts)
    const { peer, stage, group } = telling
    const { mean, spread } = workedOut(group.rewards)
    const where = `${peer}’s group in stage ${stage}, step ${facts.step.step}`
    if (spread === 0) return `In ${where}, all rewards are ${fixed(mean)}: every advantage is 0.`
    const rewards = group.rewards.map((one) => fixed(one)).join(', ')
    return `Rewards of ${where}: ${rewards}. Their spread is ${fixed(spread)}.`
  },
  sheet: {
    step: 2,
    caption: 'A group of step 2: peer ________ stage ________',
    columns: ['try', 'reward', '− mean', '÷ spread', 'in the run'],
    rows: eachTry,
    filled(facts) {
      const telling = tellingGroup(facts)
      return telling === null ? null : groupTable(telling, facts.step.step)
    },
  },
  table: 'unfolds',
  task: {
    text: 'Work out the mean, then the advantage of one try: (reward − mean) ÷ spread. Unfold the table to check.',
    press: null,
  },
  question: 'All tries of a group scored the same. What does the peer learn from them?',
  answer:
    'Nothing: every difference is 0. (The last column of the table may differ a little: there the run compared the rewards with those of ' +
    'the other peers first, see page 6. The spread is the standard deviation with n − 1, STDEV in a spreadsheet.)',
}

/** By hand: without calibration. The last column is what the run trained with. */
function groupTable({ peer, stage, group }: NamedGroup, step: number): FilledTable {
  const { differences, advantages } = workedOut(group.rewards)
  const shown = group.rewards.slice(0, MOST_TRIES)
  const some = shown.length < group.rewards.length ? `, first ${shown.length} of ${group.rewards.length}` : ''
  return {
    caption: `${peer}, stage ${stage}, step ${step}${some}`,
    rows: shown.map((one, k) => [
      String(k + 1),
      fixed(one),
      signed(differences[k]),
      signed(advantages[k]),
      signed(group.advantages[k]),
    ]),
  }
}

/** Runs that were kept by earlier versions have no groups, but the first try of each. */
function firstTries(facts: Facts): string {
  for (const peer of facts.peers)
    for (const stage of IN_ORDER) {
      const { advantage = 0, reward = null } = written(facts, peer, stage) ?? {}
      if (advantage && reward !== null)
        return `In step ${facts.step.step}, the first try of ${peer} in stage ${stage} earned ${fixed(reward.total)}: in its group, an advantage of ${signed(advantage)}.`
    }
  return ''
}

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
    const { own, reward, other, added } = worked
    const change = added < 0 ? 'loses' : 'gains'
    return `Here ${own.peer}’s first try earned ${fixed(reward)}; beside ${other} it ${change} ${fixed(Math.abs(added))}.`
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
        rows: group.rewards
          .slice(0, MOST_TRIES)
          .map((reward, k) => [String(k + 1), fixed(reward), fixed(group.calibrated[k])]),
      }
    },
  },
  table: 'shown',
  task: {
    text: 'Find the curve “shift” under Details. It shows how far calibration moved the advantages.',
    press: null,
  },
  question: 'The shift is often close to 0. Why?',
  answer:
    'Most groups have only two different rewards, and dividing by the spread turns any two into the same two advantages. With three or ' +
    'more it can matter. In our study, five runs without calibration learned as well as five runs with it.',
}

function calibrates({ config }: Facts): boolean {
  return config.calibration && config.method !== 'solo'
}

/** Groups whose rewards another peer's group changes; first those whose own rewards differ, since there it may matter. */
function workedPairs(facts: Facts) {
  const all = groupsOf(facts)
  const ordered = [...all.filter(differ), ...all.filter((one) => !differ(one))]
  return ordered.flatMap((own) =>
    all.flatMap((other) => {
      if (other.stage !== own.stage || other.peer === own.peer) return []
      // Of the first try.
      const [reward] = own.group.rewards
      const { added, range } = calibratedBy(reward, other.group.rewards, facts.peers.length)
      return range === 0 ? [] : [{ own, reward, other: other.peer, added }]
    }),
  )
}
