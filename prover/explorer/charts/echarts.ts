/* The parts of ECharts that the pages use; loaded when the first chart is shown. */
import { BarChart, LineChart, SankeyChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

use([BarChart, CanvasRenderer, GridComponent, LegendComponent, LineChart, SankeyChart, TooltipComponent])

export { init }
