import { type Address, type Hex, keccak256, parseEther, toBytes } from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { OPEN_SUPPLY_WEI } from '../startLocalChain.ts'

/** Who takes part in the demo. Their keys follow from published words: they hold play money on a chain that ends with the demo. */
export type DemoAccounts = {
  readonly governance: PrivateKeyAccount
  readonly modelOwner: PrivateKeyAccount
  readonly operator: PrivateKeyAccount
  readonly prover: PrivateKeyAccount
  readonly forger: PrivateKeyAccount
  readonly treasury: PrivateKeyAccount
  readonly stakers: PrivateKeyAccount
  readonly payers: readonly PrivateKeyAccount[]
  /** By slot. */
  readonly contributors: readonly PrivateKeyAccount[]
}

const PAYERS = 4

/** The key of one of them. */
export function demoKey(role: string): Hex {
  return keccak256(toBytes(`proof of attribution, demo account: ${role}`))
}

export function createDemoAccounts(contributorCount: number): DemoAccounts {
  const account = (role: string) => privateKeyToAccount(demoKey(role))
  const several = (role: string, count: number) => Array.from({ length: count }, (_, i) => account(`${role} ${i}`))
  return {
    governance: account('governance'),
    modelOwner: account('model owner'),
    operator: account('operator'),
    prover: account('prover'),
    forger: account('forger'),
    treasury: account('treasury'),
    stakers: account('stakers'),
    payers: several('payer', PAYERS),
    contributors: several('contributor', contributorCount),
  }
}

/**
 * The genesis: payers can pay, whoever sends transactions can pay gas, the treasury holds the rest of exactly 1,000,000,000 OPEN. Contributors
 * start with nothing, so what they own in the end is what they earned.
 */
export function genesisBalances(accounts: DemoAccounts): Map<Address, bigint> {
  const balances = new Map<Address, bigint>()
  for (const { address } of accounts.payers) balances.set(address, parseEther('1000'))
  for (const role of ['governance', 'modelOwner', 'operator', 'prover', 'forger'] as const) {
    balances.set(accounts[role].address, parseEther('100'))
  }
  const given = [...balances.values()].reduce((sum, balance) => sum + balance, 0n)
  return balances.set(accounts.treasury.address, OPEN_SUPPLY_WEI - given)
}
