import type { EChartsCoreOption } from 'echarts/core'
import { toOpen } from '../words/formatOpen.ts'
import { categoryAxis, GRID, legend, openOf, tooltip, valueAxis } from './axes.ts'
import type { Palette } from './palette.ts'

export type Series = { readonly name: string; readonly wei: readonly bigint[]; readonly colour: string }

type Bars = {
  readonly names: readonly string[]
  readonly series: readonly Series[]
  readonly isStacked?: boolean
  readonly isHorizontal?: boolean
  /** Amounts below zero get a colour of their own. */
  readonly colourLosses?: boolean
}

/** Amounts as bars, one group for each name. */
export function drawAmounts(
  palette: Palette,
  { names, series, isStacked = false, isHorizontal = false, colourLosses = false }: Bars,
): EChartsCoreOption {
  const category = categoryAxis(palette, names)
  const value = valueAxis(palette)
  return {
    grid: { ...GRID, top: series.length > 1 ? 36 : 12 },
    ...(series.length > 1 && { legend: legend(palette) }),
    tooltip: tooltip(palette, {
      formatter: (points: { seriesIndex: number; dataIndex: number; axisValueLabel: string }[]) =>
        [
          points[0]!.axisValueLabel,
          ...points.map(
            ({ seriesIndex, dataIndex }) =>
              `${series[seriesIndex]!.name}  ${openOf(series[seriesIndex]!.wei[dataIndex]!)}`,
          ),
        ].join('\n'),
    }),
    xAxis: isHorizontal ? value : category,
    yAxis: isHorizontal ? { ...category, inverse: true } : value,
    series: series.map(({ name, wei, colour }) => ({
      name,
      type: 'bar',
      ...(isStacked && { stack: 'all' }),
      barMaxWidth: 26,
      barGap: '12%',
      itemStyle: { color: colour, borderRadius: isStacked ? 0 : 3 },
      data: wei.map((amount) =>
        colourLosses && amount < 0n ? { value: toOpen(amount), itemStyle: { color: palette.loss } } : toOpen(amount),
      ),
    })),
  }
}
