import type { Address, Client } from 'viem'
import { readContract } from 'viem/actions'
import { toEvmProof } from '../proof/evmProof.ts'
import type { Groth16Proof } from '../proof/Groth16.ts'
import { circuitIdOf } from '../proof/verificationKey.ts'
import { listPublicSignals } from '../statement/buildStatement.ts'
import { derivePublicSignals, type SettlementClaim } from '../statement/settlementClaim.ts'
import { verifierRegistryAbi } from './abi.ts'
import { ContractRevertError, describeFailure } from './executeContract.ts'

/**
 * Asks a chain's verifier registry whether it accepts a proof of this claim; costs no gas.
 * @returns false when the verifier says no
 * @throws ContractRevertError for any other refusal, such as `UnknownCircuit` or `RetiredCircuit`; PoaError when the chain cannot be reached
 */
export async function verifyOnChain(
  client: Client,
  verifierRegistry: Address,
  { claim, proof }: { claim: SettlementClaim; proof: Groth16Proof },
): Promise<boolean> {
  try {
    const signals = listPublicSignals(derivePublicSignals(claim)) as unknown as readonly [
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
    ]
    await readContract(client, {
      address: verifierRegistry,
      abi: verifierRegistryAbi,
      functionName: 'requireValidProof',
      args: [circuitIdOf(claim.context.circuitKeyHash), toEvmProof(proof), signals],
    })
    return true
  } catch (cause) {
    const failure = describeFailure('requireValidProof', cause)
    if (failure instanceof ContractRevertError && failure.error === 'ProofRejected') return false
    throw failure
  }
}
