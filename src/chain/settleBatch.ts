import { toEvmProof } from '../proof/evmProof.ts'
import type { Groth16Proof } from '../proof/Groth16.ts'
import { EARNING_OFFSET } from '../statement/buildStatement.ts'
import type { SettlementClaim } from '../statement/settlementClaim.ts'
import { inferenceEscrowAbi } from './abi.ts'
import type { Deployment } from './Deployment.ts'
import { type ChainClient, executeContract, requireEvent } from './executeContract.ts'

/** A claim and the proof of it. */
export type ProvenClaim = { readonly claim: SettlementClaim; readonly proof: Groth16Proof }

/** The arguments of the contract's `settle`. */
export function settleArguments({ claim, proof }: ProvenClaim) {
  return [
    claim.context.batchId,
    claim.context.prover,
    claim.sealed,
    claim.earnings.map((earning) => earning + EARNING_OFFSET),
    claim.digest,
    toEvmProof(proof),
  ] as const
}

/**
 * Settles a sealed batch with a proof. By anyone; the prover's share goes to `claim.context.prover`.
 * @throws ContractRevertError, `ProofRejected` for whatever the proof does not cover
 */
export async function settleBatch(
  client: ChainClient,
  { inferenceEscrow }: Deployment,
  proven: ProvenClaim,
): Promise<{ gasUsed: bigint }> {
  const { events, gasUsed } = await executeContract(client, {
    address: inferenceEscrow,
    abi: inferenceEscrowAbi,
    functionName: 'settle',
    args: settleArguments(proven),
  })
  requireEvent(events, 'BatchSettled')
  return { gasUsed }
}
