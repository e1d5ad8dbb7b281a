import type { BatchView } from '../../../src/api/views.ts'
import { earningWeiRoundedDown } from '../../../src/statement/bookBatch.ts'
import { hashBatch } from '../../../src/statement/context.ts'
import type { SettlementClaim } from '../../../src/statement/settlementClaim.ts'

/** What a claim says otherwise than the page about the batch: a proof is only worth what is shown if it is of what is shown. Nothing when all is the same. */
export function differencesFrom(batch: BatchView, { context, sealed, earnings, digest }: SettlementClaim): string[] {
  const { requests, settlement, booking } = batch
  const pools = sealed.pools.reduce((sum, pool) => sum + pool, 0n)
  const compared: readonly (readonly [name: string, claimed: unknown, shown: unknown])[] = [
    ['batch number', context.batchId, batch.batchId],
    ['model', context.modelId, batch.modelId],
    ['epoch', context.epochId, batch.epochId],
    ['requests', sealed.requestIds, requests.map(({ requestId }) => requestId)],
    ['pools', sealed.pools, requests.map(({ poolWei }) => poolWei)],
    ['input commitments', sealed.inputCommitments, requests.map(({ inputCommitment }) => inputCommitment)],
    ['output commitments', sealed.outputCommitments, requests.map(({ outputCommitment }) => outputCommitment)],
    ['batch hash', hashBatch(sealed), batch.batchHash],
  ]
  const settled: typeof compared =
    settlement === null
      ? []
      : [
          ['prover', context.prover.toLowerCase(), settlement.prover.toLowerCase()],
          ['digest', digest, settlement.digest],
        ]
  const booked: typeof compared =
    booking === null
      ? []
      : [
          ['sum of the pools', pools, booking.poolsWei],
          ['earnings', earnings.map(earningWeiRoundedDown), booking.earnings.map(({ earningWei }) => earningWei)],
        ]
  return [...compared, ...settled, ...booked]
    .filter(([, claimed, shown]) => String(claimed) !== String(shown))
    .map(([name]) => name)
}
