import type { ComponentChildren, TableHTMLAttributes } from 'preact'

interface Props extends TableHTMLAttributes<HTMLTableElement> {
  readonly caption?: ComponentChildren
  readonly columns: readonly ComponentChildren[]
  readonly rows: readonly (readonly [name: ComponentChildren, ...cells: ComponentChildren[]])[]
}

/** A table whose first column names its rows. Cells that a row lacks stay empty, to be filled in by hand. */
export function Table({ caption, columns, rows, ...props }: Props) {
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
      <tbody>
        {rows.map(([name, ...cells], row) => (
          <tr key={row}>
            <th scope="row">{name}</th>
            {columns.slice(1).map((_, i) => (
              <td key={i}>{cells[i]}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
