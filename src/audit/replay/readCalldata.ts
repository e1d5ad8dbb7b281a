import { type Address, decodeFunctionData, type Hex } from 'viem'
import { inferenceEscrowAbi, verifierRegistryAbi } from '../../chain/abi.ts'
import { type EvmVerificationKey, fromEvmProof, fromEvmVerificationKey } from '../../proof/evmProof.ts'
import type { Groth16Proof, VerificationKey } from '../../proof/Groth16.ts'
import { hashVerificationKey } from '../../proof/verificationKey.ts'
import { EARNING_OFFSET } from '../../statement/buildStatement.ts'
import type { SealedTraces } from '../../statement/context.ts'

/** What the calldata of `settle` says. */
export type Settlement = {
  readonly batchId: bigint
  readonly prover: Address
  readonly leaves: SealedTraces
  /** In 2^-64 wei. */
  readonly earnings: readonly bigint[]
  readonly digest: bigint
  readonly proof: Groth16Proof
}

/** What the calldata of `register` says. */
export type Registration = { readonly key: VerificationKey; readonly keyHash: Hex; readonly verifier: Address }

/** Reads the calldata of `settle`; null when it is none. */
export function readSettlement(data: Hex): Settlement | null {
  try {
    const { functionName, args } = decodeFunctionData({ abi: inferenceEscrowAbi, data })
    if (functionName !== 'settle') return null
    const [batchId, prover, leaves, encodedEarnings, digest, proof] = args
    const earnings = encodedEarnings.map((earning) => earning - EARNING_OFFSET)
    return { batchId, prover, leaves, earnings, digest, proof: fromEvmProof(proof) }
  } catch {
    return null // whatever it is, it settles nothing
  }
}

/** Reads the calldata of `register`; null when it is none, or none with a key. */
export function readRegistration(data: Hex): Registration | null {
  try {
    const { functionName, args } = decodeFunctionData({ abi: verifierRegistryAbi, data })
    if (functionName !== 'register') return null
    const [evmKey, verifier] = args
    const key = fromEvmVerificationKey(evmKey as EvmVerificationKey)
    return { key, keyHash: hashVerificationKey(key), verifier }
  } catch {
    return null // whatever it is, it registers nothing
  }
}
