import { Fragment } from 'preact'

/** A name of several parts, such as a metric's or an address: a line of it ends behind `/`, `_`, `.`, `:` and `@`, not within a word. */
export function LongName({ children }: { children: string }) {
  return children.split(/(?<=[/_.:@])(?=[^/_.:@])/).map((part, i) => (
    <Fragment key={i}>
      {i === 0 ? null : <wbr />}
      {part}
    </Fragment>
  ))
}
