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
  const streamed = useRef(false)
  streamed.current ||= writing
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
    <div class="stage-text" data-streamed={streamed.current} tabIndex={0}>
      <div>
        {words(text)}
        {writing ? <span class="caret" aria-hidden="true" /> : null}
      </div>
    </div>
  )
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
