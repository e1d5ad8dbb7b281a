import type { ReportProgress } from '../../prover/StageProgress.ts'

/** `fast`: what `npm test` runs, seconds to two minutes a part. `full`: all of it. The gates are the same for both. */
export type Depth = 'fast' | 'full'

/** What a figure must not fall below or exceed; in percent where the figure is a share, else in its own unit. */
export type Gate = { readonly atLeast: number } | { readonly atMost: number }

/** One measured figure. With `total` it is a share: `value` of `total`. */
export type Figure = {
  /** The key in JSON: `wiresKilled`. */
  readonly name: string
  /** What a person reads: `wires killed`. */
  readonly title: string
  readonly value: number
  readonly total?: number
  readonly unit?: string
  /** Without a gate the figure only informs. */
  readonly gate?: Gate
  /** What stands behind the figure: survivors with their reasons, the worst case found. */
  readonly notes?: readonly string[]
}

/** One kind of evidence. Each part is a folder here whose `part.ts` exports it as `part`. */
export type Part = {
  readonly title: string
  /**
   * Measures. What the search is about is drawn from a fixed seed, so that a run can be repeated.
   * @throws PoaError when nothing can be measured; a figure that misses its gate is no error
   */
  run(depth: Depth, report: ReportProgress): Promise<readonly Figure[]>
}

/** The figure as its gate sees it: percent for a share, else the value. A share of nothing is no evidence, so NaN: it meets no gate. */
export function gatedValue({ value, total }: Figure): number {
  return total === undefined ? value : total === 0 ? Number.NaN : (100 * value) / total
}

/** Whether a figure stands; one without a gate always does. */
export function meetsGate(figure: Figure): boolean {
  const { gate } = figure
  if (gate === undefined) return true
  return 'atLeast' in gate ? gatedValue(figure) >= gate.atLeast : gatedValue(figure) <= gate.atMost
}
