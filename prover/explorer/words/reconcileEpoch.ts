import type { EpochView } from '../../../src/api/views.ts'

/** One equation that the figures of an epoch have to meet. */
export type Reconciliation = { readonly equation: string; readonly leftWei: bigint; readonly rightWei: bigint }

const sumOf = (amounts: readonly string[]) => amounts.reduce((sum, amount) => sum + BigInt(amount), 0n)

/** Every equation between the figures of an epoch; those of the netting once it is closed. */
export function reconcileEpoch(epoch: EpochView): Reconciliation[] {
  const { closure, feesWei, poolsWei, modelOwnerWei, stakersWei, proverWei, treasuryWei } = epoch
  const fees = {
    equation: 'fees = pools + owner + stakers + prover + treasury',
    leftWei: BigInt(feesWei),
    rightWei: sumOf([poolsWei, modelOwnerWei, stakersWei, proverWei, treasuryWei]),
  }
  if (closure === null) return [fees]
  const { contributors } = closure
  return [
    fees,
    {
      equation: 'pools of the batches = pools of the closure',
      leftWei: BigInt(poolsWei),
      rightWei: BigInt(closure.poolsWei),
    },
    {
      equation: 'pools = paid + left to the treasury',
      leftWei: BigInt(closure.poolsWei),
      rightWei: BigInt(closure.paidWei) + BigInt(closure.treasuryWei),
    },
    {
      equation: 'paid = the contributors’ payments together',
      leftWei: BigInt(closure.paidWei),
      rightWei: sumOf(contributors.map(({ paidWei }) => paidWei)),
    },
    {
      equation: 'openings + bookings = payments − debts carried on',
      leftWei: sumOf(contributors.flatMap(({ openingWei, bookedWei }) => [openingWei, bookedWei])),
      rightWei:
        sumOf(contributors.map(({ paidWei }) => paidWei)) - sumOf(contributors.map(({ carriedWei }) => carriedWei)),
    },
  ]
}

/** Whether an account's own line adds up. */
export function isNettingReconciled({
  openingWei,
  bookedWei,
  paidWei,
  carriedWei,
}: NonNullable<EpochView['closure']>['contributors'][number]): boolean {
  return BigInt(openingWei) + BigInt(bookedWei) === BigInt(paidWei) - BigInt(carriedWei)
}

export function isReconciled(epoch: EpochView): boolean {
  return (
    reconcileEpoch(epoch).every(({ leftWei, rightWei }) => leftWei === rightWei) &&
    (epoch.closure?.contributors ?? []).every(isNettingReconciled)
  )
}
