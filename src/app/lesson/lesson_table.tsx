import type { FilledTable } from './lesson_page'

interface Props extends FilledTable {
  readonly columns: readonly string[]
}

/** Cells that a row lacks stay empty, to be filled in by hand. */
export function LessonTableView({ caption, columns, rows }: Props) {
  return (
    <table class="lesson-table">
      <caption>{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, ...cells]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {columns.slice(1).map((column, i) => (
              <td key={column}>{cells[i]}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
