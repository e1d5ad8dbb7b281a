// biome-ignore-all lint/a11y/noRedundantRoles: on a phone the rows are laid out as cards, and browsers take an element's own role away with its layout
import type { ComponentChildren } from 'preact'

export type Column<Row> = {
  readonly title: string
  readonly cell: (row: Row, place: number) => ComponentChildren
  /** Figures stand at the end of their cells. */
  readonly isFigure?: boolean
}

type TableProps<Row> = {
  /** Only read out: where the table stands, a heading says it. */
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  rowKey: (row: Row) => string
  /** What stands there when there is nothing. */
  empty?: ComponentChildren
  /** Sums: a name for the first columns together, then the figures of the last ones. */
  foot?: { readonly name: string; readonly figures: readonly ComponentChildren[] }
}

/** A table; on a phone each row becomes a card, whose figures carry the names of their columns. The first column names the row. */
export function Table<Row>({ caption, columns, rows, rowKey, empty, foot }: TableProps<Row>) {
  if (rows.length === 0 && empty !== undefined) return <p class="empty">{empty}</p>
  // Laid out as cards, a table would lose its roles.
  return (
    <div class="scrolling">
      <table class="folding" role="table">
        <caption class="visually-hidden">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ title, isFigure }) => (
              <th key={title} scope="col" role="columnheader" class={isFigure ? 'figure' : ''}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row, place) => (
            <tr key={rowKey(row)} role="row">
              {columns.map(({ title, cell, isFigure }, i) =>
                i === 0 ? (
                  <th key={title} scope="row" role="rowheader" data-title={title}>
                    {cell(row, place)}
                  </th>
                ) : (
                  <td key={title} role="cell" data-title={title} class={isFigure ? 'figure' : ''}>
                    {cell(row, place)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
        {foot !== undefined && (
          <tfoot role="rowgroup">
            <tr role="row">
              <th role="rowheader" scope="row" colSpan={columns.length - foot.figures.length}>
                {foot.name}
              </th>
              {foot.figures.map((figure, i) => {
                const { title } = columns[columns.length - foot.figures.length + i]!
                return (
                  <td key={title} role="cell" class="figure" data-title={title}>
                    {figure}
                  </td>
                )
              })}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  )
}
