import { actionView, type TraceView } from '../api/views.ts'
import { getTrace } from './getTrace.ts'
import { type RequestOptions, requestNode } from './requestNode.ts'
import { signTraceAction, type TraceActionParameters, type TraceSigner } from './signTrace.ts'

/**
 * Has the proof of a trace's batch tried again after the node gave up on it, as the model's operator.
 * @returns how the trace stands now
 * @throws NodeApiError when there is no dead job, or the signer is not the model's operator
 */
export async function retryTrace(
  nodeUrl: string,
  signer: TraceSigner,
  parameters: TraceActionParameters,
  options: RequestOptions = {},
): Promise<TraceView> {
  const body = await signTraceAction(signer, 'retry', parameters)
  const path = `/v1/traces/${parameters.traceId}/retry`
  await requestNode(nodeUrl, { method: 'POST', path, body, answer: actionView }, options)
  return getTrace(nodeUrl, parameters.traceId, options)
}
