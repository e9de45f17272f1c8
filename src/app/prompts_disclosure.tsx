import { RANK_PROMPT } from '../ilr/rank.prompts'
import type { RunConfig } from '../runs/config'
import { TASK_PROMPTS } from './task_prompts'

interface Props {
  readonly task: RunConfig['task']
  readonly judge: RunConfig['difficultyJudge']
}

/** Every template of the task, to the letter, and what the judge asks where it asks. */
export function PromptsDisclosure({ task, judge }: Props) {
  const { share, idea, analyze, fuse, debate } = TASK_PROMPTS[task]
  const templates = [
    ['Share, and answering alone', share],
    ['One idea within {ideas}', idea],
    ['Analyze, cooperating', analyze.cooperate],
    ['Analyze, competing', analyze.compete],
    ['Fuse, cooperating', fuse.cooperate],
    ['Fuse, competing', fuse.compete],
    ['Debate, a comparison at tests', debate],
    ...(judge === 'prompt' ? [['The judge of difficulty', RANK_PROMPT]] : []),
  ]
  return (
    <details class="prompts">
      <summary>Prompts of this task</summary>
      <p class="hint">
        Word for word. What stands in braces is filled in; under each answer above is the prompt that led to
        it.
      </p>
      <div class="prompt-list">
        {templates.map(([title, template]) => (
          <figure key={title}>
            <figcaption>{title}</figcaption>
            <pre class="prompt">{template}</pre>
          </figure>
        ))}
      </div>
    </details>
  )
}
