import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Abi, Address, Hex } from 'viem'
import { deployContract, readContract, waitForTransactionReceipt } from 'viem/actions'
import { inferenceEscrowAbi, modelRegistryAbi, policyRegistryAbi, verifierRegistryAbi } from '../src/chain/abi.ts'
import type { Deployment } from '../src/chain/Deployment.ts'
import type { ChainClient } from '../src/chain/executeContract.ts'
import { PoaError } from '../src/errors.ts'
import { REPOSITORY_ROOT } from './circuits/compileCircuit.ts'
import { verifierFile } from './verifierFile.ts'

/** The first policy of a deployment; the fields of `IPolicyRegistry.Policy`. */
export type Policy = {
  readonly contributorsBps: number
  readonly modelOwnerBps: number
  readonly stakersBps: number
  readonly proverBps: number
  readonly treasuryBps: number
  readonly treasury: Address
  readonly stakers: Address
  /** Seconds. */
  readonly epochLength: number
  readonly sealWindow: number
  readonly settleWindow: number
}

/** Shares of the protocol's default policy, in basis points of the fee. */
export const DEFAULT_SHARES = {
  contributorsBps: 5000,
  modelOwnerBps: 2000,
  stakersBps: 1500,
  proverBps: 500,
  treasuryBps: 1000,
} as const

/** Deploys the five contracts; the sender becomes the owner of the two registries that have one. */
export async function deployContracts(client: ChainClient, policy: Policy): Promise<Deployment & { gasUsed: bigint }> {
  const owner = client.account.address
  let gasUsed = 0n
  const deploy = async (contract: string, abi: Abi, args: readonly unknown[]) => {
    const deployed = await deployArtifact(client, `${contract}.sol/${contract}.json`, abi, args)
    gasUsed += deployed.gasUsed
    return deployed.address
  }
  const policyRegistry = await deploy('PolicyRegistry', policyRegistryAbi, [owner, policy])
  const verifierRegistry = await deploy('VerifierRegistry', verifierRegistryAbi, [owner])
  const modelRegistry = await deploy('ModelRegistry', modelRegistryAbi, [verifierRegistry])
  const inferenceEscrow = await deploy('InferenceEscrow', inferenceEscrowAbi, [
    policyRegistry,
    modelRegistry,
    verifierRegistry,
  ])
  // The escrow creates its ledger, so that neither can be wired to another.
  const epochLedger = await readContract(client, {
    address: inferenceEscrow,
    abi: inferenceEscrowAbi,
    functionName: 'ledger',
  })
  return { policyRegistry, verifierRegistry, modelRegistry, epochLedger, inferenceEscrow, gasUsed }
}

/** Deploys the generated verifier of a shape: `small` is verifier-contracts/src/generated/SmallVerifier.sol. */
export function deployVerifier(client: ChainClient, shapeName: string): Promise<{ address: Address; gasUsed: bigint }> {
  return deployArtifact(client, `${verifierFile(shapeName)}/Groth16Verifier.json`, [], [])
}

async function deployArtifact(client: ChainClient, artifact: string, abi: Abi, args: readonly unknown[]) {
  const path = join(REPOSITORY_ROOT, 'verifier-contracts', 'out', artifact)
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new PoaError('CONTRACT_NOT_BUILT', `${artifact} is missing`, { cause, hint: 'Run `npm run build`.' })
  })
  const bytecode = (JSON.parse(text) as { bytecode: { object: Hex } }).bytecode.object
  const hash = await deployContract(client, { account: client.account, chain: client.chain, abi, bytecode, args })
  const { contractAddress, status, gasUsed } = await waitForTransactionReceipt(client, { hash })
  if (status !== 'success' || !contractAddress)
    throw new PoaError('TRANSACTION_FAILED', `the deployment of ${artifact} reverted`)
  return { address: contractAddress, gasUsed }
}
