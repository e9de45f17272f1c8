import { CODE_OOD_LEVEL, type CodeFamily, codeFamily, drawList, drawSentence } from './code_family'

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

const countLetters = codeFamily<[string]>(
  { name: 'countLetters', takes: 'text', topic: 'strings', level: 1 },
  (stream) => {
    const among = stream.shuffle([...'aeioulnrst']).slice(0, stream.int(3, 4))
    among.sort()
    return {
      parameters: among,
      does: `takes a string of lower-case words and returns how many of its characters are one of the letters ${among.join(', ')}`,
      edges: [[''], [among.join('')]],
      input: (inputs) => [drawSentence(inputs, 1, 6)],
      solve: (text) => [...text].filter((letter) => among.includes(letter)).length,
    }
  },
)

const markEvery = codeFamily<[string]>(
  { name: 'markEvery', takes: 'text', topic: 'strings', level: 2 },
  (stream) => {
    const step = stream.int(2, 6)
    const mark = stream.pick([...'*#-+_='])
    const end = stream.pick(['beginning', 'end'] as const)
    return {
      parameters: [step, mark, end],
      does: `takes a string and returns it with every ${step}${step === 2 ? 'nd' : step === 3 ? 'rd' : 'th'} character, counted from the ${end}, replaced by "${mark}"`,
      edges: [[''], ['abcdefghijkl']],
      input: (inputs) => [drawSentence(inputs, 1, 4)],
      solve: (text) =>
        [...text]
          .map((letter, i) => ((end === 'end' ? text.length - i : i + 1) % step === 0 ? mark : letter))
          .join(''),
    }
  },
)

const CHANGES = {
  'written backwards': (word: string) => [...word].reverse().join(''),
  'in upper case': (word: string) => word.toUpperCase(),
  'shortened to their first letter': (word: string) => word[0],
  'written twice without a space': (word: string) => word + word,
}

const joinWords = codeFamily<[string]>(
  { name: 'joinWords', takes: 'text', topic: 'strings', level: 2 },
  (stream) => {
    const least = stream.int(2, 6)
    const change = stream.pick(Object.keys(CHANGES) as (keyof typeof CHANGES)[])
    const separator = stream.pick([...'-+/_|'])
    const order = stream.pick(['given', 'opposite'] as const)
    return {
      parameters: [least, change, separator, order],
      does: `takes a string of words with single spaces between them and returns those of at least ${least} letters, ${change}, in the ${order} order, joined by "${separator}"`,
      edges: [[''], ['banana willow umbra pearl kite oak an a']],
      input: (inputs) => [drawSentence(inputs, 2, 6)],
      solve(text) {
        const words = text.split(' ').filter((word) => word.length >= least)
        if (order === 'opposite') words.reverse()
        return words.map(CHANGES[change]).join(separator)
      },
    }
  },
)

const shiftLetters = codeFamily<[string]>(
  { name: 'shiftLetters', takes: 'text', topic: 'strings', level: 3 },
  (stream) => {
    const [even, odd] = [stream.int(1, 25), stream.int(1, 25)]
    return {
      parameters: [even, odd],
      does: `takes a string of lower-case letters and spaces and returns it with the letters at even positions (0, 2, …) moved ${even} and those at odd positions moved ${odd} further in the alphabet, which starts again with a after z; spaces stay`,
      edges: [[''], ['a z'], ['xyz']],
      input: (inputs) => [drawSentence(inputs, 1, 4)],
      solve: (text) =>
        [...text]
          .map((letter, i) =>
            letter === ' ' ? ' ' : LETTERS[(LETTERS.indexOf(letter) + (i % 2 === 0 ? even : odd)) % 26],
          )
          .join(''),
    }
  },
)

const PAIRS = ['()', '[]', '{}', '<>'] as const

const bracketScore = codeFamily<[string]>(
  { name: 'bracketScore', takes: 'text', topic: 'strings', level: CODE_OOD_LEVEL },
  (stream) => {
    const [first, second] = stream.shuffle(PAIRS)
    const factor = stream.int(2, 30)
    const closes = new Map([first, second].map(([open, close]) => [close, open]))
    return {
      parameters: [first, second, factor],
      does: `takes a string of brackets of the two kinds ${first} and ${second}; where every bracket is closed by its own kind in the right order, it returns ${factor} times the greatest depth of nesting, else minus the position (from 0) of the first bracket that closes wrongly, or -1000 where only closing brackets are missing at the end`,
      edges: [[''], [`${first}${second}`], [`${first[0]}${second}`], [first[0] + second[1]]],
      input(inputs) {
        const open: string[] = []
        const text = drawList(inputs, 3, 12, () => {
          const last = open.at(-1)
          if (last === undefined || inputs.int(0, 2) > 0) {
            const pair = inputs.pick([first, second])
            open.push(pair[1])
            return pair[0]
          }
          open.pop()
          return inputs.int(0, 5) === 0 ? inputs.pick([first[1], second[1]]) : last
        }).join('')
        return [inputs.int(0, 3) === 0 ? text : text + open.reverse().join('')]
      },
      solve(text) {
        const open: string[] = []
        let deepest = 0
        for (const [i, bracket] of [...text].entries()) {
          const opener = closes.get(bracket)
          if (opener === undefined) deepest = Math.max(deepest, open.push(bracket))
          else if (open.pop() !== opener) return -i
        }
        return open.length > 0 ? -1000 : factor * deepest
      },
    }
  },
)

export const CODE_STRINGS: readonly CodeFamily[] = [
  countLetters,
  markEvery,
  joinWords,
  shiftLetters,
  bracketScore,
]
