/** Pages 1 to 3: a peer's answers, and what they earn. */
import { solutionLine } from '../../exchange/conversation'
import { fixed, listed } from '../../format'
import { groupsOf, written } from '../facts'
import { eachPeer, type LessonPage } from '../lesson_page'

export const policy: LessonPage = {
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
    rows: eachPeer,
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
}

export const rollouts: LessonPage = {
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
    rows: eachPeer,
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
}

export const reward: LessonPage = {
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
    rows: eachPeer,
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
    press: null,
  },
  question: 'What would the peers learn if long answers earned more?',
  answer:
    'They would write long answers, right or wrong. A model learns what earns a reward, not what we mean. So here a step that does ' +
    'not belong to the question costs reward.',
}
