import type { RunConfig } from '../../config/config'
import { RANK_PROMPT } from '../../ilr/interaction/rank.prompts'
import { codePrompts } from '../../tasks/code/code.prompts'
import { mathsPrompts } from '../../tasks/maths.prompts'
import type { PromptSet } from '../../tasks/task'
import { wordProblemPrompts } from '../../tasks/word_problems.prompts'
import { wordProblemPromptsInWords } from '../../tasks/word_problems_in_words.prompts'
import '../styles/texts.css'
import { Letters } from './written_text'

interface TaskPrompts {
  readonly audience: string | null
  readonly prompts: PromptSet
}

const WORD_PROBLEMS: readonly TaskPrompts[] = [
  { audience: 'For the little peers that come with this page', prompts: wordProblemPrompts },
  { audience: 'For instructed models, which are told in words', prompts: wordProblemPromptsInWords },
]

export const TASK_PROMPTS: Readonly<Record<RunConfig['task'], readonly TaskPrompts[]>> = {
  'word-problems': WORD_PROBLEMS,
  halves: WORD_PROBLEMS,
  code: [{ audience: null, prompts: codePrompts }],
  'question-file': [{ audience: null, prompts: mathsPrompts }],
}

type Templates = readonly (readonly [title: string, template: string])[]

export function PromptsDisclosure({
  task,
  judge,
}: {
  task: RunConfig['task']
  judge: RunConfig['difficultyJudge']
}) {
  const lists: { audience: string | null; templates: Templates }[] = TASK_PROMPTS[task].map(
    ({ audience, prompts }) => ({ audience, templates: templatesOf(prompts) }),
  )
  if (judge === 'prompt')
    lists.push({ audience: null, templates: [['The judge of difficulty', RANK_PROMPT]] })
  return (
    <details class="prompts">
      <summary>Prompts of this task</summary>
      <p class="hint">
        Word for word. What stands in braces is filled in; under each answer above is the prompt that led to
        it.
      </p>
      {lists.map(({ audience, templates }, index) => (
        <section key={index}>
          {audience === null ? null : <h3>{audience}</h3>}
          <div class="columns">
            {templates.map(([title, template]) => (
              <figure key={title}>
                <figcaption class="label">{title}</figcaption>
                <Letters>{template}</Letters>
              </figure>
            ))}
          </div>
        </section>
      ))}
    </details>
  )
}

function templatesOf({ share, idea, analyze, fuse, debate }: PromptSet): Templates {
  return [
    ['Share, and answering alone', share],
    ['One idea within {ideas}', idea],
    ['Analyze, cooperating', analyze.cooperate],
    ['Analyze, competing', analyze.compete],
    ['Fuse, cooperating', fuse.cooperate],
    ['Fuse, competing', fuse.compete],
    ['Debate, a comparison at tests', debate],
  ]
}
