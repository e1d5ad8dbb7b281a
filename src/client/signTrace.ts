import type { Account, Address, Chain, Hex, LocalAccount, Transport, TypedDataDefinition, WalletClient } from 'viem'
import type { TraceActionRequest, TraceSubmission } from '../api/submission.ts'
import { actionTypedData, type SignatureDomain, type TraceAction, traceTypedData } from '../api/typedData.ts'
import type { Shape } from '../shape.ts'
import { commitInput, commitOutput } from '../statement/commitments.ts'
import { randomSalt } from './randomSalt.ts'

/** Whoever signs for a model's operator: an account whose key is at hand, or a wallet. */
export type TraceSigner = LocalAccount | WalletClient<Transport, Chain | undefined, Account>

/** A paid inference, answered. */
export type AnsweredInference = {
  readonly chainId: bigint
  /** The InferenceEscrow that holds the payment. */
  readonly escrow: Address
  /** Of the circuit under which the model is registered. */
  readonly shape: Shape
  readonly modelId: bigint
  readonly requestId: bigint
  /** H integers in -127 .. 127, the last one 127. */
  readonly features: readonly number[]
  /** The head's argmax on the features. */
  readonly label: number
  /** 0 by default. A higher one replaces what was submitted for the request before, as long as that is not sealed. */
  readonly nonce?: bigint
  /** Unix seconds until which a node may accept the trace. */
  readonly deadline: bigint
}

/**
 * Commits to an answer with fresh random salts and signs the commitments as the model's operator (EIP-712). What comes back holds private values:
 * features and salts are for the prover node alone. Signing the same inference again gives another trace, because the salts are others; keep the
 * result to submit it again.
 * @throws InvalidInputError when features or label do not fit the shape
 */
export async function signTrace(signer: TraceSigner, inference: AnsweredInference): Promise<TraceSubmission> {
  const { chainId, escrow, shape, modelId, requestId, features, label, nonce = 0n, deadline } = inference
  const inputSalt = randomSalt()
  const outputSalt = randomSalt()
  const message = {
    modelId,
    requestId,
    inputCommitment: commitInput(features, inputSalt, shape),
    outputCommitment: commitOutput(label, outputSalt, shape),
    nonce,
    deadline,
  }
  const signature = await sign(signer, traceTypedData({ chainId, escrow }, message))
  return { chainId, escrow, ...message, features: [...features], label, inputSalt, outputSalt, signature }
}

/** What an operator may ask of a trace that it signed, and for how long the request holds. */
export type TraceActionParameters = SignatureDomain & {
  readonly traceId: Hex
  /** Unix seconds. */
  readonly deadline: bigint
}

/** Signs a request to cancel or retry a trace as the model's operator (EIP-712). */
export async function signTraceAction(
  signer: TraceSigner,
  action: TraceAction,
  { chainId, escrow, traceId, deadline }: TraceActionParameters,
): Promise<TraceActionRequest> {
  const signature = await sign(signer, actionTypedData({ chainId, escrow }, { traceId, action, deadline }))
  return { deadline, signature }
}

function sign(
  signer: TraceSigner,
  typedData: ReturnType<typeof traceTypedData> | ReturnType<typeof actionTypedData>,
): Promise<Hex> {
  // Both take the typed data as it is; their generic parameters have nothing else in common.
  return (signer as LocalAccount).signTypedData(typedData as TypedDataDefinition)
}
