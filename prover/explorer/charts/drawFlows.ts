import type { EChartsCoreOption } from 'echarts/core'
import type { FlowNode, Flows } from '../words/attributionFlows.ts'
import { toOpen } from '../words/formatOpen.ts'
import { openOf, tooltip } from './axes.ts'
import type { Palette } from './palette.ts'

const STAGES: readonly FlowNode['stage'][] = ['datanet', 'contributor', 'model', 'payout']

/** On a narrow page a node with less than this part of everything has no room for its name. */
const LEAST_NAMED_PART = 6n

/** Flows from stage to stage; on a narrow page they run downwards. Names that have no room stand in the tooltips and in the table. */
export function drawFlows(palette: Palette, { nodes, flows }: Flows, isNarrow: boolean): EChartsCoreOption {
  const nameOf = new Map(nodes.map(({ id, name }) => [id, name]))
  const sums = new Map<string, { into: bigint; outOf: bigint }>()
  for (const { from, to, wei } of flows) {
    const source = sums.get(from) ?? { into: 0n, outOf: 0n }
    const target = sums.get(to) ?? { into: 0n, outOf: 0n }
    sums.set(from, { ...source, outOf: source.outOf + wei })
    sums.set(to, { ...target, into: target.into + wei })
  }
  const amountOf = (id: string) => {
    const { into, outOf } = sums.get(id)!
    return into > 0n ? into : outOf
  }
  const all = nodes.reduce((sum, { id, stage }) => (stage === 'model' ? sum + amountOf(id) : sum), 0n)
  return {
    tooltip: tooltip(palette, {
      trigger: 'item',
      formatter: ({ dataType, dataIndex }: { dataType: 'node' | 'edge'; dataIndex: number }) => {
        if (dataType === 'edge') {
          const { from, to, wei } = flows[dataIndex]!
          return `${nameOf.get(from)} to ${nameOf.get(to)}\n${openOf(wei)}`
        }
        const { id, name } = nodes[dataIndex]!
        return `${name}\n${openOf(amountOf(id))}`
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
          formatter: ({ dataIndex }: { dataIndex: number }) => {
            const { id, name } = nodes[dataIndex]!
            return isNarrow && amountOf(id) * LEAST_NAMED_PART < all ? '' : name
          },
          ...(isNarrow && { position: 'bottom', width: 72, overflow: 'truncate' }),
        },
        data: nodes.map(({ id, stage }) => ({
          name: id,
          depth: STAGES.indexOf(stage),
          itemStyle: { color: palette.series[[3, 1, 2, 0][STAGES.indexOf(stage)]!], borderWidth: 0 },
        })),
        links: flows.map(({ from, to, wei }) => ({ source: from, target: to, value: toOpen(wei) })),
      },
    ],
  }
}
