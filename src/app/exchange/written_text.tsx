import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { forPeople } from './conversation'

interface Props {
  readonly text: string
  readonly writing: boolean
  /** Drawn in place of the words of the text. */
  readonly children?: ComponentChildren
}

/**
 * Shows text while it is written, in a box of constant height, so that nothing jumps. CSS keeps its end in view: a script
 * would have to lay out the page to know how far to scroll. A text that never streamed begins at its beginning.
 */
export function WrittenText({ text, writing, children }: Props) {
  const shown = useRef({ text, number: 0, streamed: false })
  const now = shown.current
  if (!goesOn(now.text, text)) now.number++
  now.text = text
  now.streamed ||= writing
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
    <div class="stage-text" data-streamed={now.streamed} tabIndex={0}>
      {/* Another text has words of its own: the browser would count reused ones as moved. */}
      <div key={now.number} class={children === undefined ? undefined : 'drawn'}>
        {children ?? words(text)}
        {writing ? <span class="caret" aria-hidden="true" /> : null}
      </div>
    </div>
  )
}

/** Returns whether a text continues the one before; at its end it may lose surrounding blanks. */
function goesOn(before: string, text: string): boolean {
  return before === '' || (text !== '' && (text.startsWith(before) || before.startsWith(text)))
}

/** A text as people read it. Lines break between words only: `19-5=14` stays in one piece. */
export function words(text: string) {
  return forPeople(text)
    .split(/(\s+)/)
    .map((word, index) =>
      index % 2 === 1 ? (
        word
      ) : (
        <span key={index} class="word">
          {word}
        </span>
      ),
    )
}

interface VerdictProps {
  readonly correct: boolean | null
  readonly right?: string
  readonly wrong?: string
}

/** Says whether what a peer said is right; empty while that is not known. */
export function Verdict({ correct, right = 'right', wrong = 'wrong' }: VerdictProps) {
  if (correct === null) return <span class="verdict" />
  return (
    <span class={correct ? 'verdict verdict-right' : 'verdict verdict-wrong'}>
      <span aria-hidden="true">{correct ? '✓' : '✗'}</span> {correct ? right : wrong}
    </span>
  )
}

export function Letters({ children }: { children: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
    <pre class="prompt" tabIndex={0}>
      {children}
    </pre>
  )
}
