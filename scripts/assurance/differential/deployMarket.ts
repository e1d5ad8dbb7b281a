import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Address, decodeFunctionResult, encodeFunctionData, type Hex } from 'viem'
import { epochLedgerAbi } from '../../../src/chain/abi.ts'
import { toEvmVerificationKey } from '../../../src/proof/evmProof.ts'
import type { VerificationKey } from '../../../src/proof/Groth16.ts'
import { circuitIdOf, hashVerificationKey, parseVerificationKey } from '../../../src/proof/verificationKey.ts'
import type { Shape } from '../../../src/shape.ts'
import { shapeDirectory } from '../../circuits/compileCircuit.ts'
import type { Policy } from '../../deployContracts.ts'
import type { Contract, Evm } from './openEvm.ts'

/** A circuit as the registry has it. The verifier behind it takes the hash of the public signals for a proof. */
export type RegisteredCircuit = { readonly circuitId: Hex; readonly keyHash: Hex; readonly shape: Shape }

/** The five contracts on a chain of their own. The runner is governance, and later model owner, operator and payer too. */
export type Market = {
  readonly evm: Evm
  readonly policyRegistry: Contract
  readonly modelRegistry: Contract
  readonly escrow: Contract
  readonly ledger: Contract
  readonly circuits: readonly RegisteredCircuit[]
  /** Policy 1. */
  readonly policy: Policy
  /** Seconds; after the last block. */
  readonly time: bigint
}

const START = 1_800_000_000n

/** B and K of the circuits: one of each, odd ones, and the largest that the registry takes. */
const SIZES: readonly (readonly [traces: number, contributors: number])[] = [
  [1, 1],
  [4, 3],
  [7, 5],
  [16, 12],
  [255, 64],
]

const FIRST_POLICY: Policy = {
  contributorsBps: 5000,
  modelOwnerBps: 2000,
  stakersBps: 1500,
  proverBps: 500,
  treasuryBps: 1000,
  treasury: '0x000000000000000000000000000000000000dEaD',
  stakers: '0x000000000000000000000000000000000000bEEF',
  epochLength: 3_600,
  sealWindow: 600,
  settleWindow: 1_200,
}

/** Deploys everything and registers circuits of several sizes. `buildContracts` and `buildKeys` have run. */
export async function deployMarket(evm: Evm): Promise<Market> {
  const { runner } = evm
  const policyRegistry = await evm.create('PolicyRegistry', [runner, FIRST_POLICY])
  const verifierRegistry = await evm.create('VerifierRegistry', [runner])
  const modelRegistry = await evm.create('ModelRegistry', [verifierRegistry.address])
  const registries = [policyRegistry.address, modelRegistry.address, verifierRegistry.address]
  const escrow = await evm.create('InferenceEscrow', registries)
  const verifier = await evm.create('MockGroth16Verifier')
  const ledger = { address: await readLedger(evm, escrow), abi: epochLedgerAbi }

  const text = await readFile(join(shapeDirectory('tiny'), 'verification-key.json'), 'utf8')
  const key = parseVerificationKey(JSON.parse(text))
  const keys = SIZES.map((_, i) => otherKey(key, i))
  const calls = SIZES.map(([traces, contributors], i) => {
    const args = [toEvmVerificationKey(keys[i]!), verifier.address, traces, contributors]
    return {
      target: verifierRegistry.address,
      data: encodeFunctionData({ ...verifierRegistry, functionName: 'register', args }),
    }
  })
  await evm.send(calls, START)
  const keyHashes = keys.map(hashVerificationKey)
  const circuits = SIZES.map(([traces, contributors], i) => ({
    circuitId: circuitIdOf(keyHashes[i]!),
    keyHash: keyHashes[i]!,
    shape: { name: `${traces} by ${contributors}`, traces, contributors, classes: 2, features: 2 },
  }))
  return { evm, policyRegistry, modelRegistry, escrow, ledger, circuits, policy: FIRST_POLICY, time: START }
}

/** A sound key of another id: the points of IC in another order. */
function otherKey(key: VerificationKey, rotation: number): VerificationKey {
  return { ...key, IC: [...key.IC.slice(rotation), ...key.IC.slice(0, rotation)] }
}

async function readLedger(evm: Evm, { address, abi }: Contract): Promise<Address> {
  const [outcome] = await evm.read([{ target: address, data: encodeFunctionData({ abi, functionName: 'ledger' }) }])
  return decodeFunctionResult({ abi, functionName: 'ledger', data: outcome!.data }) as Address
}
