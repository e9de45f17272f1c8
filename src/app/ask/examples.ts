/** Questions to begin with, of the kind that a run's task has. */

import type { RunConfig } from '../../config/config'
import { PROFILES } from '../../pretrain/profiles'
import type { Key } from '../../random'
import { readingsOf } from '../../tasks/skills'
import { halves, type WordProblemTask, wordProblems } from '../../tasks/word_problems'

export interface Example {
  readonly text: string
  readonly answer: string
  /** Peers that were brought up without what it takes. */
  readonly lackedBy: readonly string[]
}

const EXAMPLES = 4
/** Questions to choose from: every skill at every level. */
const DRAWN = 15
const DRAW_KEY: Key = [0x61736b20, 0x74686973]

/** For models that read any question in words. */
const IN_WORDS: readonly Example[] = [
  {
    text: 'A baker sells 24 rolls in the morning and half as many in the afternoon. How many rolls does she sell that day?',
    answer: '36',
    lackedBy: [],
  },
  {
    text: 'Lena saves 5 euros a week. She has 12 euros. After how many weeks can she buy a game for 47 euros?',
    answer: '7',
    lackedBy: [],
  },
  {
    text: 'A train has 6 coaches with 40 seats each, and 175 seats are taken. How many are free?',
    answer: '65',
    lackedBy: [],
  },
]

/** Returns at most four examples, first those that some peer cannot do before it is trained; none if the task takes no questions. */
export function examplesOf({ task, peers }: Pick<RunConfig, 'task' | 'peers'>): readonly Example[] {
  switch (task) {
    case 'word-problems':
      return wordProblemExamples(wordProblems, peers)
    case 'halves':
      return wordProblemExamples(halves, peers)
    case 'question-file':
      return IN_WORDS
    case 'code':
      return []
  }
}

/** Returns the peers that come with the page and have read word problems only. */
export function embeddedPeers(peers: RunConfig['peers']): string[] {
  return peers.filter(({ source }) => missingReadings(source) !== null).map(({ id }) => id)
}

function wordProblemExamples(task: WordProblemTask, peers: RunConfig['peers']): Example[] {
  // Held out: no peer has seen them. The smallest numbers first.
  const drawn = [...task.questions('heldout', DRAW_KEY, DRAWN)].sort((a, b) => a.level - b.level)
  const examples = drawn.map(({ text, answer, skill }): Example => {
    const lacks = ({ source }: RunConfig['peers'][number]) =>
      readingsOf(skill).some((reading) => missingReadings(source)?.includes(reading))
    return { text, answer, lackedBy: peers.filter(lacks).map(({ id }) => id) }
  })
  const wanted: ((one: Example) => boolean)[] = [
    ...peers.map(
      ({ id }) =>
        ({ lackedBy }: Example) =>
          lackedBy.length === 1 && lackedBy[0] === id,
    ),
    ({ lackedBy }) => lackedBy.length > 0,
    ({ lackedBy }) => lackedBy.length === 0,
    ...Array.from({ length: EXAMPLES }, () => () => true),
  ]
  const chosen: Example[] = []
  for (const fits of wanted) {
    const found = examples.find((one) => !chosen.includes(one) && fits(one))
    if (found !== undefined) chosen.push(found)
  }
  return chosen.slice(0, EXAMPLES)
}

/** Returns what an embedded peer was brought up to misread; null for any other model. */
function missingReadings(source: string): readonly string[] | null {
  return PROFILES.find(({ id }) => source === `models/${id}`)?.missing ?? null
}
