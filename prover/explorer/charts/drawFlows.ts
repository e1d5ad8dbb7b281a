import type { EChartsCoreOption } from 'echarts/core'
import type { FlowNode, Flows } from '../words/attributionFlows.ts'
import { toOpen } from '../words/formatOpen.ts'
import { openOf, tooltip } from './axes.ts'
import type { Palette } from './palette.ts'

const STAGES: readonly FlowNode['stage'][] = ['datanet', 'contributor', 'model', 'payout']

/** Flows from stage to stage. On a narrow page they run downwards, and names are left to the table and to touching. */
export function drawFlows(palette: Palette, { nodes, flows }: Flows, isNarrow: boolean): EChartsCoreOption {
  const nameOf = new Map(nodes.map(({ id, name }) => [id, name]))
  const sums = new Map<string, { into: bigint; outOf: bigint }>()
  for (const { from, to, wei } of flows) {
    const source = sums.get(from) ?? { into: 0n, outOf: 0n }
    const target = sums.get(to) ?? { into: 0n, outOf: 0n }
    sums.set(from, { ...source, outOf: source.outOf + wei })
    sums.set(to, { ...target, into: target.into + wei })
  }
  return {
    tooltip: tooltip(palette, {
      trigger: 'item',
      formatter: ({ dataType, dataIndex }: { dataType: 'node' | 'edge'; dataIndex: number }) => {
        if (dataType === 'edge') {
          const { from, to, wei } = flows[dataIndex]!
          return `${nameOf.get(from)} to ${nameOf.get(to)}\n${openOf(wei)}`
        }
        const { id, name } = nodes[dataIndex]!
        const { into, outOf } = sums.get(id)!
        return `${name}\n${openOf(into === 0n ? outOf : into)}`
      },
    }),
    series: [
      {
        type: 'sankey',
        orient: isNarrow ? 'vertical' : 'horizontal',
        left: 8,
        right: isNarrow ? 8 : 140,
        top: 8,
        bottom: isNarrow ? 24 : 8,
        nodeWidth: 12,
        nodeGap: isNarrow ? 4 : 9,
        nodeAlign: 'justify',
        layoutIterations: 48,
        emphasis: { focus: 'adjacency' },
        lineStyle: { color: 'gradient', opacity: 0.28, curveness: 0.5 },
        label: {
          color: palette.text,
          fontSize: 11,
          formatter: ({ dataIndex }: { dataIndex: number }) =>
            isNarrow && nodes[dataIndex]!.stage === 'contributor' ? '' : nodes[dataIndex]!.name,
          ...(isNarrow && { position: 'bottom' }),
        },
        data: nodes.map(({ id, stage }) => ({
          name: id,
          depth: STAGES.indexOf(stage),
          itemStyle: { color: palette.series[[4, 1, 2, 0][STAGES.indexOf(stage)]!], borderWidth: 0 },
        })),
        links: flows.map(({ from, to, wei }) => ({ source: from, target: to, value: toOpen(wei) })),
      },
    ],
  }
}
