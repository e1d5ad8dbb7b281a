import type { Address, Client } from 'viem'
import { getChainId, getCode, readContract } from 'viem/actions'
import { PoaError } from '../errors.ts'
import { toEvmProof } from '../proof/evmProof.ts'
import type { Groth16Proof } from '../proof/Groth16.ts'
import { circuitIdOf } from '../proof/verificationKey.ts'
import { listPublicSignals } from '../statement/buildStatement.ts'
import { derivePublicSignals, type SettlementClaim } from '../statement/settlementClaim.ts'
import { verifierRegistryAbi } from './abi.ts'
import { ContractRevertError, describeFailure } from './executeContract.ts'

type SixSignals = readonly [bigint, bigint, bigint, bigint, bigint, bigint]

/**
 * Asks a chain's verifier registry whether it accepts a proof of this claim; costs no gas. Whether the claim's escrow uses this registry is not
 * checked.
 * @returns false when the verifier says no
 * @throws PoaError CLAIM_FOR_OTHER_CHAIN, CONTRACT_MISSING, KEY_OF_OTHER_CIRCUIT when the registry has another key under the claim's circuit id,
 * or TRANSACTION_FAILED when the chain cannot be reached; ContractRevertError for any other refusal, such as `UnknownCircuit`
 */
export async function verifyOnChain(
  client: Client,
  verifierRegistry: Address,
  { claim, proof }: { claim: SettlementClaim; proof: Groth16Proof },
): Promise<boolean> {
  const { chainId, circuitKeyHash } = claim.context
  const circuitId = circuitIdOf(circuitKeyHash)
  const registry = { address: verifierRegistry, abi: verifierRegistryAbi }
  try {
    const connected = await getChainId(client)
    if (BigInt(connected) !== chainId) {
      throw new PoaError('CLAIM_FOR_OTHER_CHAIN', `the claim is for chain ${chainId}, this is chain ${connected}`)
    }
    // A call to an address without code succeeds, and the registry's yes is to return nothing.
    if ((await getCode(client, registry)) === undefined) {
      throw new PoaError('CONTRACT_MISSING', `there is no contract at ${verifierRegistry}`)
    }
    const { keyHash } = await readContract(client, { ...registry, functionName: 'circuitOf', args: [circuitId] })
    if (keyHash !== circuitKeyHash) {
      throw new PoaError(
        'KEY_OF_OTHER_CIRCUIT',
        `the registry has the key ${keyHash}, the claim is bound to ${circuitKeyHash}`,
      )
    }
    const signals = listPublicSignals(derivePublicSignals(claim)) as readonly bigint[] as SixSignals
    const args = [circuitId, toEvmProof(proof), signals] as const
    await readContract(client, { ...registry, functionName: 'requireValidProof', args })
    return true
  } catch (cause) {
    const failure = describeFailure('requireValidProof', cause)
    if (failure instanceof ContractRevertError && failure.error === 'ProofRejected') return false
    throw failure
  }
}
