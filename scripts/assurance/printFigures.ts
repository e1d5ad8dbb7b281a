import { type Figure, gatedValue } from './Part.ts'
import type { PartResult } from './runParts.ts'

/** Prints a table of all figures on stdout: what was measured, its gate, and whether it stands. */
export function printFigures(results: readonly PartResult[]): void {
  for (const { part, seconds, figures, failure } of results) {
    console.log(`\n${part}  (${seconds.toFixed(0)} s)`)
    if (failure !== undefined) console.log(`  ✘ ${failure}`)
    for (const figure of figures) {
      const mark = figure.gate === undefined ? ' ' : figure.ok ? '✔' : '✘'
      console.log(`  ${mark} ${figure.title.padEnd(52)} ${measured(figure).padStart(24)}   ${gate(figure)}`.trimEnd())
      for (const note of figure.notes ?? []) console.log(`      ${note}`)
    }
  }
}

/** A figure beside its gate, in one line: `wires killed 6,700 / 6,711 (99.8 %), at least 100 %`. */
export function describeFigure(figure: Figure): string {
  return `${figure.title} ${[measured(figure), gate(figure)].filter((text) => text !== '').join(', ')}`
}

function measured(figure: Figure): string {
  const { value, total, unit = '' } = figure
  if (total === undefined) return `${value.toLocaleString('en', { maximumFractionDigits: 4 })} ${unit}`.trimEnd()
  const [part, whole] = [value, total].map((count) => count.toLocaleString('en'))
  return `${part} / ${whole} (${gatedValue(figure).toFixed(1)} %)`
}

function gate({ gate, total, unit = '' }: Figure): string {
  if (gate === undefined) return ''
  const suffix = total === undefined ? unit : '%'
  return ('atLeast' in gate ? `at least ${gate.atLeast} ${suffix}` : `at most ${gate.atMost} ${suffix}`).trimEnd()
}
