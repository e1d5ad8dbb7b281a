import type { EpochRow } from '../AuditRow.ts'
import { sayAmount, sayCount, sayMoment } from '../explain/say.ts'
import type { AnomalySearch } from './AnomalySearch.ts'

/**
 * Epochs that have ended and that nobody closes, though anyone may: their contributors are paid only then, and every later epoch waits behind the first
 * of them. An epoch ends when its time is over or when the next one opens. As long again as an epoch lasts is taken for patience.
 */
export function searchOverdueEpochs(): AnomalySearch {
  /** By model. What is not closed is told at the end of a replay. */
  const open = new Map<bigint, EpochRow[]>()
  return {
    row: (row) => {
      if (row.kind !== 'epoch' || row.closing !== null) return
      const epochs = open.get(row.modelId) ?? []
      epochs.push(row)
      open.set(row.modelId, epochs)
    },
    finish: (now) =>
      [...open.values()].flatMap((epochs) => {
        // Of what is not closed each is followed by the next.
        const endOf = ({ endsAt }: EpochRow, i: number) => Math.min(endsAt, epochs[i + 1]?.openedAt ?? endsAt)
        const ended = epochs.map((epoch, i) => ({ ...epoch, endedAt: endOf(epoch, i) }))
        const overdue = ended.filter(({ openedAt, endsAt, endedAt }) => now - endedAt > endsAt - openedAt)
        const [first] = overdue
        if (first === undefined) return []
        const { modelId, epochId, endedAt, requests, settledRequests, refundedRequests } = first
        const outstanding = Math.max(0, requests - settledRequests - refundedRequests)
        const poolsWei = overdue.reduce((sum, epoch) => sum + epoch.poolsWei, 0n)
        const wait =
          outstanding === 0
            ? 'anyone may close it'
            : `${sayCount(outstanding, 'request')} of it must be settled or refunded first, which anyone may do`
        return [
          {
            code: 'EPOCH_OVERDUE',
            subject: { modelId, epochId },
            at: null,
            expected: 'an epoch closed before as long again has passed as it lasted',
            found: `${sayCount(overdue.length, 'epoch')} overdue, with pools of ${poolsWei} wei`,
            message: `epoch ${epochId} ended on ${sayMoment(endedAt)} and is not closed, so pools of ${sayAmount(poolsWei)} wait: ${wait}`,
          } as const,
        ]
      }),
  }
}
