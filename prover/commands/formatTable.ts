/**
 * Lines of a table. Columns of numbers are aligned to the right: those in which every cell is one, or a dash.
 * @param rows one text a column
 */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  const isNumeric = header.map((_, i) => rows.every((row) => /^(-|-?\d[\d.,]*( %)?)$/.test(row[i]!)))
  return [header, ...rows].map((cells) =>
    cells
      .map((cell, i) => (isNumeric[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  )
}
