import { type Address, type Client, isAddressEqual } from 'viem'
import { getChainId, readContract } from 'viem/actions'
import { PoaError } from '../errors.ts'
import { toEvmProof } from '../proof/evmProof.ts'
import { circuitIdOf } from '../proof/verificationKey.ts'
import { EARNING_OFFSET, listPublicSignals } from '../statement/buildStatement.ts'
import { derivePublicSignals } from '../statement/settlementClaim.ts'
import { inferenceEscrowAbi, verifierRegistryAbi } from './abi.ts'
import { ContractRevertError, describeFailure } from './executeContract.ts'
import type { ProvenClaim } from './settleBatch.ts'

/** What a chain says of a claim. */
export type ChainVerdict = {
  /** The verifier that the escrow uses accepts the proof of exactly this batch. */
  readonly isAccepted: boolean
  /** The batch has been settled, by this proof or another. */
  readonly isSettled: boolean
}

type SixSignals = readonly [bigint, bigint, bigint, bigint, bigint, bigint]

/**
 * Asks an escrow, and through it the verifier registry that it uses, about a proven claim; costs no gas. The escrow must have sealed just this
 * batch: its own books give versions, commitments and context, which are compared with the claim's.
 * @param inferenceEscrow an escrow that the caller trusts, from another source than the claim
 * @throws PoaError CLAIM_FOR_OTHER_CHAIN, CLAIM_FOR_OTHER_ESCROW, CLAIM_OF_OTHER_BATCH when the escrow's books give other public signals
 * (versions, commitments and the circuit's key among them), or TRANSACTION_FAILED when there is no chain or no escrow to answer;
 * ContractRevertError for other refusals, such as `UnknownBatch`, `BatchHashMismatch` or `RetiredCircuit`
 */
export async function verifyOnChain(
  client: Client,
  inferenceEscrow: Address,
  { claim, proof }: ProvenClaim,
): Promise<ChainVerdict> {
  const { chainId, settlement, batchId, prover, circuitKeyHash } = claim.context
  const circuitId = circuitIdOf(circuitKeyHash)
  const escrow = { address: inferenceEscrow, abi: inferenceEscrowAbi }
  try {
    const connected = await getChainId(client)
    if (BigInt(connected) !== chainId) {
      throw new PoaError('CLAIM_FOR_OTHER_CHAIN', `the claim is for chain ${chainId}, this is chain ${connected}`)
    }
    if (!isAddressEqual(settlement, inferenceEscrow)) {
      throw new PoaError(
        'CLAIM_FOR_OTHER_ESCROW',
        `the claim is for the escrow ${settlement}, asked is ${inferenceEscrow}`,
      )
    }
    const { isSettled } = await readContract(client, { ...escrow, functionName: 'batchOf', args: [batchId] })
    const signals = derivePublicSignals(claim)
    const encodedEarnings = claim.earnings.map((earning) => earning + EARNING_OFFSET)
    const expected = await readContract(client, {
      ...escrow,
      functionName: 'publicSignalsOf',
      args: [batchId, prover, claim.sealed, encodedEarnings, claim.digest],
    })
    for (const [name, value] of Object.entries(signals)) {
      if (expected[name as keyof typeof expected] !== value) {
        throw new PoaError('CLAIM_OF_OTHER_BATCH', `the escrow's books give another ${name} than the claim`)
      }
    }
    const registry = {
      address: await readContract(client, { ...escrow, functionName: 'verifierRegistry' }),
      abi: verifierRegistryAbi,
    }
    const isAccepted = await readContract(client, {
      ...registry,
      functionName: 'requireValidProof',
      args: [circuitId, toEvmProof(proof), listPublicSignals(signals) as readonly bigint[] as SixSignals],
    }).then(
      () => true,
      (cause) => {
        const failure = describeFailure('requireValidProof', cause)
        if (failure instanceof ContractRevertError && failure.error === 'ProofRejected') return false
        throw failure
      },
    )
    return { isAccepted, isSettled }
  } catch (cause) {
    throw describeFailure('verifyOnChain', cause)
  }
}
