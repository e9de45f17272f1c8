/** The pages of the lesson: what is true of every run, what to say in a run's numbers, and something to do. */

import { isCalibrated } from '../../config/config'
import type { RolloutGroup } from '../../ilr/events'
import type { LessonPageName } from '../../runs/lesson'
import { solutionLine } from '../exchange/conversation'
import { fixed, listed, percent, signed } from '../format'
import { skillName } from '../stories'
import {
  calibratedBy,
  type Facts,
  gapsOf,
  groupsOf,
  IN_ORDER,
  lossesOf,
  type NamedGroup,
  tellingGroups,
  workedOut,
  written,
} from './facts'
import { type FilledTable, type LessonPage, MOST_TRIES } from './lesson_page'

const MODES = { cooperate: 'they help each other', compete: 'they compete', none: 'not discussed' } as const

/** From docs/study.md, means over five seeds; a test holds them to it. */
export const STUDIED = { duetIlr: 88, duetShareOnly: 96, halvesIlr: 97.5, halvesShareOnly: 32 } as const

export const PAGES: Readonly<Record<LessonPageName, LessonPage>> = {
  policy: {
    place: 'exchange',
    idea:
      'Each peer is a small language model. It reads the text so far, gives every word or sign that could come next a probability, ' +
      'draws one, and goes on until it stops. Such a rule for choosing is called a policy. Learning changes the probabilities and nothing else.',
    numbers(facts) {
      const said = facts.peers.flatMap((peer) => {
        const text = written(facts, peer, 'share')?.text.trim()
        return text ? `${peer} wrote “${solutionLine(text)}”` : []
      })
      if (said.length === 0) return ''
      const { step, question } = facts.exchange
      return `In step ${step}, all got one question, each alone: ${listed(said)}. The right answer is ${question.answer}.`
    },
    numbersFirst: true,
    sheet: {
      step: 1,
      caption: 'Answers alone in step 1',
      columns: ['peer', 'answer', 'right?'],
      filled: (facts) => ({
        caption: `Answers alone to the question of step ${facts.step.step}; right is ${facts.exchange.question.answer}`,
        rows: facts.peers.map((peer) => {
          const share = written(facts, peer, 'share')
          return [peer, share ? solutionLine(share.text) : '–', share?.reward?.correct ? 'yes' : 'no']
        }),
      }),
    },
    table: 'hidden',
    task: {
      text: 'Run one step: the peers answer another question. Then press More at an answer, and point at a word to see its probability.',
      press: { action: 'step', isDone: ({ steps }) => steps >= 1 },
    },
    question: 'Why may a peer answer the same question differently next time?',
    answer:
      'It draws its words, as with loaded dice: a word with probability 0.7 comes about seven times in ten. In tests a peer always ' +
      'takes the likeliest word.',
  },
  rollouts: {
    place: 'exchange',
    idea:
      'One answer, from its first word to its last, is a rollout, or a try. In every step each peer writes several tries at each question: ' +
      'a group. It learns by comparing the tries of a group. “Their discussion” shows each peer’s first try at the first question.',
    numbers({ config }) {
      const { questionsPerStep: questions, numGenerations: tries } = config
      return `In this run: ${questions} questions a step, ${tries} tries each. That makes ${questions * tries} answers alone from each peer, every step.`
    },
    sheet: {
      step: 2,
      caption: 'Tries at the first question of step 2, alone',
      columns: ['peer', 'tries', 'right'],
      filled(facts) {
        const groups = groupsOf(facts).filter(({ stage }) => stage === 'share')
        if (groups.length === 0) return null
        return {
          caption: `Tries at the first question of step ${facts.step.step}, alone`,
          rows: groups.map(({ peer, group }) => [
            peer,
            String(group.correct.length),
            String(group.correct.filter(Boolean).length),
          ]),
        }
      },
    },
    table: 'shown',
    task: {
      text: 'Run another step. Which peer gets the new question right alone?',
      press: { action: 'step', isDone: ({ steps }) => steps >= 2 },
    },
    question: 'Why not one try only?',
    answer:
      'One try has nothing to be compared with. Among several tries some are better by chance, and these show the peer which way to go. ' +
      'Often all of them score the same, because these small peers are rather sure of themselves.',
  },
  reward: {
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
      filled: (facts) => ({
        caption: `Rewards of the answers in step ${facts.step.step}`,
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
    },
    question: 'What would the peers learn if long answers earned more?',
    answer:
      'They would write long answers, right or wrong. A model learns what earns a reward, not what we mean. So here a step that does ' +
      'not belong to the question costs reward.',
  },
  advantage: {
    place: 'exchange',
    idea:
      'Is 0.25 much? That depends on the other tries. So the run takes the mean of the group from each reward and divides the difference ' +
      'by the spread of the group. The result is the advantage. Words of tries above the mean become likelier, words of tries below it rarer.',
    numbers(facts) {
      const [telling] = tellingGroups(facts)
      if (telling === undefined) return firstTries(facts)
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
      // By hand: without calibration. The last column is what the run trained with.
      filled: (facts) =>
        groupTable(facts, tellingGroups(facts)[0], ({ rewards, advantages }) => {
          const byHand = workedOut(rewards)
          return rewards.map((one, k) => [
            fixed(one),
            signed(byHand.differences[k]),
            signed(byHand.advantages[k]),
            signed(advantages[k]),
          ])
        }),
    },
    table: 'unfolds',
    task: {
      text: 'Work out the mean, then the advantage of one try: (reward − mean) ÷ spread. Unfold the table to check.',
    },
    question: 'All tries of a group scored the same. What does the peer learn from them?',
    answer:
      'Nothing: every difference is 0. (The last column of the table may differ a little: there the run compared the rewards with those of ' +
      'the other peers first, see page 6. The spread is the standard deviation with n − 1, STDEV in a spreadsheet.)',
  },
  discussion: {
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
    },
    question: 'Both peers make the same mistake. Does discussing help?',
    answer:
      'Less often. A discussion mainly passes on what one peer has right. Where no peer has it right, there is little to pass on, ' +
      'and two peers that agree may only become surer.',
  },
  calibration: {
    place: 'interactions',
    idea:
      'The others tried the same question. So the run compares each reward with theirs: it adds the distance from their mean, divided by ' +
      'their range (best − worst), up to a limit. A peer that is better than the others gains, a peer that is worse loses. ' +
      'If all rewards of the others are equal, nothing is added.',
    numbers(facts) {
      if (!isCalibrated(facts.config)) return 'In this run calibration is off.'
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
      filled: (facts) =>
        groupTable(facts, workedPairs(facts)[0]?.own, ({ rewards, calibrated }) =>
          rewards.map((one, k) => [fixed(one), fixed(calibrated[k])]),
        ),
    },
    table: 'shown',
    task: {
      text: 'Find the curve “shift” under Details. It shows how far calibration moved the advantages.',
    },
    question: 'The shift is often close to 0. Why?',
    answer:
      'Below its limit, calibration stretches all rewards of a group alike, and dividing by the spread undoes that. Two different ' +
      'rewards become the same two advantages anyway. So it acts only in a group with three different rewards or more, and only where a ' +
      'distance is cut at the limit. With two peers that takes a reward far outside those of the other. In our study, five runs without ' +
      'calibration came on average within a point of five runs with it.',
  },
  learned: {
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
        loss &&
        ` But ${loss.peer} got worse at “${skillName(loss.skill).name}”, by ${fixed(loss.loss * 100, 0)} points.`
      return `Up to step ${now.step}: ${peers.map(change).join(', ')}.${lost ?? ''}`
    },
    sheet: {
      step: 'end',
      caption: 'Right alone',
      columns: ['peer', 'before', 'after', 'change'],
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
  },
  limits: {
    place: 'curves',
    idea:
      'These peers are tiny, know only word problems, and lack skills on purpose. They find a wrong reading, but hardly ever a slip of arithmetic. ' +
      'In our study Ada and Bo learned as well or better without discussing, by copying each other’s right answers, with as much text written ' +
      `(${STUDIED.duetShareOnly}\u00a0% against ${STUDIED.duetIlr}\u00a0%). Where each had half of what a question needs, discussing was ahead ` +
      `in four runs of five (on average ${STUDIED.halvesIlr}\u00a0% against ${STUDIED.halvesShareOnly}\u00a0%).`,
    numbers: () => '',
    sheet: {
      step: 'end',
      caption: 'Gain in points, right alone',
      columns: ['peer', 'discussing', 'without'],
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
  },
}

function groupTable(
  { step }: Facts,
  named: NamedGroup | undefined,
  cellsOf: (group: RolloutGroup) => readonly (readonly string[])[],
): FilledTable | null {
  if (named === undefined) return null
  const { peer, stage, group } = named
  const cells = cellsOf(group)
  const some = cells.length > MOST_TRIES ? `, first ${MOST_TRIES} of ${cells.length}` : ''
  return {
    caption: `${peer}, stage ${stage}, step ${step.step}${some}`,
    rows: cells.slice(0, MOST_TRIES).map((row, k) => [String(k + 1), ...row]),
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

/** Where no peer could give another what it lacks, the first test may tell what a discussion brings. */
function together({ before, peers: [peer] }: Facts): string {
  if (before.idea3 === undefined) return ''
  return `Before learning, ${peer} was right in ${percent(before.solo[peer])} alone, in ${percent(before.idea3[peer])} after a discussion.`
}

/** Groups whose rewards another peer's group changes; first those whose own rewards differ, since there it may matter. */
function workedPairs(facts: Facts) {
  if (!isCalibrated(facts.config)) return []
  return tellingGroups(facts).flatMap((own) =>
    groupsOf(facts).flatMap((other) => {
      if (other.stage !== own.stage || other.peer === own.peer) return []
      // Of the first try.
      const [reward] = own.group.rewards
      const { added, range } = calibratedBy(reward, other.group.rewards, facts.peers.length)
      return range === 0 ? [] : [{ own, reward, other: other.peer, added }]
    }),
  )
}

function gain(peer: string, tests: Facts['alone']): string {
  return tests === null ? '–' : signed((tests.now.solo[peer] - tests.before.solo[peer]) * 100, 0)
}
