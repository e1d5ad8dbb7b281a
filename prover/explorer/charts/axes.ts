import type { EChartsCoreOption } from 'echarts/core'
import { formatOpen } from '../words/formatOpen.ts'
import type { Palette } from './palette.ts'

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })

/** Room for axes, whose labels ECharts measures itself. */
export const GRID = { left: 4, right: 12, top: 36, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' }

/** Numbers on an axis: as short as they can be said. */
export const formatTick = (value: number) =>
  (Math.abs(value) >= 1 || value === 0 ? compact.format(value) : String(Number(value.toPrecision(3)))).replace(
    '-',
    '\u2212',
  )

export function categoryAxis(palette: Palette, data: readonly string[], axisLabel: object = {}) {
  return {
    type: 'category',
    data,
    axisLine: { lineStyle: { color: palette.line } },
    axisTick: { show: false },
    axisLabel: { color: palette.muted, fontSize: 11, hideOverlap: true, ...axisLabel },
  }
}

export function valueAxis(palette: Palette, axisLabel: object = {}) {
  return {
    type: 'value',
    splitNumber: 4,
    splitLine: { lineStyle: { color: palette.line } },
    axisLabel: { color: palette.muted, fontSize: 11, formatter: formatTick, hideOverlap: true, ...axisLabel },
  }
}

export function legend(palette: Palette) {
  return {
    top: 0,
    left: 0,
    itemWidth: 10,
    itemHeight: 10,
    itemGap: 16,
    icon: 'roundRect',
    textStyle: { color: palette.muted, fontSize: 12 },
  }
}

/** Drawn on the canvas: a tooltip of HTML would need inline styles, which the page's policy forbids. */
export function tooltip(palette: Palette, { trigger = 'axis', ...rest }: EChartsCoreOption = {}) {
  return {
    trigger,
    renderMode: 'richText',
    confine: true,
    backgroundColor: palette.surface,
    borderColor: palette.line,
    borderWidth: 1,
    padding: [8, 10],
    textStyle: { color: palette.text, fontSize: 12 },
    axisPointer: { type: 'shadow', shadowStyle: { color: palette.line, opacity: 0.4 } },
    ...rest,
  }
}

/** What a chart's number stands for, in a tooltip: as it is in the tables. */
export const openOf = (wei: bigint) => `${formatOpen(wei)} OPEN`
