import { type Address, encodeAbiParameters, type Hex, keccak256, parseAbiParameters, toBytes } from 'viem'

const CONTEXT_TAG = keccak256(toBytes('poa/context/v1'))
const CHALLENGE_TAG = keccak256(toBytes('poa/challenge/v1'))

/** Everything that ties a proof to one batch on one chain. A proof for any other value of any field does not verify. */
export type BatchContext = {
  readonly chainId: bigint
  /** Address of the contract that settles. */
  readonly settlement: Address
  readonly batchId: bigint
  readonly circuitKeyHash: Hex
  readonly modelId: bigint
  readonly modelVersion: bigint
  readonly indexVersion: bigint
  readonly policyId: bigint
  readonly epochId: bigint
  /** Who receives the prover's share; not the sender, so a copied proof pays the original prover. */
  readonly prover: Address
}

/** The batch as the operator sealed it: parallel arrays in the sealed order, empty slots left out. */
export type SealedTraces = {
  readonly requestIds: readonly bigint[]
  /** wei */
  readonly pools: readonly bigint[]
  readonly inputCommitments: readonly bigint[]
  readonly outputCommitments: readonly bigint[]
}

/** batchHash: what `seal` stores. */
export function hashBatch({ requestIds, pools, inputCommitments, outputCommitments }: SealedTraces): Hex {
  return keccak256(
    encodeAbiParameters(parseAbiParameters('uint256, uint256[], uint256[], uint256[], uint256[]'), [
      BigInt(requestIds.length),
      requestIds,
      pools,
      inputCommitments,
      outputCommitments,
    ]),
  )
}

/** The public signal `context`: 248 bits, hence a field element. */
export function computeContext(context: BatchContext, batchHash: Hex): bigint {
  const encoded = encodeAbiParameters(
    parseAbiParameters(
      'bytes32, uint256, address, uint256, bytes32, bytes32, uint256, uint256, uint256, uint256, uint256, address',
    ),
    [
      CONTEXT_TAG,
      context.chainId,
      context.settlement,
      context.batchId,
      batchHash,
      context.circuitKeyHash,
      context.modelId,
      context.modelVersion,
      context.indexVersion,
      context.policyId,
      context.epochId,
      context.prover,
    ],
  )
  return BigInt(keccak256(encoded)) >> 8n
}

/** The public signal `challenge`: 248 bits, drawn after the digest and X are fixed. */
export function computeChallenge(
  context: bigint,
  digest: bigint,
  weightsCommitment: bigint,
  indexCommitment: bigint,
  x: readonly bigint[],
): bigint {
  const encoded = encodeAbiParameters(parseAbiParameters('bytes32, uint256, uint256, uint256, uint256, uint256[]'), [
    CHALLENGE_TAG,
    context,
    digest,
    weightsCommitment,
    indexCommitment,
    x,
  ])
  return BigInt(keccak256(encoded)) >> 8n
}
