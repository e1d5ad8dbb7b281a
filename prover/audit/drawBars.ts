import { BarChart } from 'echarts/charts'
import { GridComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { type Html, html, showControls, trustedHtml } from './html.ts'

echarts.use([BarChart, GridComponent, SVGRenderer])

export type BarSeries = {
  readonly name: string
  /** One a category. */
  readonly values: readonly number[]
  /** Which of the page's colours for data, from 1. */
  readonly colour: 1 | 2 | 3
}

export type BarPlot = {
  readonly categories: readonly string[]
  readonly series: readonly BarSeries[]
  /** Name of the axis of values. */
  readonly unit: string
  /** Values are whole numbers. */
  readonly isCount?: boolean
  /** One bar a category, the series on top of each other. */
  readonly isStacked?: boolean
  /** Bars to the right, for long names. */
  readonly isHorizontal?: boolean
}

const WIDTH = 760
const HEIGHT = 280
const ROW_HEIGHT = 26
const MARGINS = 64

/**
 * Draws a bar chart as SVG, with a legend where it has several series. Its colours are the page's custom properties, so that one drawing serves
 * light, dark and print; nothing in it moves, loads or runs. The same plot always gives the same text.
 */
export function drawBars({
  categories,
  series,
  unit,
  isCount = false,
  isStacked = false,
  isHorizontal = false,
}: BarPlot): Html {
  const height = isHorizontal ? MARGINS + categories.length * ROW_HEIGHT : HEIGHT
  // No theme, no document: only a drawing is wanted.
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height })
  const text = { color: 'var(--muted)', fontSize: 12, fontFamily: 'system-ui, sans-serif' }
  const line = { lineStyle: { color: 'var(--line)' } }
  const names = {
    type: 'category',
    // The library escapes what is markup.
    data: categories.map(showControls),
    axisLabel: { ...text, hideOverlap: true },
    axisLine: line,
    axisTick: { show: false },
    inverse: isHorizontal,
  }
  const values = {
    type: 'value',
    name: unit,
    nameTextStyle: text,
    axisLabel: text,
    splitLine: line,
    minInterval: isCount ? 1 : 0,
  }
  chart.setOption({
    animation: false,
    grid: { left: 16, right: 24, top: 32, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'all' },
    xAxis: isHorizontal ? values : names,
    yAxis: isHorizontal ? names : values,
    series: series.map(({ name, values, colour }) => ({
      type: 'bar',
      name,
      data: [...values],
      silent: true,
      barMaxWidth: 32,
      barGap: '10%',
      ...(isStacked ? { stack: 'all' } : {}),
      itemStyle: { color: `var(--data-${colour})` },
    })),
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  // The library's legend overlaps itself: without a page it cannot measure text.
  const legend =
    series.length === 1
      ? null
      : html`<ul class="legend">${series.map(({ name, colour }) => html`<li class="data-${colour}">${name}</li>`)}</ul>`
  return html`${legend}<div class="plot">${trustedHtml(withoutLiveParts(svg))}</div>`
}

/** What the library writes for a page with scripts: classes and styles for a pointer, numbered through by process, and its own marks. */
function withoutLiveParts(svg: string): string {
  return svg
    .replace(/<style[^>]*>.*?<\/style>\s*/gs, '')
    .replace(/ (class|ecmeta_\w+|pointer-events)="[^"]*"/g, '')
    .replace(/ (width|height|xmlns:xlink|version|baseProfile)="[^"]*"/g, (attribute, name) =>
      name === 'width' || name === 'height' ? attribute : '',
    )
    .replace('<svg ', '<svg aria-hidden="true" focusable="false" ')
    .replace(/\n/g, '')
}
