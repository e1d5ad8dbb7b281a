import type { Address } from 'viem'
import { describe, expect, test } from 'vitest'
import { type Debt, netEpoch, type SettledEpoch } from '../../src/statement/netEpoch.ts'

const [ada, bob, cyd]: Address[] = [
  '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
  '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC',
  '0x90F79bf6EB2c4f870365E785982E1f101E93b906',
] as const
const NO_DEBTS = new Map<Address, Debt>()
const epochOf = (poolsWei: bigint, ...earningsWei: bigint[]): SettledEpoch => ({
  indexVersion: 1n,
  contributors: [ada!, bob!],
  batches: [{ poolsWei, earningsWei }],
})

describe('netEpoch', () => {
  test('default: pays what is positive, carries what is negative, leaves the rest to the treasury', () => {
    // The third slot belongs to nobody.
    expect(netEpoch(epochOf(100n, 60n, -20n, 15n), NO_DEBTS)).toEqual({
      accounts: [
        { contributor: ada, openingWei: 0n, bookedWei: 60n, paidWei: 60n, carriedWei: 0n },
        { contributor: bob, openingWei: 0n, bookedWei: -20n, paidWei: 0n, carriedWei: 20n },
      ],
      poolsWei: 100n,
      paidWei: 60n,
      treasuryWei: 40n,
      debts: new Map([[bob, { amountWei: 20n, indexVersion: 1n }]]),
    })
  })

  test('behavior: batches are summed before anything is paid', () => {
    const { accounts, treasuryWei } = netEpoch(
      {
        ...epochOf(0n),
        batches: [
          { poolsWei: 10n, earningsWei: [10n, -1n] },
          { poolsWei: 5n, earningsWei: [-4n, 5n] },
        ],
      },
      NO_DEBTS,
    )
    expect(accounts.map(({ bookedWei, paidWei }) => [bookedWei, paidWei])).toEqual([
      [6n, 6n],
      [4n, 4n],
    ])
    expect(treasuryWei).toBe(5n)
  })

  test('behavior: a debt opens in full under its index and is lessened by what the epoch booked', () => {
    const debts = new Map([[bob!, { amountWei: 20n, indexVersion: 1n }]])
    const lessened = netEpoch(epochOf(50n, 0n, 15n), debts)
    expect(lessened.accounts[1]).toMatchObject({ openingWei: -20n, paidWei: 0n, carriedWei: 5n })
    expect(lessened.debts).toEqual(new Map([[bob, { amountWei: 5n, indexVersion: 1n }]]))
    const cleared = netEpoch(epochOf(50n, 0n, 20n), debts)
    expect(cleared.accounts[1]).toMatchObject({ openingWei: -20n, paidWei: 0n, carriedWei: 0n })
    expect(cleared.debts).toEqual(NO_DEBTS)
    // The caller's own debts are as they were.
    expect(debts.get(bob!)).toEqual({ amountWei: 20n, indexVersion: 1n })
  })

  test.each([
    [1n, 1n],
    [4n, 1n],
    [5n, 2n],
    [8n, 2n],
    [9n, 3n],
  ])('behavior: under another index a debt of %i wei opens with %i', (amountWei, keptWei) => {
    const { accounts, debts } = netEpoch(
      { ...epochOf(10n, 0n, 0n), indexVersion: 2n },
      new Map([[ada!, { amountWei, indexVersion: 1n }]]),
    )
    expect(accounts[0]).toMatchObject({ openingWei: -keptWei, carriedWei: keptWei })
    // Once: from now on it is a debt under this index.
    expect(debts.get(ada!)).toEqual({ amountWei: keptWei, indexVersion: 2n })
  })

  test('behavior: a debt follows the payout address to another slot, and waits while the address is in no index', () => {
    const debts = new Map([[ada!, { amountWei: 9n, indexVersion: 1n }]])
    const absent = netEpoch({ ...epochOf(10n, 10n), contributors: [cyd!], indexVersion: 2n }, debts)
    expect(absent.debts).toEqual(debts)
    const moved = netEpoch({ ...epochOf(10n, 1n, 7n), contributors: [cyd!, ada!], indexVersion: 3n }, absent.debts)
    expect(moved.accounts[1]).toMatchObject({ openingWei: -3n, bookedWei: 7n, paidWei: 4n })
  })

  test('behavior: addresses are those of the checksum form, however they were written', () => {
    const { accounts, debts } = netEpoch(
      { ...epochOf(10n, -1n), contributors: [ada!.toLowerCase() as Address] },
      new Map([[ada!, { amountWei: 1n, indexVersion: 1n }]]),
    )
    expect(accounts[0]).toMatchObject({ contributor: ada, openingWei: -1n })
    expect([...debts.keys()]).toEqual([ada])
  })

  test('behavior: an epoch without a settled batch nets debts alone', () => {
    const { treasuryWei, debts } = netEpoch(
      { ...epochOf(0n), batches: [], indexVersion: 2n },
      new Map([[ada!, { amountWei: 8n, indexVersion: 1n }]]),
    )
    expect(treasuryWei).toBe(0n)
    expect(debts.get(ada!)).toEqual({ amountWei: 2n, indexVersion: 2n })
  })

  test('error: a contributor twice', () => {
    const contributors = [ada!, ada!.toLowerCase() as Address]
    expect(() => netEpoch({ ...epochOf(1n), contributors }, NO_DEBTS)).toThrow(
      `contributors[1] must be in the index once, got "${ada}"`,
    )
  })

  test('error: a balance that the ledger cannot hold', () => {
    expect(netEpoch(epochOf(2n ** 84n, 2n ** 84n - 1n, -(2n ** 84n)), NO_DEBTS).paidWei).toBe(2n ** 84n - 1n)
    expect(() => netEpoch(epochOf(2n ** 84n, 2n ** 84n), NO_DEBTS)).toThrow(/batches\[0\]\.earningsWei\[0\] must be/)
    expect(() => netEpoch(epochOf(2n ** 84n, 0n, -(2n ** 84n) - 1n), NO_DEBTS)).toThrow(/earningsWei\[1\] must be/)
  })

  test('error: more than the pools hold', () => {
    expect(() => netEpoch(epochOf(10n, 11n), NO_DEBTS)).toThrow('batches must be paid by their pools (10 wei), got 11')
  })
})
