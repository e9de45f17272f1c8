import { fixed, signed } from '../../format'
import { workedOut } from '../by_hand'
import { type Facts, type NamedGroup, tellingGroup, written } from '../facts'
import { eachTry, type LessonPage, type LessonTable, MOST_TRIES, UNSEEN } from '../lesson_page'

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
    action: null,
    isDone: UNSEEN,
  },
  question: 'All tries of a group scored the same. What does the peer learn from them?',
  answer:
    'Nothing: every difference is 0. (The last column of the table may differ a little: there the run compared the rewards with those of ' +
    'the other peers first, see page 6. The spread is the standard deviation with n − 1, STDEV in a spreadsheet.)',
}

/** By hand: without calibration. The last column is what the run trained with. */
function groupTable({ peer, stage, group }: NamedGroup, step: number): LessonTable {
  const { differences, advantages } = workedOut(group.rewards)
  const shown = group.rewards.slice(0, MOST_TRIES)
  const some = shown.length < group.rewards.length ? `, first ${shown.length} of ${group.rewards.length}` : ''
  return {
    caption: `${peer}, stage ${stage}, step ${step}${some}`,
    columns: ['try', 'reward', '− mean', '÷ spread', 'in the run'],
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
    for (const stage of ['share', 'fuse', 'analyze'] as const) {
      const { advantage = 0, reward = null } = written(facts, peer, stage) ?? {}
      if (advantage && reward !== null)
        return `In step ${facts.step.step}, the first try of ${peer} in stage ${stage} earned ${fixed(reward.total)}: in its group, an advantage of ${signed(advantage)}.`
    }
  return ''
}
