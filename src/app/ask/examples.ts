/** Questions to begin with, of the kind that a run's task has. */
import { PROFILES } from '../../pretrain/profiles'
import type { Key } from '../../random'
import type { RunConfig } from '../../runs/config'
import { readingsOf } from '../../tasks/skills'
import type { Question } from '../../tasks/task'
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

/** At most four, those that some peer cannot do before it is trained first; none where a task takes no questions of one's own. */
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

/** The peers of a run that come with the page, and have read nothing but word problems. */
export function embeddedPeers(peers: RunConfig['peers']): string[] {
  return peers.filter(({ source }) => missingReadings(source) !== null).map(({ id }) => id)
}

function wordProblemExamples(task: WordProblemTask, peers: RunConfig['peers']): Example[] {
  // Held out: no peer has seen them. The smallest numbers first.
  const drawn = [...task.questions('heldout', DRAW_KEY, DRAWN)].sort((a, b) => a.level - b.level)
  const examples = drawn.map((question) => example(question, peers))
  const chosen = new Set<Example>()
  const take = (wanted: (one: Example) => boolean) => {
    const found = examples.find((one) => !chosen.has(one) && wanted(one))
    if (found !== undefined && chosen.size < EXAMPLES) chosen.add(found)
  }
  for (const { id } of peers) take(({ lackedBy }) => lackedBy.length === 1 && lackedBy[0] === id)
  take(({ lackedBy }) => lackedBy.length > 0)
  take(({ lackedBy }) => lackedBy.length === 0)
  while (chosen.size < EXAMPLES) take(() => true)
  return [...chosen]
}

function example({ text, answer, skill }: Question, peers: RunConfig['peers']): Example {
  const needed = readingsOf(skill)
  const lackedBy = peers
    .filter(({ source }) => needed.some((reading) => missingReadings(source)?.includes(reading)))
    .map(({ id }) => id)
  return { text, answer, lackedBy }
}

/** What an embedded peer was brought up to misread; null of any other model. */
function missingReadings(source: string): readonly string[] | null {
  return PROFILES.find(({ id }) => source === `models/${id}`)?.missing ?? null
}
