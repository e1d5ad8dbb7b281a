import type { Address, Hex } from 'viem'
import type {
  AuditRow,
  BatchRow,
  BatchSettlement,
  EpochAccount,
  EpochRow,
  InferenceRow,
  RequestFacts,
  RequestRow,
} from '../../src/audit/AuditRow.ts'
import type { Place } from '../../src/audit/Finding.ts'

/** An address that begins and ends with the given two digits. */
export const addressOf = (digits: string): Address => `0x${digits.repeat(20)}`

export const [alice, bob, carol] = ['a1', 'b2', 'c3'].map(addressOf) as [Address, Address, Address]
export const owner = addressOf('01')
export const operator = addressOf('02')
export const prover = addressOf('03')
export const payer = addressOf('04')
export const place: Place = { transaction: `0x${'ab'.repeat(32)}` as Hex, block: 7, logIndex: 2 }
/** One OPEN. */
export const OPEN = 10n ** 18n

export function requestFacts(change: Partial<RequestFacts> = {}): RequestFacts {
  return { requestId: 1n, payer, feeWei: 2n * OPEN, poolWei: OPEN, paidAt: 1000, ...change }
}

/** A batch of `count` requests of the payer, with ids from `first`. */
export function requestsOf(count: number, first = 1, change: Partial<RequestFacts> = {}): RequestFacts[] {
  return Array.from({ length: count }, (_, i) => requestFacts({ requestId: BigInt(first + i), ...change }))
}

export type BatchChange = Partial<Omit<BatchRow, 'settlement'>> & {
  readonly settlement?: Partial<BatchSettlement> | null
}

/** A settled batch of one epoch; totals follow from its requests. */
export function batchRow({ settlement, ...change }: BatchChange = {}): BatchRow {
  const requests = change.requests ?? requestsOf(2)
  const feesWei = requests.reduce((sum, { feeWei }) => sum + feeWei, 0n)
  const poolsWei = requests.reduce((sum, { poolWei }) => sum + poolWei, 0n)
  const earningsWei = settlement?.earningsWei ?? [0n, 0n, 0n]
  return {
    kind: 'batch',
    batchId: 1n,
    modelId: 1n,
    epochId: 1n,
    modelVersion: 1n,
    indexVersion: 1n,
    policyId: 1n,
    circuitId: '0x12345678',
    requests,
    feesWei,
    poolsWei,
    sealedAt: 2000,
    settleDeadline: 3000,
    sealed: place,
    owner,
    operator,
    isCircuitRetired: false,
    settlement:
      settlement === null
        ? null
        : {
            settledAt: 2100,
            place,
            prover,
            isProofValid: true,
            contributors: [alice, bob, carol],
            earnings: earningsWei.map((wei) => wei << 64n),
            earningsWei,
            modelOwnerWei: feesWei / 5n,
            stakersWei: 0n,
            proverWei: feesWei / 20n,
            treasuryWei: feesWei / 4n,
            ...settlement,
          },
    ...change,
  }
}

export function requestRow(change: Partial<RequestRow> = {}): RequestRow {
  return {
    kind: 'request',
    ...requestFacts(),
    modelId: 1n,
    epochId: 1n,
    operator,
    batchId: null,
    deadline: 1600,
    isCircuitRetired: false,
    refundedAt: 1700,
    place,
    ...change,
  }
}

/** One account of an epoch, netted; `debt` opens it in full unless `openingWei` says otherwise. */
export function epochAccount(change: Partial<EpochAccount> = {}): EpochAccount {
  const { debt = null, bookedWei = 0n } = change
  const openingWei = change.openingWei ?? -(debt?.amountWei ?? 0n)
  const balanceWei = openingWei + bookedWei
  return {
    contributor: alice,
    slot: 0,
    debt,
    openingWei,
    bookedWei,
    paidWei: balanceWei > 0n ? balanceWei : 0n,
    carriedWei: balanceWei < 0n ? -balanceWei : 0n,
    ...change,
  }
}

/** A closed epoch; what it paid follows from its accounts. */
export function epochRow(change: Partial<EpochRow> = {}): EpochRow {
  const { accounts = [], poolsWei = 10n * OPEN } = change
  const paidWei = accounts.reduce((sum, account) => sum + account.paidWei, 0n)
  return {
    kind: 'epoch',
    modelId: 1n,
    epochId: 1n,
    modelVersion: 1n,
    indexVersion: 1n,
    policyId: 1n,
    circuitId: '0x12345678',
    openedAt: 1000,
    endsAt: 4600,
    isCurrent: change.closing === null,
    isNext: change.closing === null,
    requests: 4,
    settledRequests: 4,
    refundedRequests: 0,
    batches: 1,
    poolsWei,
    accounts,
    closing: { closedAt: 5000, place, paidWei, treasuryWei: poolsWei - paidWei },
    ...change,
  }
}

/** An inference whose rate is 2^64, so that a score of one is a wei. */
export function inferenceRow(change: Partial<InferenceRow> & { readonly scores: readonly bigint[] }): InferenceRow {
  const positive = change.scores.reduce((sum, score) => (score > 0n ? sum + score : sum), 0n)
  const negative = change.scores.reduce((sum, score) => (score < 0n ? sum - score : sum), 0n)
  let total = positive
  if (negative > total) total = negative
  return {
    kind: 'inference',
    modelId: 1n,
    epochId: 1n,
    indexVersion: 1n,
    batchId: 1n,
    position: 0,
    requestId: 1n,
    label: 2,
    poolWei: total,
    total,
    rate: total === 0n ? 0n : 1n << 64n,
    earnings: change.scores.map((score) => score << 64n),
    contributors: [alice, bob, carol],
    ...change,
  }
}

/** Hands rows to whatever takes them one by one. */
export function feed(row: (row: AuditRow) => unknown, rows: readonly AuditRow[]): void {
  for (const each of rows) row(each)
}
