import { useState } from 'preact/hooks'
import type { FileDescription } from '../../tasks/file/describe_file'
import { Button } from '../controls'
import type { Page } from '../page'
import { errorText } from '../problem_text'
import { configOf } from './settings'

/** What came of reading a file; null while it is read. */
type Outcome = { readonly file: FileDescription } | { readonly problem: string } | null

/** Shows what a run would read of the chosen question file. It reads nothing before the visitor asks. */
export function QuestionPreview({ page: { engine, settings } }: { readonly page: Page }) {
  const { questionFile, abilityQuestions, evalSize } = settings.values
  // An outcome belongs to the settings it was read with.
  const key = JSON.stringify([questionFile, abilityQuestions, evalSize])
  const [read, setRead] = useState<{ readonly key: string; readonly outcome: Outcome } | null>(null)
  const shown = read?.key === key ? read.outcome : undefined
  const show = async () => {
    setRead({ key, outcome: null })
    const outcome = await outcomeOf(async () => engine.describeQuestions(configOf(settings)))
    setRead((current) => (current?.key === key ? { key, outcome } : current))
  }
  return (
    <div class="stack">
      <Button aria-disabled={shown === null} onClick={() => (shown === null ? undefined : void show())}>
        Show what is read
      </Button>
      <div class="stack" role="status">
        {shown === null ? <p class="hint">reading …</p> : null}
        {shown && 'problem' in shown ? <p class="hint hint-strong">{shown.problem}</p> : null}
        {shown && 'file' in shown ? <Description file={shown.file} /> : null}
      </div>
    </div>
  )
}

async function outcomeOf(read: () => Promise<FileDescription>): Promise<Outcome> {
  try {
    return { file: await read() }
  } catch (error) {
    return { problem: errorText(error) }
  }
}

function Description({
  file: { summary, fields, problems, splits, examples },
}: {
  readonly file: FileDescription
}) {
  return (
    <>
      <p>{summary}.</p>
      <p>{splits}.</p>
      {fields.map((text) => (
        <p key={text} class="hint">
          {text}.
        </p>
      ))}
      {problems.length === 0 ? null : (
        <>
          <p>Not used:</p>
          <ul>
            {problems.map((text) => (
              <li key={text} class="hint">
                {text}
              </li>
            ))}
          </ul>
        </>
      )}
      {examples.map(({ text, answer }) => (
        <p key={text} class="prompt">
          {text}
          {'\n'}Answer: {answer}
        </p>
      ))}
    </>
  )
}
