import { toEvmProof } from '../proof/evmProof.ts'
import type { Groth16Proof } from '../proof/verificationKey.ts'
import { EARNING_OFFSET } from '../statement/buildStatement.ts'
import type { SettlementClaim } from '../statement/settlementClaim.ts'
import { inferenceEscrowAbi } from './abi.ts'
import type { Deployment } from './Deployment.ts'
import { type ChainClient, executeContract } from './executeContract.ts'

/**
 * Settles a sealed batch with a proof. By anyone; the prover's share goes to `claim.context.prover`.
 * @throws ContractRevertError, `ProofRejected` for whatever the proof does not cover
 */
export async function settleBatch(
  client: ChainClient,
  { inferenceEscrow }: Deployment,
  { claim, proof }: { claim: SettlementClaim; proof: Groth16Proof },
): Promise<{ gasUsed: bigint }> {
  const { gasUsed } = await executeContract(client, {
    address: inferenceEscrow,
    abi: inferenceEscrowAbi,
    functionName: 'settle',
    args: [
      claim.context.batchId,
      claim.context.prover,
      claim.sealed,
      claim.earnings.map((earning) => earning + EARNING_OFFSET),
      claim.digest,
      toEvmProof(proof),
    ],
  })
  return { gasUsed }
}
