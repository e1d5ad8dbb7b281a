import type { Address } from 'viem'
import type { BatchRow, RequestRow } from '../AuditRow.ts'
import { sayAccount, sayCount } from '../explain/say.ts'
import type { Finding, FindingSubject } from '../Finding.ts'
import type { FindingCode } from '../findingCodes.ts'
import type { AnomalySearch } from './AnomalySearch.ts'

/** One in twenty, in per cent: less is an outage now and then. */
const LEAST_STALLED_PERCENT = 5
/** A settlement in the last tenth of its window is late: one more failure, and payers are refunded while contributors earn nothing. */
const LATE_PERCENT_OF_WINDOW = 90

type Tally = { readonly modelId: bigint; readonly account: Address; stalled: number; all: number }

/** Operators that let requests pass their seal deadline, batches that nobody settles in time, and provers that settle late. */
export function searchStalls(): AnomalySearch {
  /** Requests by model and operator. */
  const sealing = new Map<string, Tally>()
  const settling = new Map<string, Tally>()
  /** Batches by model and prover. */
  const proving = new Map<string, Tally>()
  const waiting: (RequestRow | BatchRow)[] = []

  const tallyOf = (tallies: Map<string, Tally>, modelId: bigint, account: Address) => {
    const key = `${modelId}/${account}`
    const tally = tallies.get(key) ?? { modelId, account, stalled: 0, all: 0 }
    tallies.set(key, tally)
    return tally
  }
  const count = (tally: Tally, all: number, stalled: number) => {
    tally.all += all
    tally.stalled += stalled
  }

  function takeBatch(row: BatchRow): void {
    const { modelId, operator, requests, settlement, sealedAt, settleDeadline } = row
    // Those of its requests that were refunded have rows of their own.
    count(tallyOf(sealing, modelId, operator), requests.length, 0)
    if (settlement === null) {
      waiting.push(row)
      return
    }
    count(tallyOf(settling, modelId, operator), requests.length, 0)
    const isLate = (settlement.settledAt - sealedAt) * 100 > (settleDeadline - sealedAt) * LATE_PERCENT_OF_WINDOW
    count(tallyOf(proving, modelId, settlement.prover), 1, isLate ? 1 : 0)
  }

  function takeRequest(row: RequestRow): void {
    const { modelId, operator, batchId, refundedAt, isCircuitRetired } = row
    if (refundedAt === null) {
      waiting.push(row)
      return
    }
    if (batchId !== null) count(tallyOf(sealing, modelId, operator), 1, 0)
    // Nobody is to blame for what could not be done.
    if (isCircuitRetired) return
    count(tallyOf(batchId === null ? sealing : settling, modelId, operator), 1, 1)
  }

  function takeWaiting(now: number): void {
    for (const row of waiting) {
      const { modelId, operator, isCircuitRetired } = row
      if (isCircuitRetired) continue
      if (row.kind === 'request') {
        if (row.deadline < now) count(tallyOf(sealing, modelId, operator), 1, 1)
      } else if (row.settleDeadline < now) {
        const left = row.requests.length
        count(tallyOf(settling, modelId, operator), left, left)
      }
    }
  }

  return {
    row: (row) => {
      if (row.kind === 'batch') takeBatch(row)
      if (row.kind === 'request') takeRequest(row)
    },
    finish: (now) => {
      takeWaiting(now)
      return [
        ...describe(sealing, 'OPERATOR_STALLS', ({ account, stalled, all }) => ({
          found: `${stalled} of ${sayCount(all, 'request')} not sealed in time`,
          message: `${sayAccount(account)}, the operator, let payers wait for nothing: what it does not seal is refunded, and contributors earn nothing from it`,
        })),
        ...describe(settling, 'PROVER_STALLS', ({ account, stalled, all }) => ({
          found: `${stalled} of ${sayCount(all, 'sealed request')} not settled in time`,
          message: `nobody settled in time what the operator ${sayAccount(account)} sealed: it is refunded, and contributors earn nothing from it`,
        })),
        ...describe(proving, 'PROVER_STALLS', ({ account, stalled, all }) => ({
          found: `${stalled} of ${sayCount(all, 'batch', 'batches')} settled in the last tenth of the window`,
          message: `${sayAccount(account)}, the prover, settles so late that a failure more would have cost the contributors the batch`,
        })),
      ]
    },
  }
}

type Words = { readonly found: string; readonly message: string }

function describe(tallies: ReadonlyMap<string, Tally>, code: FindingCode, say: (tally: Tally) => Words): Finding[] {
  return [...tallies.values()]
    .filter(({ stalled, all }) => stalled > 0 && stalled * 100 >= all * LEAST_STALLED_PERCENT)
    .map((tally) => {
      const subject: FindingSubject = { modelId: tally.modelId, account: tally.account }
      return { code, subject, at: null, expected: `less than ${LEAST_STALLED_PERCENT} %`, ...say(tally) }
    })
}
