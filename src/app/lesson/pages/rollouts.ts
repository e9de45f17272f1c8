import { groupsOf } from '../facts'
import { eachPeer, type LessonPage } from '../lesson_page'

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
        columns: ['peer', 'tries', 'right'],
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
    action: 'step',
    isDone: ({ steps }) => steps >= 2,
  },
  question: 'Why not one try only?',
  answer:
    'One try has nothing to be compared with. Among several tries some are better by chance, and these show the peer which way to go. ' +
    'Often all of them score the same, because these small peers are rather sure of themselves.',
}
