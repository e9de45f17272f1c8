/** Plain words about the embedded peers and their skills (`src/pretrain/profiles.ts`), for people who do not know either. */

interface Story {
  readonly sentence: string
  /** What each peer cannot do and why, by peer id. The text continues the peer's name and has no full stop. */
  readonly lacks: Readonly<Record<string, string>>
  /** What its questions need, and which of that each peer lacks at first: for a picture. */
  readonly skills: readonly string[]
  readonly missing: Readonly<Record<string, readonly string[]>>
}

const WORD_PROBLEMS = ['addsub', 'cmp', 'times', 'muladd', 'three']
const ADA = 'reads “fewer than” and “times as many” as plus'
const BO = 'reads “gives away” as plus, and skips the last of three numbers'

const STORIES = new Map(
  Object.entries<Story>({
    halves: {
      sentence: 'Dee and Eli each know one half of every question, so alone neither of them is ever right.',
      lacks: {
        dee: 'reads “bags of” as plus: 7 bags of 2 become 7+2',
        eli: 'reads “lost” as plus: 16 with 2 lost become 16+2',
      },
      skills: ['lose', 'bags'],
      missing: { dee: ['bags'], eli: ['lose'] },
    },
    duet: {
      sentence: 'Ada and Bo each answer questions that the other one gets wrong.',
      lacks: { ada: ADA, bo: BO },
      skills: WORD_PROBLEMS,
      missing: { ada: ['cmp', 'times'], bo: ['addsub', 'three'] },
    },
    trio: {
      sentence: 'Ada, Bo and Cy each have gaps of their own. “Times as many” is a gap that Ada and Cy share.',
      lacks: { ada: ADA, bo: BO, cy: 'reads “bags of” and “times as many” as plus' },
      skills: WORD_PROBLEMS,
      missing: { ada: ['cmp', 'times'], bo: ['addsub', 'three'], cy: ['muladd', 'times'] },
    },
  }),
)

/** The two skills of `halves` have one name: they differ only in which half comes first. */
const SKILLS = new Map(
  Object.entries({
    addsub: {
      name: 'get some, lose some',
      example: 'Sam had 7 books, found 6 more and lost 9. How many books does Sam have now?',
    },
    cmp: {
      name: 'fewer than',
      example: 'Zoe has 8 shells. Tom has 2 fewer than Zoe. How many shells do they have together?',
    },
    times: {
      name: 'times as many',
      example: 'Max has 4 apples. Eva has 3 times as many. How many apples do they have together?',
    },
    muladd: {
      name: 'bags and some more',
      example: 'Tom has 7 bags of 3 cards and 2 more cards. How many cards does Tom have in all?',
    },
    three: {
      name: 'add three',
      example: 'Mia has 3 shells, Tom has 18 and Eva has 33. How many shells do they have together?',
    },
    lose: { name: 'lost some', example: 'Sam had 7 pears and lost 4.' },
    bags: { name: 'bags of', example: 'Ivy has 9 bags of 5 pears.' },
    'lose-bags': {
      name: 'both at once',
      example:
        'Max had 16 books and lost 2. Leo has 7 bags of 2 books. How many books do they have together?',
    },
    'bags-lose': {
      name: 'both at once',
      example: 'Ivy has 9 bags of 5 pears. Sam had 7 pears and lost 4. How many pears do they have together?',
    },
  }),
)

/** The story of a preset's peers; null for a preset whose peers have none. */
export function storyOf(preset: string): Story | null {
  return STORIES.get(preset) ?? null
}

/** Returns a skill or reading in plain words; its own name if there are none, as for a task from a file. */
export function skillName(skill: string): { readonly name: string; readonly example: string } {
  return SKILLS.get(skill) ?? { name: skill, example: '' }
}
