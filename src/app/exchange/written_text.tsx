import { useRef } from 'preact/hooks'

interface Props {
  readonly text: string
  /** Whether more of it is to come. */
  readonly writing: boolean
}

/**
 * Text as it is written, in a box whose height never changes, so that nothing jumps while it streams in. Its end is in sight: by its
 * style, since a script would have to lay the page out to learn how far to scroll. What was never seen being written begins at its beginning.
 */
export function WrittenText({ text, writing }: Props) {
  const shown = useRef({ text, number: 0, streamed: false })
  const now = shown.current
  if (!goesOn(now.text, text)) now.number++
  now.text = text
  now.streamed ||= writing
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
    <div class="stage-text" data-streamed={now.streamed} tabIndex={0}>
      {/* Another text has words of its own: those of the one before, put to use again, would count as moved. */}
      <div key={now.number}>
        {words(text)}
        {writing ? <span class="caret" aria-hidden="true" /> : null}
      </div>
    </div>
  )
}

/** Whether a text goes on with the one before; at its end it may lose what stood around it. */
function goesOn(before: string, text: string): boolean {
  return before === '' || (text !== '' && (text.startsWith(before) || before.startsWith(text)))
}

/** Lines break between words only: `19-5=14` stays in one piece. */
function words(text: string) {
  return text.split(/(\s+)/).map((word, index) =>
    index % 2 === 1 ? (
      word
    ) : (
      <span key={index} class="word">
        {word}
      </span>
    ),
  )
}
