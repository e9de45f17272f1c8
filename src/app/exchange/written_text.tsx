import { useLayoutEffect, useRef } from 'preact/hooks'

interface Props {
  readonly text: string
  /** Whether more of it is to come. */
  readonly writing: boolean
}

/** Text as it is written, in a box whose height never changes, so that nothing jumps while it streams in. Its end is in sight. */
export function WrittenText({ text, writing }: Props) {
  const box = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    if (writing && box.current !== null) box.current.scrollTop = text === '' ? 0 : box.current.scrollHeight
  }, [writing, text])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
    <div class="stage-text" ref={box} tabIndex={0}>
      {words(text)}
      {writing ? <span class="caret" aria-hidden="true" /> : null}
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
