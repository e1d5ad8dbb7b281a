/** Coverage of one file: how many of its lines and branches tests ran. */
export type FileCoverage = {
  readonly file: string
  readonly lines: readonly [hit: number, total: number]
  readonly branches: readonly [hit: number, total: number]
  /**
   * Sides of `if`s without `else`, of which forge counts only the one that is taken: shown to have been skipped as well, when their line ran more
   * often. A lower bound, because forge gives a line the count of the last thing on it.
   */
  readonly skips: readonly [shown: number, total: number]
  /** Lines that did not run. */
  readonly missedLines: readonly number[]
  /** Lines with a branch that was not taken. */
  readonly missedBranches: readonly number[]
}

/** Reads the LCOV that forge writes. */
export function readCoverage(lcov: string): readonly FileCoverage[] {
  return lcov
    .split('end_of_record')
    .filter((record) => record.includes('SF:'))
    .map(readRecord)
}

function readRecord(record: string): FileCoverage {
  const values = (key: string) =>
    [...record.matchAll(new RegExp(`^${key}:(.*)$`, 'gm'))].map(([, value]) => value!.split(','))
  const lines = new Map(values('DA').map(([line, count]) => [Number(line), Number(count)]))
  const branches = values('BRDA').map(([line, block, , taken]) => ({
    line: Number(line),
    block,
    taken: Number(taken === '-' ? 0 : taken),
  }))
  const alone = branches.filter(
    ({ line, block }) => branches.filter((other) => other.line === line && other.block === block).length === 1,
  )
  const missedLines = [...lines].filter(([, count]) => count === 0).map(([line]) => line)
  const missedBranches = branches.filter(({ taken }) => taken === 0).map(({ line }) => line)
  return {
    file: values('SF')[0]![0]!,
    lines: [lines.size - missedLines.length, lines.size],
    branches: [branches.length - missedBranches.length, branches.length],
    skips: [alone.filter(({ line, taken }) => (lines.get(line) ?? 0) > taken).length, alone.length],
    missedLines,
    missedBranches,
  }
}
