import { type Address, type Hex, hashTypedData } from 'viem'

/** What an operator may ask of a trace that it signed. */
export const TRACE_ACTIONS = ['cancel', 'retry'] as const
export type TraceAction = (typeof TRACE_ACTIONS)[number]

/** The place that a signature is for: EIP-712's domain. */
export type SignatureDomain = { readonly chainId: bigint; readonly escrow: Address }

export type TraceSignatureMessage = {
  readonly modelId: bigint
  readonly requestId: bigint
  readonly inputCommitment: bigint
  readonly outputCommitment: bigint
  readonly nonce: bigint
  readonly deadline: bigint
}

export type ActionSignatureMessage = {
  readonly traceId: Hex
  readonly action: TraceAction
  readonly deadline: bigint
}

/** What an operator signs for one trace (EIP-712). */
export function traceTypedData({ chainId, escrow }: SignatureDomain, message: TraceSignatureMessage) {
  return {
    domain: { name: 'ProofOfAttribution', version: '1', chainId, verifyingContract: escrow },
    types: {
      Trace: [
        { name: 'modelId', type: 'uint256' },
        { name: 'requestId', type: 'uint256' },
        { name: 'inputCommitment', type: 'uint256' },
        { name: 'outputCommitment', type: 'uint256' },
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint256' },
      ],
    },
    primaryType: 'Trace',
    message,
  } as const
}

/** What an operator signs to cancel a trace, or to have a dead proof job tried again. */
export function actionTypedData({ chainId, escrow }: SignatureDomain, message: ActionSignatureMessage) {
  return {
    domain: { name: 'ProofOfAttribution', version: '1', chainId, verifyingContract: escrow },
    types: {
      TraceAction: [
        { name: 'traceId', type: 'bytes32' },
        { name: 'action', type: 'string' },
        { name: 'deadline', type: 'uint256' },
      ],
    },
    primaryType: 'TraceAction',
    message,
  } as const
}

/** The natural key of a trace: the digest that its operator signed. Submitting the same trace again changes nothing. */
export function traceIdOf(domain: SignatureDomain, message: TraceSignatureMessage): Hex {
  return hashTypedData(traceTypedData(domain, message))
}
