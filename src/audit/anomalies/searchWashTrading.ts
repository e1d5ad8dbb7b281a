import type { Address } from 'viem'
import { earningWeiRoundedDown } from '../../statement/bookBatch.ts'
import type { BatchRow, BatchSettlement, InferenceRow } from '../AuditRow.ts'
import { sayAccount, sayAmount, sayShare } from '../explain/say.ts'
import type { Finding } from '../Finding.ts'
import type { AnomalySearch } from './AnomalySearch.ts'

/** Fewer requests may look like anything: this is a batch of the size that the protocol advises. */
const LEAST_REQUESTS = 8
/**
 * Per cent of its fees that come back to a payer. An honest customer who supplied half of all that matters gets half of the pools, a quarter of its
 * fees.
 */
const LEAST_RETURNED_PERCENT = 25n
/** Per cent of a contributor's income that one payer's requests bring ... */
const LEAST_INCOME_PERCENT = 90n
/** ... while it pays at most this per cent of the model's fees: of one or two equal customers, each may well bring all that somebody earns. */
const MOST_FEES_PERCENT = 40n
/**
 * Payers that are counted for a contributor. Of the payers of a stream this many counters hold each that brings more than a ninth, and never count
 * too much, whatever the number of payers.
 */
const COUNTED_PAYERS = 8

/** What a payer paid to a model, and what of it was booked or credited to the payer itself. */
type Payments = {
  readonly modelId: bigint
  readonly payer: Address
  requests: number
  feesWei: bigint
  asContributorWei: bigint
  asOwnerWei: bigint
  asProverWei: bigint
  isOperator: boolean
}

/** What a contributor's data earned in a model, losses left out, and who brought it. */
type Income = {
  readonly modelId: bigint
  readonly contributor: Address
  wei: bigint
  batches: number
  /** At most COUNTED_PAYERS, each with at most what it brought. */
  readonly payers: Map<Address, bigint>
}

/**
 * Payers who pay themselves, and contributors who live of one payer that others do not live of. What a batch earned is divided among its payers by
 * their pools, or exactly where its traces are disclosed.
 */
export function searchWashTrading(): AnomalySearch {
  const payments = new Map<string, Payments>()
  const incomes = new Map<string, Income>()
  const feesOfModel = new Map<bigint, bigint>()
  // Of the batch that comes next.
  let inferences: InferenceRow[] = []

  function takeBatch(row: BatchRow, settlement: BatchSettlement): void {
    const { modelId, feesWei, owner, operator, requests } = row
    feesOfModel.set(modelId, (feesOfModel.get(modelId) ?? 0n) + feesWei)
    const earned = divideEarnings(row, settlement, inferences)
    for (const { payer, feeWei } of requests) {
      const paid = paymentsOf(modelId, payer)
      paid.requests += 1
      paid.feesWei += feeWei
      if (payer === owner) paid.asOwnerWei += (settlement.modelOwnerWei * feeWei) / feesWei
      if (payer === settlement.prover) paid.asProverWei += (settlement.proverWei * feeWei) / feesWei
      if (payer === operator) paid.isOperator = true
    }
    for (const [slot, contributor] of settlement.contributors.entries()) {
      const income = incomeOf(modelId, contributor)
      let hasGained = false
      for (const [payer, earnings] of earned) {
        const wei = earnings[slot] ?? 0n
        if (payer === contributor) paymentsOf(modelId, payer).asContributorWei += wei
        if (wei <= 0n) continue
        hasGained = true
        income.wei += wei
        addToMostFrequent(income.payers, payer, wei)
      }
      if (hasGained) income.batches += 1
    }
  }

  function paymentsOf(modelId: bigint, payer: Address): Payments {
    const key = `${modelId}/${payer}`
    const nothing = { requests: 0, feesWei: 0n, asContributorWei: 0n, asOwnerWei: 0n, asProverWei: 0n }
    const found = payments.get(key) ?? { modelId, payer, ...nothing, isOperator: false }
    payments.set(key, found)
    return found
  }

  function incomeOf(modelId: bigint, contributor: Address): Income {
    const key = `${modelId}/${contributor}`
    const found = incomes.get(key) ?? { modelId, contributor, wei: 0n, batches: 0, payers: new Map() }
    incomes.set(key, found)
    return found
  }

  return {
    row: (row) => {
      if (row.kind === 'inference') inferences.push(row)
      if (row.kind !== 'batch') return
      if (row.settlement !== null && row.feesWei > 0n) takeBatch(row, row.settlement)
      inferences = []
    },
    finish: () => [
      ...[...payments.values()].flatMap(describeReturn),
      ...[...incomes.values()].flatMap((income) => describeIncome(income, feesOfModel, paymentsOf)),
    ],
  }
}

/** By payer, what its requests earned each slot, in wei. */
function divideEarnings(
  { requests, batchId, poolsWei }: BatchRow,
  { earningsWei }: BatchSettlement,
  inferences: readonly InferenceRow[],
): Map<Address, bigint[]> {
  const earned = new Map<Address, bigint[]>()
  const isDisclosed =
    inferences.length === requests.length && inferences.every((inference) => inference.batchId === batchId)
  for (const [position, { payer, poolWei }] of requests.entries()) {
    const ofRequest = isDisclosed
      ? inferences[position]!.earnings.map(earningWeiRoundedDown)
      : earningsWei.map((wei) => (poolsWei === 0n ? 0n : (wei * poolWei) / poolsWei))
    const before = earned.get(payer)
    earned.set(payer, before === undefined ? ofRequest : ofRequest.map((wei, slot) => wei + before[slot]!))
  }
  return earned
}

/** Misra and Gries' counters: when a payer comes for whom there is none, each that there is gives as much as it takes. */
function addToMostFrequent(payers: Map<Address, bigint>, payer: Address, wei: bigint): void {
  const before = payers.get(payer)
  if (before !== undefined || payers.size < COUNTED_PAYERS) {
    payers.set(payer, (before ?? 0n) + wei)
    return
  }
  const least = [...payers.values()].reduce((min, value) => (value < min ? value : min), wei)
  for (const [other, counted] of payers) {
    if (counted === least) payers.delete(other)
    else payers.set(other, counted - least)
  }
  if (wei > least) payers.set(payer, wei - least)
}

function describeReturn(paid: Payments): Finding[] {
  const { modelId, payer, requests, feesWei, asContributorWei, asOwnerWei, asProverWei, isOperator } = paid
  const returnedWei = (asContributorWei > 0n ? asContributorWei : 0n) + asOwnerWei + asProverWei
  if (requests < LEAST_REQUESTS || returnedWei * 100n < feesWei * LEAST_RETURNED_PERCENT) return []
  const parts = [
    [asContributorWei, 'as contributor'],
    [asOwnerWei, 'as model owner'],
    [asProverWei, 'as prover'],
  ] as const
  const came = parts.filter(([wei]) => wei > 0n).map(([wei, part]) => `${sayAmount(wei)} ${part}`)
  return [
    {
      code: 'WASH_TRADING',
      subject: { modelId, account: payer },
      at: null,
      expected: `less than ${LEAST_RETURNED_PERCENT} % of the fees`,
      found: `${returnedWei} of ${feesWei} wei (${sayShare(returnedWei, feesWei)}) over ${requests} requests`,
      message: `${sayAccount(payer)} pays itself: of what it paid, ${came.join(', ')} came back to it${isOperator ? '; it also operates the model' : ''}`,
    },
  ]
}

function describeIncome(
  { modelId, contributor, wei, batches, payers }: Income,
  feesOfModel: ReadonlyMap<bigint, bigint>,
  paymentsOf: (modelId: bigint, payer: Address) => Payments,
): Finding[] {
  const modelFeesWei = feesOfModel.get(modelId) ?? 0n
  return [...payers].flatMap(([payer, broughtWei]): Finding[] => {
    const { feesWei, requests } = paymentsOf(modelId, payer)
    const isMain = broughtWei * 100n >= wei * LEAST_INCOME_PERCENT && requests >= LEAST_REQUESTS
    const isOneOfMany = feesWei * 100n <= modelFeesWei * MOST_FEES_PERCENT
    if (!isMain || !isOneOfMany || payer === contributor) return []
    return [
      {
        code: 'WASH_TRADING',
        subject: { modelId, account: contributor },
        at: null,
        expected: `less than ${LEAST_INCOME_PERCENT} % from one payer`,
        found: `about ${sayShare(broughtWei, wei)} of ${wei} wei in ${batches} batches from ${payer}, who paid ${sayShare(feesWei, modelFeesWei)} of the fees`,
        message: `${sayAccount(contributor)} earns from the requests of ${sayAccount(payer)} and hardly from others: they may be one`,
      },
    ]
  })
}
