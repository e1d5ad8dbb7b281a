import type { Address, Hex } from 'viem'
import { getChainId, getCode } from 'viem/actions'
import { PoaError } from '../errors.ts'
import { toEvmVerificationKey } from '../proof/evmProof.ts'
import type { VerificationKey } from '../proof/Groth16.ts'
import { requireKeyForChain, requireSoundVerificationKey } from '../proof/verificationKey.ts'
import type { Shape } from '../shape.ts'
import { PUBLIC_SIGNAL_COUNT } from '../statement/buildStatement.ts'
import { verifierRegistryAbi } from './abi.ts'
import type { Deployment } from './Deployment.ts'
import { type ChainClient, executeContract, requireEvent } from './executeContract.ts'

/**
 * Registers a circuit with the verifier contract that was generated from its key. Owner of the registry only.
 * @throws PoaError VKEY_... when the key is unsound, DEV_KEYS_ON_PUBLIC_CHAIN (both checked on chain as well), VERIFIER_OF_OTHER_KEY;
 * ContractRevertError when the registry refuses
 */
export async function registerCircuit(
  client: ChainClient,
  { verifierRegistry }: Deployment,
  { verificationKey, verifier, shape }: { verificationKey: VerificationKey; verifier: Address; shape: Shape },
): Promise<{ circuitId: Hex; gasUsed: bigint }> {
  requireSoundVerificationKey(verificationKey, PUBLIC_SIGNAL_COUNT)
  requireKeyForChain(verificationKey, await getChainId(client))
  await requireVerifierOfKey(client, verifier, verificationKey)
  const { events, gasUsed } = await executeContract(client, {
    address: verifierRegistry,
    abi: verifierRegistryAbi,
    functionName: 'register',
    args: [toEvmVerificationKey(verificationKey), verifier, shape.traces, shape.contributors],
  })
  return { circuitId: requireEvent(events, 'CircuitRegistered').args.circuitId, gasUsed }
}

/**
 * A generated verifier holds every coordinate of its key as a constant. This catches the wrong contract; one that was written to deceive needs
 * its code compared with the generated one.
 */
async function requireVerifierOfKey(client: ChainClient, verifier: Address, key: VerificationKey): Promise<void> {
  const code = (await getCode(client, { address: verifier })) ?? '0x'
  const { alpha, beta, gamma, delta, ic } = toEvmVerificationKey(key)
  for (const coordinate of [alpha, beta, gamma, delta, ic].flat(3)) {
    // Leading zeros are not part of a pushed constant.
    if (!code.includes(coordinate.toString(16))) {
      throw new PoaError(
        'VERIFIER_OF_OTHER_KEY',
        `the code at ${verifier} does not hold the key that is to be registered`,
      )
    }
  }
}
