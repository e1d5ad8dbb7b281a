import { type Address, type Hex, keccak256, parseEther, toBytes } from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import type { Artifacts } from '../../../prover/proving/artifacts.ts'
import type { Deployment } from '../../../src/chain/Deployment.ts'
import { registerCircuit } from '../../../src/chain/registerCircuit.ts'
import type { Shape } from '../../../src/shape.ts'
import { connect } from '../../demo/connect.ts'
import { DEFAULT_SHARES, deployContracts, deployVerifier, type Policy } from '../../deployContracts.ts'
import { type LocalChain, OPEN_SUPPLY_WEI } from '../../startLocalChain.ts'

/** In seconds: as short as the contracts allow, sealing as long as settling. */
export const WINDOWS = { epochLength: 600, sealWindow: 600, settleWindow: 600 } as const

const account = (role: string): PrivateKeyAccount => privateKeyToAccount(keccak256(toBytes(`audit benchmark: ${role}`)))
const several = (role: string, count: number) =>
  Array.from({ length: count }, (_, i) => account(`${role} ${i}`).address)

/** Deploys, and owns the registries. */
const governance = account('governance')

/** Who takes part. One account sends all calls of a kind, so that the order within a block is that of its nonces. */
export const ACCOUNTS = {
  governance: governance.address,
  modelOwner: account('model owner').address,
  operator: account('operator').address,
  /** Sends what anyone may: settlements, refunds, closings, withdrawals. */
  keeper: account('keeper').address,
  treasury: account('treasury').address,
  stakers: account('stakers').address,
  payers: several('payer', 12),
  provers: several('prover', 3),
} as const

export const contributorAt = (place: number): Address => account(`contributor ${place}`).address

/** Whoever sends has gas, payers what they spend; the treasury holds the rest of the supply. */
export function genesisBalances(): Map<Address, bigint> {
  const balances = new Map<Address, bigint>()
  for (const role of ['governance', 'modelOwner', 'operator', 'keeper'] as const) {
    balances.set(ACCOUNTS[role], parseEther('100000'))
  }
  for (const payer of ACCOUNTS.payers) balances.set(payer, parseEther('1000000'))
  const given = [...balances.values()].reduce((sum, balance) => sum + balance, 0n)
  return balances.set(ACCOUNTS.treasury, OPEN_SUPPLY_WEI - given)
}

export type Market = {
  readonly deployment: Deployment
  readonly circuitId: Hex
  readonly circuitKeyHash: Hex
  /** That of the deployment, and one with other shares that is to come. */
  readonly policies: readonly [Policy, Policy]
}

/** Deploys the contracts and registers the circuit. */
export async function deployMarket(chain: LocalChain, artifacts: Artifacts, shape: Shape): Promise<Market> {
  const client = connect(chain, governance)
  const { treasury, stakers } = ACCOUNTS
  const first: Policy = { ...DEFAULT_SHARES, ...WINDOWS, treasury, stakers }
  const { gasUsed: _, ...deployment } = await deployContracts(client, first)
  const { address: verifier } = await deployVerifier(client, shape.name)
  const circuit = { verificationKey: artifacts.verificationKey, verifier, shape }
  const { circuitId } = await registerCircuit(client, deployment, circuit)
  const circuitKeyHash = artifacts.manifest.circuitKeyHash as Hex
  return {
    deployment,
    circuitId,
    circuitKeyHash,
    policies: [first, { ...first, contributorsBps: 4500, treasuryBps: 1500 }],
  }
}
