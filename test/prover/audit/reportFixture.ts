import { type AuditFigures, collectFigures } from '../../../prover/audit/collectFigures.ts'
import type { AuditRow } from '../../../src/audit/AuditRow.ts'
import type { AuditSummary } from '../../../src/audit/auditRecords.ts'
import type { Finding } from '../../../src/audit/Finding.ts'
import {
  addressOf,
  alice,
  batchRow,
  bob,
  carol,
  epochAccount,
  epochRow,
  feed,
  OPEN,
  place,
  requestsOf,
} from '../../audit/rowFixture.ts'

/** An audit of which nothing but the given is remarkable. */
export function auditSummary(
  findings: readonly Finding[] = [],
  counts: Partial<AuditSummary['counts']> = {},
): AuditSummary {
  const all = { fault: 0, gap: 0, anomaly: 0, info: 0, ...counts }
  return {
    ok: all.fault + all.gap === 0,
    header: {
      type: 'header',
      format: 'poa-audit/1',
      chainId: 31337,
      fromBlock: 0,
      block: { number: 421, hash: `0x${'4f'.repeat(32)}`, timestamp: 1_763_700_000 },
      deployment: {
        policyRegistry: addressOf('10'),
        verifierRegistry: addressOf('11'),
        modelRegistry: addressOf('12'),
        inferenceEscrow: addressOf('13'),
        epochLedger: addressOf('14'),
      },
    },
    counts: all,
    findings,
    checked: { events: 1234, proofs: 24, states: 456, disclosedBatches: 2 },
    totals: {
      requests: 200,
      settledRequests: 192,
      refundedRequests: 8,
      batches: 24,
      settledBatches: 24,
      epochs: 12,
      closedEpochs: 11,
      feesWei: 400n * OPEN,
      settledFeesWei: 384n * OPEN,
      poolsWei: 192n * OPEN,
      paidWei: 140n * OPEN,
      refundedWei: 16n * OPEN,
      modelOwnersWei: 77n * OPEN,
      stakersWei: 58n * OPEN,
      proversWei: 19n * OPEN,
      treasuryWei: 90n * OPEN + 1n,
      withdrawnWei: 100n * OPEN,
      claimableWei: 40n * OPEN,
    },
  }
}

export const fault: Finding = {
  code: 'EARNING_DIFFERS',
  subject: { modelId: 1n, batchId: 3n, slot: 2 },
  at: place,
  expected: '1000000000000000000 wei',
  found: '1000000000000000001 wei',
  message: 'slot 2 of batch 3 was booked another earning than the proof shows',
}

/** Rows of a model's life: twelve epochs of two batches, the last epoch open. */
export function modelLife(): AuditRow[] {
  return Array.from({ length: 12 }, (_, e) => {
    const epochId = BigInt(e + 1)
    const earned = [BigInt(3 + (e % 5)) * OPEN, BigInt(1 + (e % 3)) * OPEN, -OPEN]
    const batches = [0, 1].map((b) =>
      batchRow({
        batchId: BigInt(2 * e + b + 1),
        epochId,
        requests: requestsOf(8, 16 * e + 8 * b + 1),
        settlement: { earningsWei: earned.map((wei) => wei / 2n), settledAt: 2000 + 7 ** (e % 6) },
      }),
    )
    const accounts = [alice, bob, carol].map((contributor, slot) =>
      epochAccount({ contributor, slot, bookedWei: earned[slot]! }),
    )
    const epoch = epochRow({ epochId, accounts, poolsWei: 16n * OPEN, batches: 2, requests: 16, settledRequests: 16 })
    const open = accounts.map((account) => ({ ...account, paidWei: 0n, carriedWei: 0n }))
    return [...batches, e === 11 ? { ...epoch, accounts: open, closing: null } : epoch]
  }).flat()
}

export function figuresOf(rows: readonly AuditRow[]): AuditFigures {
  const { sink, figures } = collectFigures()
  feed((row) => sink.row!(row), rows)
  return figures()
}
