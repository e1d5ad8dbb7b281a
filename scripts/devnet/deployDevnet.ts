import type { Address, Hex } from 'viem'
import type { Artifacts } from '../../prover/proving/artifacts.ts'
import type { Deployment } from '../../src/chain/Deployment.ts'
import type { ChainClient } from '../../src/chain/executeContract.ts'
import { registerCircuit } from '../../src/chain/registerCircuit.ts'
import type { Shape } from '../../src/shape.ts'
import { DEFAULT_SHARES, deployContracts, deployVerifier, type Policy } from '../deployContracts.ts'

/** The shortest epoch and settle window that the contracts allow, in seconds. Sealing gets as long: people type. */
export const DEVNET_POLICY = { epochLength: 600, sealWindow: 600, settleWindow: 600 } as const

/** Contracts and a circuit; models are registered by whoever tries the node. */
export async function deployDevnet(
  governance: ChainClient,
  { artifacts, shape, treasury, stakers }: { artifacts: Artifacts; shape: Shape; treasury: Address; stakers: Address },
): Promise<{ deployment: Deployment; circuitId: Hex }> {
  const policy: Policy = { ...DEFAULT_SHARES, ...DEVNET_POLICY, treasury, stakers }
  const { gasUsed: _, ...deployment } = await deployContracts(governance, policy)
  const { address: verifier } = await deployVerifier(governance, shape.name)
  const { circuitId } = await registerCircuit(governance, deployment, {
    verificationKey: artifacts.verificationKey,
    verifier,
    shape,
  })
  return { deployment, circuitId }
}
