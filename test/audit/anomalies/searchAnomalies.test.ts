import type { Address } from 'viem'
import { describe, expect, test } from 'vitest'
import type { AuditRow, DisclosedIndexRow, IndexRow } from '../../../src/audit/AuditRow.ts'
import type { AnomalySearch } from '../../../src/audit/anomalies/AnomalySearch.ts'
import { searchAlikeVectors } from '../../../src/audit/anomalies/searchAlikeVectors.ts'
import { searchAnomalies } from '../../../src/audit/anomalies/searchAnomalies.ts'
import { searchNegativeContributors } from '../../../src/audit/anomalies/searchNegativeContributors.ts'
import { searchOverdueEpochs } from '../../../src/audit/anomalies/searchOverdueEpochs.ts'
import { searchRepeatedIndexes } from '../../../src/audit/anomalies/searchRepeatedIndexes.ts'
import { searchStalls } from '../../../src/audit/anomalies/searchStalls.ts'
import { searchTinyBatches } from '../../../src/audit/anomalies/searchTinyBatches.ts'
import { searchWashTrading } from '../../../src/audit/anomalies/searchWashTrading.ts'
import { FINDING_CODES } from '../../../src/audit/findingCodes.ts'
import {
  addressOf,
  alice,
  batchRow,
  bob,
  carol,
  epochRow,
  feed,
  inferenceRow,
  OPEN,
  operator,
  owner,
  payer,
  place,
  prover,
  requestRow,
  requestsOf,
} from '../rowFixture.ts'

const NOW = 10_000
const find = (search: AnomalySearch, rows: readonly AuditRow[], now = NOW) => {
  feed(search.row, rows)
  return search.finish(now)
}

describe('searchAlikeVectors', () => {
  const withVectors = (vectors: readonly (readonly number[])[], scales: readonly number[]): DisclosedIndexRow => {
    const index = { vectors: vectors.map((vector) => [vector.slice(0, 2), vector.slice(2)]), scales }
    return { kind: 'disclosed-index', modelId: 1n, indexVersion: 3n, contributors: [alice, bob, carol], index }
  }
  const [x, y] = [
    [100, 0, 0, 10],
    [0, 90, -7, 0],
  ] as const

  test('default: the same vector twice, whatever the scales', () => {
    const row = withVectors([x, y, x], [65535, 100, 7])
    expect(find(searchAlikeVectors(), [row, row])).toEqual([
      {
        code: 'VECTORS_ALIKE',
        subject: { modelId: 1n, indexVersion: 3n, account: carol, slot: 2 },
        at: null,
        expected: 'cosine below 0.95',
        found: `cosine 1.0000 with ${alice} in slot 0`,
        message: 'the vectors of slots 0 and 2 are the same: both are paid for what looks like one set of data',
      },
    ])
  })

  test('behavior: almost the same is told from not quite', () => {
    // 31.8 and 18.4 degrees from x without its last component: cosines 0.85 and 0.949.
    expect(find(searchAlikeVectors(), [withVectors([[100, 0, 0, 0], y, [100, 62, 0, 0]], [9, 9, 9])])).toEqual([])
    expect(find(searchAlikeVectors(), [withVectors([[100, 0, 0, 0], y, [100, 33, 0, 0]], [9, 9, 9])])).toEqual([])
    const [finding] = find(searchAlikeVectors(), [withVectors([[100, 0, 0, 0], y, [100, 32, 0, 0]], [9, 9, 9])])
    expect(finding).toMatchObject({ found: `cosine 0.9524 with ${alice} in slot 0` })
    expect(finding!.message).toContain('almost the same')
  })

  test('behavior: opposite vectors, vectors that count for nothing and unassigned slots are no copies', () => {
    const opposite = x.map((component) => -component)
    expect(find(searchAlikeVectors(), [withVectors([x, y, opposite], [9, 9, 9])])).toEqual([])
    expect(find(searchAlikeVectors(), [withVectors([x, y, x], [9, 9, 0])])).toEqual([])
    expect(find(searchAlikeVectors(), [withVectors([[0, 0, 0, 0], y, [0, 0, 0, 0]], [9, 9, 9])])).toEqual([])
    const unassigned = { ...withVectors([x, y, x], [9, 9, 9]), contributors: [alice, bob] }
    expect(find(searchAlikeVectors(), [unassigned])).toEqual([])
  })
})

describe('searchRepeatedIndexes', () => {
  const indexRow = (modelId: bigint, indexVersion: bigint, indexCommitment: bigint): IndexRow => ({
    kind: 'index',
    modelId,
    indexVersion,
    modelVersion: 1n,
    indexCommitment,
    contributors: [alice],
    place,
  })

  test('default: one model registers the same index again', () => {
    const rows = [indexRow(1n, 1n, 5n), indexRow(1n, 2n, 6n), indexRow(1n, 3n, 5n), indexRow(1n, 4n, 5n)]
    expect(find(searchRepeatedIndexes(), rows)).toMatchObject([
      {
        code: 'INDEX_REPEATED',
        subject: { modelId: 1n, indexVersion: 3n },
        at: place,
        found: '5 as version 1 of model 1, version 3 of model 1, version 4 of model 1',
        message: expect.stringContaining('debts'),
      },
    ])
  })

  test('behavior: the same index with other payout addresses is no matter of debts alone', () => {
    const rows = [
      { ...indexRow(1n, 1n, 5n), contributors: [alice, bob, carol] },
      { ...indexRow(2n, 1n, 5n), contributors: [bob] },
      { ...indexRow(1n, 2n, 5n), contributors: [alice, carol] },
    ]
    expect(find(searchRepeatedIndexes(), rows)).toMatchObject([
      {
        subject: { modelId: 1n, indexVersion: 2n },
        message: expect.stringContaining('slots 1 and 2 pay somebody else for the same data'),
      },
    ])
  })

  test('behavior: another model copies it', () => {
    expect(find(searchRepeatedIndexes(), [indexRow(1n, 1n, 5n), indexRow(2n, 1n, 5n)])).toMatchObject([
      { subject: { modelId: 2n }, message: expect.stringContaining('several models have') },
    ])
  })

  test('behavior: different indexes are none', () => {
    expect(find(searchRepeatedIndexes(), [indexRow(1n, 1n, 5n), indexRow(1n, 2n, 6n)])).toEqual([])
  })
})

describe('searchNegativeContributors', () => {
  const batches = (count: number, earningsWei: readonly bigint[]) =>
    Array.from({ length: count }, (_, b) =>
      batchRow({ batchId: BigInt(b + 1), requests: requestsOf(8), settlement: { earningsWei } }),
    )

  test('default: a loss over its whole life, not one that later batches make up for', () => {
    expect(find(searchNegativeContributors(), batches(2, [OPEN, -OPEN, 0n]))).toEqual([
      {
        code: 'CONTRIBUTOR_NET_NEGATIVE',
        subject: { modelId: 1n, account: bob },
        at: null,
        expected: 'at least 0 wei over 16 inferences or more',
        found: '-2000000000000000000 wei over 16 inferences',
        message:
          'the data of 0xb2b2…b2b2 earned 0 OPEN and lost 2 OPEN: it may be mislabelled, or not of what the model is asked',
      },
    ])
    const madeUp = [...batches(2, [0n, -OPEN, 0n]), ...batches(1, [0n, 2n * OPEN, 0n])]
    expect(find(searchNegativeContributors(), madeUp)).toEqual([])
  })

  test('behavior: few inferences say nothing, and what is not settled counts for nothing', () => {
    expect(find(searchNegativeContributors(), batches(1, [0n, -OPEN, 0n]))).toEqual([])
    const open = batchRow({ requests: requestsOf(32), settlement: null })
    expect(find(searchNegativeContributors(), [open, ...batches(1, [0n, -OPEN, 0n])])).toEqual([])
  })

  test('behavior: a contributor is told by its address, whatever its slot', () => {
    const [first, second] = [
      batchRow({ requests: requestsOf(8), settlement: { earningsWei: [-3n, 0n, 0n] } }),
      batchRow({ requests: requestsOf(8), settlement: { earningsWei: [0n, -4n, 0n], contributors: [bob, alice] } }),
    ]
    expect(find(searchNegativeContributors(), [first, second])).toMatchObject([
      { subject: { account: alice }, found: '-7 wei over 16 inferences' },
    ])
  })
})

describe('searchTinyBatches', () => {
  test('default: counts batches of fewer than eight', () => {
    const sizes = [8, 7, 1, 16, 2]
    const rows = sizes.map((size, b) => batchRow({ batchId: BigInt(b + 1), requests: requestsOf(size) }))
    expect(find(searchTinyBatches(), rows)).toMatchObject([
      {
        code: 'BATCH_TINY',
        subject: { modelId: 1n, batchId: 2n },
        found: '3 of 5 batches smaller, 1 of a single inference',
        message: expect.stringContaining('such as 2, 3 and 5'),
      },
    ])
  })

  test('behavior: none when all are large, or not settled', () => {
    expect(find(searchTinyBatches(), [batchRow({ requests: requestsOf(8) })])).toEqual([])
    expect(find(searchTinyBatches(), [batchRow({ settlement: null })])).toEqual([])
  })
})

describe('searchStalls', () => {
  const settled = (count: number) => batchRow({ requests: requestsOf(count) })

  test('default: an operator that lets one request in twenty pass its seal deadline', () => {
    const rows = [settled(19), requestRow()]
    expect(find(searchStalls(), rows)).toMatchObject([
      {
        code: 'OPERATOR_STALLS',
        subject: { modelId: 1n, account: operator },
        expected: 'less than 5 %',
        found: '1 of 20 requests not sealed in time',
      },
    ])
    expect(find(searchStalls(), [settled(20), requestRow()])).toEqual([])
  })

  test('behavior: what was sealed in time counts as sealed while its batch still waits', () => {
    const sealed = batchRow({ requests: requestsOf(19), settlement: null, settleDeadline: NOW })
    expect(find(searchStalls(), [sealed, requestRow()])).toMatchObject([
      { found: '1 of 20 requests not sealed in time' },
    ])
    expect(find(searchStalls(), [{ ...sealed, requests: requestsOf(20) }, requestRow()])).toEqual([])
  })

  test('behavior: nobody is blamed for what a retired circuit kept from being sealed or settled', () => {
    const isCircuitRetired = true
    const rows = [
      requestRow({ isCircuitRetired }),
      requestRow({ isCircuitRetired, batchId: 9n }),
      requestRow({ isCircuitRetired, refundedAt: null }),
      batchRow({ isCircuitRetired, settlement: null, settleDeadline: 3000 }),
    ]
    expect(find(searchStalls(), rows)).toEqual([])
    expect(
      find(
        searchStalls(),
        rows.map((row) => ({ ...row, isCircuitRetired: false })),
      ),
    ).toHaveLength(2)
  })

  test('behavior: a request that waits stalls once its deadline is over', () => {
    const waiting = requestRow({ refundedAt: null, deadline: 1600 })
    expect(find(searchStalls(), [waiting], 1600)).toEqual([])
    expect(find(searchStalls(), [waiting], 1601)).toMatchObject([{ code: 'OPERATOR_STALLS' }])
  })

  test('default: batches that nobody settles, refunded or not, each request counted once', () => {
    const stuck = batchRow({ batchId: 9n, requests: requestsOf(2, 3), settlement: null, settleDeadline: 3000 })
    const refunds = [1n, 2n].map((requestId) => requestRow({ requestId, batchId: 9n }))
    expect(find(searchStalls(), [settled(4), ...refunds, stuck])).toMatchObject([
      { code: 'PROVER_STALLS', subject: { account: operator }, found: '4 of 8 sealed requests not settled in time' },
    ])
    expect(find(searchStalls(), [stuck], 3000)).toEqual([])
  })

  test('default: a prover that settles in the last tenth of the window', () => {
    const settledAt = (time: number) => batchRow({ settlement: { settledAt: time } })
    expect(find(searchStalls(), [settledAt(2900)])).toEqual([])
    expect(find(searchStalls(), [settledAt(2901)])).toMatchObject([
      {
        code: 'PROVER_STALLS',
        subject: { account: prover },
        found: '1 of 1 batch settled in the last tenth of the window',
      },
    ])
    const mostlyEarly = Array.from({ length: 20 }, () => settledAt(2100))
    expect(find(searchStalls(), [...mostlyEarly, settledAt(2999)])).toEqual([])
  })
})

describe('searchOverdueEpochs', () => {
  // An epoch of 1000 seconds from second 1000 on, not closed.
  const open = { openedAt: 1000, endsAt: 2000, closing: null, poolsWei: OPEN }

  test('default: the first of a model, with what waits in all that are overdue', () => {
    const rows = [
      epochRow({ ...open, epochId: 3n, requests: 2, settledRequests: 2 }),
      epochRow({ ...open, epochId: 4n, openedAt: 2000, endsAt: 3000 }),
      epochRow({ ...open, epochId: 5n, openedAt: 9000, endsAt: 10_000 }),
    ]
    expect(find(searchOverdueEpochs(), rows)).toEqual([
      {
        code: 'EPOCH_OVERDUE',
        subject: { modelId: 1n, epochId: 3n },
        at: null,
        expected: expect.any(String),
        found: `2 epochs overdue, with pools of ${2n * OPEN} wei`,
        message:
          'epoch 3 ended on 1970-01-01 00:33:20 UTC and is not closed, so pools of 2 OPEN wait: anyone may close it',
      },
    ])
  })

  test('behavior: what holds it up is said', () => {
    const row = epochRow({ ...open, requests: 5, settledRequests: 2, refundedRequests: 1, closing: null })
    expect(find(searchOverdueEpochs(), [row])).toMatchObject([
      { message: expect.stringContaining('2 requests of it must be settled or refunded first') },
    ])
  })

  test('behavior: an epoch ends when the next one opens', () => {
    const rows = [epochRow(open), epochRow({ ...open, epochId: 2n, openedAt: 1500, endsAt: 9000 })]
    expect(find(searchOverdueEpochs(), rows, 2500)).toEqual([])
    expect(find(searchOverdueEpochs(), rows, 2501)).toMatchObject([
      { subject: { epochId: 1n }, message: expect.stringContaining('ended on 1970-01-01 00:25:00') },
    ])
  })

  test('behavior: as long again as an epoch lasts is no delay, and a closed one none at all', () => {
    expect(find(searchOverdueEpochs(), [epochRow(open)], 3000)).toEqual([])
    expect(find(searchOverdueEpochs(), [epochRow(open)], 3001)).toHaveLength(1)
    const closing = { closedAt: 9000, place, paidWei: 0n, treasuryWei: 0n }
    expect(find(searchOverdueEpochs(), [epochRow({ ...open, closing })])).toEqual([])
  })
})

describe('searchWashTrading', () => {
  const pay = (who: Address, count: number, first: number) => requestsOf(count, first, { payer: who })

  test('default: a payer who contributes, owns and proves gets most of its fees back', () => {
    const requests = pay(alice, 8, 1)
    const row = batchRow({
      requests,
      owner: alice,
      operator: alice,
      settlement: { prover: alice, earningsWei: [6n * OPEN, -OPEN, OPEN] },
    })
    expect(find(searchWashTrading(), [row])).toEqual([
      {
        code: 'WASH_TRADING',
        subject: { modelId: 1n, account: alice },
        at: null,
        expected: 'less than 25 % of the fees',
        found: '10000000000000000000 of 16000000000000000000 wei (62.5 %) over 8 requests',
        message:
          '0xa1a1…a1a1 pays itself: of what it paid, 6 OPEN as contributor, 3.2 OPEN as model owner, 0.8 OPEN as prover came back to it; it also operates the model',
      },
    ])
  })

  test('behavior: an honest customer who contributes a little, or of whom little is known, is none', () => {
    // 3 of 16 OPEN come back.
    const little = batchRow({ requests: pay(alice, 8, 1), settlement: { earningsWei: [3n * OPEN, OPEN, OPEN] } })
    expect(find(searchWashTrading(), [little])).toEqual([])
    const few = batchRow({ requests: pay(alice, 7, 1), settlement: { earningsWei: [7n * OPEN, 0n, 0n] } })
    expect(find(searchWashTrading(), [few])).toEqual([])
    // A loss is not offset by shares of others.
    const loss = batchRow({ requests: pay(alice, 8, 1), settlement: { earningsWei: [-7n * OPEN, 0n, 0n] } })
    expect(find(searchWashTrading(), [loss])).toEqual([])
  })

  test('behavior: a batch of several payers is divided by their pools', () => {
    const requests = [...pay(alice, 8, 1), ...pay(payer, 8, 9)]
    const of = (earningWei: bigint) => batchRow({ requests, settlement: { earningsWei: [earningWei, 0n, 0n] } })
    // Half of 8 OPEN is a quarter of alice's 16.
    expect(find(searchWashTrading(), [of(8n * OPEN)])).toMatchObject([{ subject: { account: alice } }])
    expect(find(searchWashTrading(), [of(8n * OPEN - 2n)])).toEqual([])
  })

  test('behavior: disclosed traces say exactly which payer brought what', () => {
    const requests = [...pay(alice, 8, 1), ...pay(payer, 8, 9)]
    const row = batchRow({ requests, settlement: { earningsWei: [8n * OPEN, 0n, 0n] } })
    const disclosed = (earner: Address) =>
      requests.map(({ requestId, payer }, position) =>
        inferenceRow({ requestId, position, scores: [payer === earner ? OPEN : 0n, 0n, 0n] }),
      )
    // All that alice's data earned came from the other's requests.
    expect(find(searchWashTrading(), [...disclosed(payer), row])).toEqual([])
    expect(find(searchWashTrading(), [...disclosed(alice), row])).toMatchObject([
      { found: '8000000000000000000 of 16000000000000000000 wei (50.0 %) over 8 requests' },
    ])
    // Those of another batch count for nothing.
    const others = disclosed(alice).map((inference) => ({ ...inference, batchId: 2n }))
    expect(find(searchWashTrading(), [...others, row])).toMatchObject([{ found: expect.stringContaining('(25.0 %)') }])
  })

  test('default: a contributor who lives of one payer of many', () => {
    const friend = addressOf('99')
    const own = Array.from({ length: 4 }, (_, b) =>
      batchRow({ batchId: BigInt(b + 1), requests: pay(friend, 2, 1), settlement: { earningsWei: [0n, OPEN, 0n] } }),
    )
    const other = Array.from({ length: 8 }, (_, b) =>
      batchRow({ batchId: BigInt(b + 9), requests: pay(payer, 2, 1), settlement: { earningsWei: [OPEN, 0n, OPEN] } }),
    )
    expect(find(searchWashTrading(), [...own, ...other])).toEqual([
      {
        code: 'WASH_TRADING',
        subject: { modelId: 1n, account: bob },
        at: null,
        expected: 'less than 90 % from one payer',
        found: `about 100.0 % of ${4n * OPEN} wei in 4 batches from ${friend}, who paid 33.3 % of the fees`,
        message: '0xb2b2…b2b2 earns from the requests of 0x9999…9999 and hardly from others: they may be one',
      },
    ])
    // A payer that is most of the market brings everybody's income.
    expect(find(searchWashTrading(), own)).toEqual([])
    // A fifth from others.
    const mixed = batchRow({ requests: pay(payer, 2, 1), settlement: { earningsWei: [0n, OPEN, 0n] } })
    expect(find(searchWashTrading(), [...own, ...other, mixed])).toEqual([])
  })

  test('behavior: the main payer is found among any number of others, and what is counted is never too much', () => {
    const friend = addressOf('99')
    const rows = Array.from({ length: 400 }, (_, b) => {
      const isFriend = b % 10 < 3
      const who = isFriend ? friend : (`0x${String(b).padStart(40, '0')}` as Address)
      const earningsWei = isFriend ? [0n, OPEN, 0n] : [OPEN, b % 10 === 5 ? OPEN / 20n : 0n, 0n]
      return batchRow({ batchId: BigInt(b + 1), requests: pay(who, 2, 2 * b + 1), settlement: { earningsWei } })
    })
    const findings = find(searchWashTrading(), rows)
    expect(findings).toMatchObject([{ subject: { account: bob } }])
    const [, share] = /about (\d+\.\d) %/.exec(findings[0]!.found!)!
    // 120 of 122 OPEN.
    expect(Number(share)).toBeGreaterThan(90)
    expect(Number(share)).toBeLessThanOrEqual(98.4)
  })
})

describe('searchAnomalies', () => {
  test('default: all of them, each known as an anomaly, in one order', () => {
    const index = { vectors: [[[1]], [[1]]], scales: [1, 1] }
    const rows: AuditRow[] = [
      requestRow(),
      epochRow({ endsAt: 2000, closing: null }),
      { kind: 'disclosed-index', modelId: 1n, indexVersion: 1n, contributors: [alice, bob], index },
      batchRow({
        requests: requestsOf(7, 1, { payer: owner }),
        settlement: { earningsWei: [-1n, 0n, 0n], settledAt: 2950 },
      }),
      batchRow({
        requests: requestsOf(9, 8, { payer: owner }),
        settlement: { earningsWei: [-1n, 0n, 0n], prover: owner },
      }),
    ]
    const indexRow = {
      kind: 'index',
      modelId: 1n,
      modelVersion: 1n,
      indexCommitment: 5n,
      contributors: [alice],
      place,
    } as const
    rows.push({ ...indexRow, indexVersion: 1n }, { ...indexRow, indexVersion: 2n })
    const codes = find(searchAnomalies(), rows).map(({ code }) => code)
    expect(codes).toEqual([
      'INDEX_REPEATED',
      'VECTORS_ALIKE',
      'CONTRIBUTOR_NET_NEGATIVE',
      'OPERATOR_STALLS',
      'PROVER_STALLS',
      'EPOCH_OVERDUE',
      'BATCH_TINY',
    ])
    for (const code of codes) expect(FINDING_CODES[code].severity).toBe('anomaly')
    expect(find(searchAnomalies(), [])).toEqual([])
  })
})
