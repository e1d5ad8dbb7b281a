import type { EChartsCoreOption } from 'echarts/core'
import { toOpen } from '../words/formatOpen.ts'
import { categoryAxis, GRID, openOf, tooltip, valueAxis } from './axes.ts'
import type { Palette } from './palette.ts'

/** Amounts that add up, one after the other, and their sum as the last bar. */
export function drawWaterfall(
  palette: Palette,
  steps: readonly { readonly name: string; readonly wei: bigint }[],
  sumName: string,
): EChartsCoreOption {
  let reached = 0n
  const bars = steps.map(({ name, wei }) => {
    const from = reached
    reached += wei
    return { name, wei, from, to: reached, colour: wei < 0n ? palette.loss : palette.series[1]! }
  })
  const all = [
    ...bars,
    { name: sumName, wei: reached, from: 0n, to: reached, colour: reached < 0n ? palette.loss : palette.accent },
  ]
  return {
    grid: { ...GRID, top: 12 },
    tooltip: tooltip(palette, {
      formatter: (points: { dataIndex: number }[]) => {
        const { name, wei, to } = all[points[0]!.dataIndex]!
        return name === sumName ? `${name}  ${openOf(wei)}` : `${name}  ${openOf(wei)}\nup to here  ${openOf(to)}`
      },
    }),
    xAxis: categoryAxis(
      palette,
      all.map(({ name }) => name),
      { showMaxLabel: true },
    ),
    yAxis: valueAxis(palette),
    // A bar that crosses zero stands on both sides of it, and ECharts stacks each side by itself: so each side has what is left blank and what is seen.
    series: [
      ...[1n, -1n].flatMap((side) => {
        const clip = (wei: bigint) => (wei * side > 0n ? wei : 0n)
        const nearer = (a: bigint, b: bigint) => (a * side < b * side ? a : b)
        const blank = all.map(({ from, to }) => nearer(clip(from), clip(to)))
        const seen = all.map(({ from, to }, i) => clip(from) + clip(to) - 2n * blank[i]!)
        return [
          {
            type: 'bar',
            stack: 'steps',
            silent: true,
            barMaxWidth: 44,
            itemStyle: { color: 'transparent' },
            data: blank.map(toOpen),
          },
          {
            type: 'bar',
            stack: 'steps',
            barMaxWidth: 44,
            data: seen.map((wei, i) => ({ value: toOpen(wei), itemStyle: { color: all[i]!.colour, borderRadius: 3 } })),
          },
        ]
      }),
    ],
  }
}
