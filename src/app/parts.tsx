import { type ComponentChildren, Fragment, type TableHTMLAttributes } from 'preact'

interface Props extends TableHTMLAttributes<HTMLTableElement> {
  readonly caption?: ComponentChildren
  readonly columns: readonly ComponentChildren[]
  readonly rows: readonly Row[]
  readonly footer?: Row
}

type Row = readonly [name: ComponentChildren, ...cells: ComponentChildren[]]

/** A table whose first column names its rows. Cells that a row lacks stay empty, to be filled in by hand. */
export function Table({ caption, columns, rows, footer, ...props }: Props) {
  const line = ([name, ...cells]: Row, row: number) => (
    <tr key={row}>
      <th scope="row">{name}</th>
      {columns.slice(1).map((_, i) => (
        <td key={i}>{cells[i]}</td>
      ))}
    </tr>
  )
  return (
    <table {...props}>
      {caption === undefined ? null : <caption>{caption}</caption>}
      <thead>
        <tr>
          {columns.map((column, i) => (
            <th key={i} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{rows.map(line)}</tbody>
      {footer === undefined ? null : <tfoot>{line(footer, 0)}</tfoot>}
    </table>
  )
}

/** Breaks a long name, such as a metric's or an address, only behind `/`, `_`, `.`, `:` and `@`. */
export function LongName({ children }: { children: string }) {
  return children.split(/(?<=[/_.:@])(?=[^/_.:@])/).map((part, i) => (
    <Fragment key={i}>
      {i === 0 ? null : <wbr />}
      {part}
    </Fragment>
  ))
}

/** A peer's colour depends on its place in the run (`--peer-1` … in `base.css`). */
const COLOURS = 4

/** The CSS custom property that holds a peer's colour. */
export function peerColour(index: number): string {
  return `--peer-${(index % COLOURS) + 1}`
}

export function inColour(index: number): { '--peer': string } {
  return { '--peer': `var(${peerColour(index)})` }
}

export function PeerName({ index, children }: { readonly index: number; readonly children: string }) {
  return (
    <span class="peer-name" style={inColour(index)}>
      {children}
    </span>
  )
}

export function peerNames(peers: readonly string[]) {
  return peers.map((peer, index) => (
    <PeerName key={peer} index={index}>
      {peer}
    </PeerName>
  ))
}
