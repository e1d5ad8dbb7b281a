import { actionView, type TraceView } from '../api/views.ts'
import { getTrace } from './getTrace.ts'
import { type RequestOptions, requestNode } from './requestNode.ts'
import { signTraceAction, type TraceActionParameters, type TraceSigner } from './signTrace.ts'

/**
 * Takes back a trace that is not on its way to being sealed, as the model's operator.
 * @returns how the trace stands now
 * @throws NodeApiError when it is too late, or the signer is not the model's operator
 */
export async function cancelTrace(
  nodeUrl: string,
  signer: TraceSigner,
  parameters: TraceActionParameters,
  options: RequestOptions = {},
): Promise<TraceView> {
  const body = await signTraceAction(signer, 'cancel', parameters)
  const path = `/v1/traces/${parameters.traceId}/cancel`
  await requestNode(nodeUrl, { method: 'POST', path, body, answer: actionView }, options)
  return getTrace(nodeUrl, parameters.traceId, options)
}
