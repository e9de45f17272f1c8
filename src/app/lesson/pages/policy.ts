import { written } from '../facts'
import { eachPeer, type LessonPage } from '../lesson_page'

export const policy: LessonPage = {
  place: 'exchange',
  idea:
    'Each peer is a small language model. It reads the text so far, gives every word or sign that could come next a probability, ' +
    'draws one, and goes on until it stops. Such a rule for choosing is called a policy. Learning changes the probabilities and nothing else.',
  numbers(facts) {
    const [peer] = facts.peers
    const text = written(facts, peer, 'share')?.text.trim()
    return text ? `In step ${facts.step.step}, ${peer} wrote “${text}” on its own.` : ''
  },
  sheet: {
    step: 1,
    caption: 'Answers alone in step 1',
    columns: ['peer', 'answer', 'right?'],
    rows: eachPeer,
    filled: (facts) => ({
      caption: `Answers alone to the question of step ${facts.step.step}; right is ${facts.exchange.question.answer}`,
      columns: ['peer', 'answer', 'right?'],
      rows: facts.peers.map((peer) => {
        const share = written(facts, peer, 'share')
        return [peer, share?.text.trim() ?? '–', share?.reward?.correct ? 'yes' : 'no']
      }),
    }),
  },
  table: 'hidden',
  task: {
    text: 'Run one step. Both peers answer the same question. Then open a text, and point at a word to see its probability.',
    action: 'step',
    isDone: ({ steps }) => steps >= 1,
  },
  question: 'Why may a peer answer the same question differently next time?',
  answer:
    'It draws its words, as with loaded dice: a word with probability 0.7 comes about seven times in ten. In tests a peer always ' +
    'takes the likeliest word.',
}
