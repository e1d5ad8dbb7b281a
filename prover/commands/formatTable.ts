import { showControls } from '../audit/html.ts'

/** Cells quote strangers, such as a bundle's: what a terminal obeys, and line ends, which would make lines of their own, become visible. */
const inOneLine = (cell: string) => showControls(cell).replaceAll('\n', '\\n').replaceAll('\t', '\\t')

/**
 * Lines of a table. Columns of numbers are aligned to the right: those in which every cell is one, or a dash.
 * @param cells one text a column
 */
export function formatTable(header: readonly string[], cells: readonly (readonly string[])[]): string[] {
  const rows = cells.map((row) => row.map(inOneLine))
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  const isNumeric = header.map((_, i) => rows.every((row) => /^(-|-?\d[\d.,]*( %)?)$/.test(row[i]!)))
  return [header, ...rows].map((row) =>
    row
      .map((cell, i) => (isNumeric[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  )
}
