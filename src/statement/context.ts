import {
  type Address,
  encodeAbiParameters,
  type Hex,
  isAddress,
  isHex,
  keccak256,
  parseAbiParameters,
  size,
  toBytes,
  zeroAddress,
} from 'viem'
import { InvalidInputError } from '../errors.ts'

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

/** @throws InvalidInputError unless every field has the width that the contract gives it, and the prover is not the zero address */
export function requireContext(context: BatchContext): void {
  for (const field of [
    'chainId',
    'batchId',
    'modelId',
    'modelVersion',
    'indexVersion',
    'policyId',
    'epochId',
  ] as const) {
    requireUint256(`context.${field}`, context[field])
  }
  for (const field of ['settlement', 'prover'] as const) {
    if (!isAddress(context[field])) throw new InvalidInputError(`context.${field}`, 'an address', context[field])
  }
  // The contract refuses it: what nobody owns cannot be paid.
  if (context.prover === zeroAddress)
    throw new InvalidInputError('context.prover', 'another address than zero', context.prover)
  if (!isHex(context.circuitKeyHash) || size(context.circuitKeyHash) !== 32) {
    throw new InvalidInputError('context.circuitKeyHash', '32 bytes as 0x and 64 hex digits', context.circuitKeyHash)
  }
}

/** @throws InvalidInputError unless the value is in 0 .. 2^256-1 */
export function requireUint256(field: string, value: bigint): void {
  if (value < 0n || value >= 1n << 256n) throw new InvalidInputError(field, 'an integer in 0 .. 2^256-1', value)
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
