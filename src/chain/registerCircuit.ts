import type { Address, Hex } from 'viem'
import { toEvmVerificationKey } from '../proof/evmProof.ts'
import type { VerificationKey } from '../proof/Groth16.ts'
import { requireSoundVerificationKey } from '../proof/verificationKey.ts'
import type { Shape } from '../shape.ts'
import { PUBLIC_SIGNAL_COUNT } from '../statement/buildStatement.ts'
import { verifierRegistryAbi } from './abi.ts'
import type { Deployment } from './Deployment.ts'
import { type ChainClient, executeContract } from './executeContract.ts'

/**
 * Registers a circuit with the verifier contract that was generated from its key. Owner of the registry only.
 * @throws PoaError when the key is unsound (checked here as well as on chain), ContractRevertError when the registry refuses
 */
export async function registerCircuit(
  client: ChainClient,
  { verifierRegistry }: Deployment,
  { verificationKey, verifier, shape }: { verificationKey: VerificationKey; verifier: Address; shape: Shape },
): Promise<{ circuitId: Hex; gasUsed: bigint }> {
  requireSoundVerificationKey(verificationKey, PUBLIC_SIGNAL_COUNT)
  const { result, gasUsed } = await executeContract(client, {
    address: verifierRegistry,
    abi: verifierRegistryAbi,
    functionName: 'register',
    args: [toEvmVerificationKey(verificationKey), verifier, shape.traces, shape.contributors],
  })
  return { circuitId: result as Hex, gasUsed }
}
