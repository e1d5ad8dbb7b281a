import { type Address, isAddressEqual } from 'viem'
import { PoaError } from '../../errors.ts'
import type { AccountRow, AuditRow, AuditSink, BatchRow, DebtRow, EpochAccount, EpochRow } from '../AuditRow.ts'
import { type ContributorExplanation, explainContributor } from './explainContributor.ts'
import { type BatchShare, type EarningExplanation, explainEarning, type InferenceShare } from './explainEarning.ts'
import { type EpochExplanation, explainEpoch } from './explainEpoch.ts'
import { explainInference, type InferenceExplanation, type InferenceFacts, shareOf } from './explainInference.ts'

/** What is asked about: a contributor, in all epochs or in one; an epoch; or one paid request. */
export type Question =
  | {
      readonly about: 'contributor'
      readonly account: Address
      readonly modelId: bigint | null
      readonly epochId: bigint | null
    }
  /** Without a model: the epoch of that id of each. */
  | { readonly about: 'epoch'; readonly modelId: bigint | null; readonly epochId: bigint }
  | { readonly about: 'request'; readonly requestId: bigint }

export type Explanation =
  | { readonly about: 'contributor'; readonly contributor: ContributorExplanation }
  | { readonly about: 'epoch'; readonly epochs: readonly EpochExplanation[] }
  | { readonly about: 'request'; readonly inference: InferenceExplanation }

export type RowExplainer = {
  /** Takes the rows of a whole replay; keeps what the question is about and drops the rest. */
  readonly sink: AuditSink
  /**
   * To be called after the last row.
   * @param now Unix seconds: the time of the pinned block
   * @throws PoaError EPOCH_NOT_FOUND, REQUEST_NOT_FOUND when the chain has no such thing
   */
  readonly explain: (now: number) => Explanation
}

/** What a settled batch booked, slot by slot. */
type Booking = Omit<BatchShare, 'earningWei' | 'disclosed'> & {
  readonly earningsWei: readonly bigint[]
  readonly isDisclosed: boolean
}

/** Answers a question from the rows of a replay. */
export function openRowExplainer(question: Question): RowExplainer {
  const epochs: EpochRow[] = []
  const bookings = new Map<string, Booking[]>()
  const shares = new Map<string, InferenceShare[]>()
  const zeroVectors = new Map<string, boolean>()
  const debts: DebtRow[] = []
  let credits: AccountRow | null = null
  let request: InferenceFacts | undefined
  // Comes before its batch's row.
  let disclosed: InferenceFacts['inference'] = null

  const concernsEpoch = (row: { readonly modelId: bigint; readonly epochId: bigint }) =>
    question.about !== 'request' &&
    (question.modelId === null || question.modelId === row.modelId) &&
    (question.epochId === null || question.epochId === row.epochId)
  const concernsContributor = (contributor: Address) =>
    question.about === 'epoch' || (question.about === 'contributor' && isAddressEqual(contributor, question.account))

  function keepBatch(row: BatchRow): void {
    if (question.about === 'request') {
      const found = row.requests.find(({ requestId }) => requestId === question.requestId)
      if (found !== undefined) request = { request: found, batch: row, inference: disclosed }
      return
    }
    const { settlement, batchId, poolsWei, requests } = row
    if (settlement === null || !concernsEpoch(row) || !settlement.contributors.some(concernsContributor)) return
    const isDisclosed = shares.has(shareKey(batchId, null))
    const { earningsWei, place } = settlement
    append(bookings, epochKey(row), {
      batchId,
      inferences: requests.length,
      poolsWei,
      earningsWei,
      place,
      isDisclosed,
    })
  }

  function row(row: AuditRow): void {
    switch (row.kind) {
      case 'batch':
        keepBatch(row)
        return
      case 'request':
        if (question.about === 'request' && row.requestId === question.requestId)
          request = { request: row, batch: null, inference: null }
        return
      case 'inference':
        if (question.about === 'request' && row.requestId === question.requestId) disclosed = row
        if (!concernsEpoch(row)) return
        shares.set(shareKey(row.batchId, null), [])
        for (const [slot, contributor] of row.contributors.entries()) {
          if (concernsContributor(contributor)) append(shares, shareKey(row.batchId, slot), shareOf(row, slot))
        }
        return
      case 'disclosed-index':
        for (const slot of row.contributors.keys()) {
          const isZero =
            row.index.scales[slot] === 0 || row.index.vectors[slot]!.flat().every((component) => component === 0)
          zeroVectors.set(vectorKey(row, slot), isZero)
        }
        return
      case 'epoch':
        if (concernsEpoch(row) && row.accounts.some(({ contributor }) => concernsContributor(contributor)))
          epochs.push(row)
        return
      case 'account':
        if (question.about === 'contributor' && isAddressEqual(row.account, question.account)) credits = row
        return
      case 'debt':
        if (question.about === 'contributor' && isAddressEqual(row.account, question.account)) debts.push(row)
    }
  }

  function explainAccount(epoch: EpochRow, account: EpochAccount): EarningExplanation {
    const { modelId, epochId, indexVersion, closing } = epoch
    const batches = (bookings.get(epochKey(epoch)) ?? []).map(
      ({ earningsWei, isDisclosed, ...booking }): BatchShare => {
        const disclosed = isDisclosed ? (shares.get(shareKey(booking.batchId, account.slot)) ?? []) : null
        return { ...booking, earningWei: earningsWei[account.slot] ?? 0n, disclosed }
      },
    )
    const hasZeroVector = zeroVectors.get(vectorKey(epoch, account.slot)) ?? null
    return explainEarning({
      modelId,
      epochId,
      indexVersion,
      account,
      batches,
      hasZeroVector,
      isClosed: closing !== null,
      isNext: epoch.isNext,
    })
  }

  function explain(now: number): Explanation {
    if (question.about === 'request') {
      if (request === undefined) throw notFound('REQUEST_NOT_FOUND', `request ${question.requestId}`)
      return { about: 'request', inference: explainInference(request, now) }
    }
    if (question.about === 'epoch') {
      if (epochs.length === 0) throw notFound('EPOCH_NOT_FOUND', sayEpoch(question))
      const explained = epochs.map((epoch) =>
        explainEpoch(
          epoch,
          epoch.accounts.map((account) => explainAccount(epoch, account)),
          now,
        ),
      )
      return { about: 'epoch', epochs: explained }
    }
    const earnings = epochs.flatMap((epoch) =>
      epoch.accounts
        .filter(({ contributor }) => concernsContributor(contributor))
        .map((account) => explainAccount(epoch, account)),
    )
    const { account, modelId, epochId } = question
    const facts = { account, scope: { modelId, epochId }, credits, debts, earnings }
    return { about: 'contributor', contributor: explainContributor(facts) }
  }

  return { sink: { row }, explain }
}

const sayEpoch = ({ modelId, epochId }: { readonly modelId: bigint | null; readonly epochId: bigint }) =>
  modelId === null ? `epoch ${epochId}` : `epoch ${epochId} of model ${modelId}`

function notFound(code: string, what: string): PoaError {
  return new PoaError(code, `there is no ${what} up to this block`, { hint: 'Is it of this chain and escrow?' })
}

type EpochName = { readonly modelId: bigint; readonly epochId: bigint }
const epochKey = ({ modelId, epochId }: EpochName) => `${modelId}/${epochId}`
/** Without a slot: whether the batch is disclosed at all. */
const shareKey = (batchId: bigint, slot: number | null) => `${batchId}/${slot ?? ''}`
const vectorKey = (
  { modelId, indexVersion }: { readonly modelId: bigint; readonly indexVersion: bigint },
  slot: number,
) => `${modelId}/${indexVersion}/${slot}`

function append<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [item])
  else list.push(item)
}
