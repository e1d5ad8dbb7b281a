import type { Hex } from 'viem'
import { type TraceView, traceView } from '../api/views.ts'
import { type RequestOptions, requestNode } from './requestNode.ts'

/**
 * How a trace stands: trace, request, batch, job and transaction side by side, and one word that sums them up.
 * @throws NodeApiError when the node knows no such trace
 */
export function getTrace(nodeUrl: string, traceId: Hex, options: RequestOptions = {}): Promise<TraceView> {
  return requestNode(nodeUrl, { path: `/v1/traces/${traceId}`, answer: traceView }, options)
}
