import type { Address, Client } from 'viem'
import { getCode, readContract } from 'viem/actions'
import { PoaError } from '../errors.ts'
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
 * @throws ContractRevertError for any other refusal, such as `UnknownCircuit` or `RetiredCircuit`; PoaError CONTRACT_MISSING, or
 * TRANSACTION_FAILED when the chain cannot be reached
 */
export async function verifyOnChain(
  client: Client,
  verifierRegistry: Address,
  { claim, proof }: { claim: SettlementClaim; proof: Groth16Proof },
): Promise<boolean> {
  try {
    // A call to an address without code succeeds, and the registry's yes is to return nothing.
    if ((await getCode(client, { address: verifierRegistry })) === undefined)
      throw new PoaError('CONTRACT_MISSING', `there is no contract at ${verifierRegistry}`)
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
