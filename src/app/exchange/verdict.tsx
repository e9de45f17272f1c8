interface Props {
  /** E.g. `answer`: what is right or wrong. */
  readonly what: string
  /** Null where it is not known. */
  readonly correct: boolean | null
}

export function Verdict({ what, correct }: Props) {
  if (correct === null) return <span class="verdict" />
  return (
    <span class={correct ? 'verdict verdict-right' : 'verdict verdict-wrong'}>
      <span aria-hidden="true">{correct ? '✓' : '✗'}</span> <span class="verdict-what">{what} </span>
      {correct ? 'right' : 'wrong'}
    </span>
  )
}
