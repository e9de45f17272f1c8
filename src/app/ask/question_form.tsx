import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { OwnQuestion } from '../../ilr/inquiry/inquiry'
import { Button } from '../controls'
import { listed } from '../format'
import type { Example } from './examples'

interface Props {
  readonly examples: readonly Example[]
  readonly over: boolean
  readonly answering: boolean
  readonly onAsk: (question: OwnQuestion) => void
  readonly onStop: () => void
}

interface Draft {
  readonly text: string
  readonly answer: string
  /** Whether the answer came with an example: it goes when the question is changed. */
  readonly borrowed: boolean
}

const EMPTY: Draft = { text: '', answer: '', borrowed: false }

/** A question, its right answer where the visitor knows it, and examples to begin with. */
export function QuestionForm({ examples, over, answering, onAsk, onStop }: Props) {
  const [{ text, answer, borrowed }, setDraft] = useState(EMPTY)
  const field = useRef<HTMLTextAreaElement>(null)
  const stop = useRef<HTMLButtonElement>(null)
  const enabled = over && !answering
  // The button that stops goes away, and the keyboard would lose its place.
  useLayoutEffect(() => {
    if (!answering && document.activeElement === stop.current) field.current?.focus()
  }, [answering])
  const ask = () => {
    if (enabled) onAsk({ text, answer: answer.trim() === '' ? null : answer })
  }
  return (
    <form
      class="stack ask-form"
      onSubmit={(event) => {
        event.preventDefault()
        ask()
      }}
    >
      <div class="field">
        <label for="ask-question">Your question</label>
        <textarea
          id="ask-question"
          ref={field}
          rows={3}
          value={text}
          onInput={({ currentTarget: { value } }) =>
            setDraft({ text: value, answer: borrowed ? '' : answer, borrowed: false })
          }
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
            event.preventDefault()
            ask()
          }}
        />
      </div>
      <div class="row">
        <div class="field ask-answer">
          <label for="ask-answer">Right answer, if you know it</label>
          <input
            id="ask-answer"
            type="text"
            autocomplete="off"
            value={answer}
            onInput={({ currentTarget: { value } }) => setDraft({ text, answer: value, borrowed: false })}
          />
          <p class="hint">Without it, nothing is marked right or wrong.</p>
        </div>
        <div class="row ask-buttons">
          <Button type="submit" primary aria-disabled={!enabled}>
            Ask
          </Button>
          <Button ref={stop} data-shown={answering} onClick={onStop}>
            Stop asking
          </Button>
        </div>
      </div>
      <fieldset class="columns ask-examples">
        <legend>Examples</legend>
        {examples.map((example) => (
          <button
            key={example.text}
            type="button"
            class="pick ask-example"
            onClick={() => {
              setDraft({ text: example.text, answer: example.answer, borrowed: true })
              field.current?.focus()
            }}
          >
            {example.text}
            {example.lackedBy.length === 0 ? null : (
              <span class="tag">too hard for {listed(example.lackedBy)} before training</span>
            )}
          </button>
        ))}
      </fieldset>
    </form>
  )
}
