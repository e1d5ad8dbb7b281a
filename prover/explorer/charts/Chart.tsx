import type { EChartsCoreOption, EChartsType } from 'echarts/core'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { theme } from '../parts/theme.ts'
import { type Palette, readPalette } from './palette.ts'

type ChartProps = {
  /** What the chart shows, for those who do not see it. */
  label: string
  /** What ECharts draws, in the colours of the theme. */
  draw: (palette: Palette) => EChartsCoreOption
  height?: 'middle' | 'tall' | 'graph'
  /** The same as a table. */
  table: ComponentChildren
}

/** A chart, and the same figures as a table. */
export function Chart({ label, draw, height = 'middle', table }: ChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const [chart, setChart] = useState<EChartsType>()
  const [isMissing, setIsMissing] = useState(false)
  const drawn = useRef('')
  const colours = theme.value
  useEffect(() => {
    let opened: EChartsType | undefined
    let isGone = false
    const observer = new ResizeObserver(() => opened?.resize())
    import('./echarts.ts').then(
      ({ init }) => {
        if (isGone) return
        opened = init(box.current!, null, { renderer: 'canvas' })
        observer.observe(box.current!)
        setChart(opened)
      },
      () => setIsMissing(true),
    )
    return () => {
      isGone = true
      observer.disconnect()
      opened?.dispose()
    }
  }, [])
  useEffect(() => {
    if (chart === undefined || chart.isDisposed()) return
    const option = {
      animation: !matchMedia('(prefers-reduced-motion: reduce)').matches,
      animationDuration: 350,
      textStyle: { fontFamily: 'system-ui, sans-serif' },
      ...draw(readPalette()),
    }
    // Drawn anew only when there is something new: a live page asks often.
    const form = colours + JSON.stringify(option)
    if (form !== drawn.current) chart.setOption(option, { notMerge: true })
    drawn.current = form
  })
  return (
    <figure class="chart">
      {isMissing ? (
        <p class="empty">What draws charts could not be loaded. The figures are in the table.</p>
      ) : (
        <div ref={box} class={`canvas ${height}`} role="img" aria-label={label} />
      )}
      <details open={isMissing}>
        <summary>Show as a table</summary>
        {table}
      </details>
    </figure>
  )
}
