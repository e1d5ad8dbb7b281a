import type { EChartsCoreOption } from 'echarts/core'
import { categoryAxis, formatTick, GRID, tooltip, valueAxis } from './axes.ts'
import type { Palette } from './palette.ts'

type Timeline = {
  readonly names: readonly string[]
  readonly values: readonly (number | null)[]
  readonly kind: 'bar' | 'line'
  readonly colour: string
  /** What a value is said as. */
  readonly say: (value: number) => string
  /** Counts have no fractions. */
  readonly isCount?: boolean
}

/** One figure over time. */
export function drawTimeline(
  palette: Palette,
  { names, values, kind, colour, say, isCount = false }: Timeline,
): EChartsCoreOption {
  return {
    grid: { ...GRID, top: 12 },
    tooltip: tooltip(palette, {
      formatter: (points: { dataIndex: number; axisValueLabel: string }[]) => {
        const value = values[points[0]!.dataIndex]
        return `${points[0]!.axisValueLabel}\n${value === null || value === undefined ? 'none' : say(value)}`
      },
    }),
    xAxis: categoryAxis(palette, names),
    yAxis: { ...valueAxis(palette, { formatter: formatTick }), ...(isCount && { minInterval: 1 }) },
    series: [
      {
        type: kind,
        data: values,
        barMaxWidth: 26,
        connectNulls: true,
        symbolSize: 6,
        lineStyle: { width: 2, color: colour },
        itemStyle: { color: colour, borderRadius: kind === 'bar' ? 3 : 0 },
      },
    ],
  }
}
