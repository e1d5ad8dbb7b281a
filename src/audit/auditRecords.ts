import { type Address, getAddress } from 'viem'
import type { Deployment } from '../chain/Deployment.ts'
import type { ContractName } from '../chain/decodeContractEvent.ts'
import { PoaError } from '../errors.ts'
import { type AuditRecord, BUNDLE_FORMAT, type HeaderRecord } from './AuditRecord.ts'
import type { AuditSink } from './AuditRow.ts'
import { searchAnomalies } from './anomalies/searchAnomalies.ts'
import type { Finding, Severity } from './Finding.ts'
import { AuditOutput } from './replay/AuditOutput.ts'
import type { Books, Totals } from './replay/Books.ts'
import { ExpectedAnswers } from './replay/ExpectedAnswers.ts'
import { countOpenQuestions, finishBooks } from './replay/finishBooks.ts'
import { checkCode } from './replay/registries.ts'
import { endTransaction, noteCall, noteTraces, replayEvent } from './replay/replayEvent.ts'
import type { VerifyProofs } from './VerifyProofs.ts'

export type AuditOptions = {
  /** Verifies the proofs of settled batches, many at a time. */
  readonly verifyProofs: VerifyProofs
  /** Told of every row and finding in order. */
  readonly sinks?: readonly AuditSink[]
  /** Told after each record which block it is of. */
  readonly onProgress?: (block: number) => void
}

/** What an audit established. With the rows that the sinks were given it is the whole of it. */
export type AuditSummary = {
  /** No fault and no gap. */
  readonly ok: boolean
  readonly header: HeaderRecord
  readonly counts: Readonly<Record<Severity, number>>
  /** In order; of very many the first. */
  readonly findings: readonly Finding[]
  readonly checked: {
    readonly events: number
    readonly proofs: number
    readonly states: number
    readonly disclosedBatches: number
  }
  readonly totals: Omit<Totals, 'events' | 'disclosedBatches'>
}

/**
 * Replays the evidence of a chain and judges all of it: what the contracts logged, answered and hold against what payments, proofs and rules
 * make of them. Deterministic: the same records give the same rows, findings and summary.
 * @throws PoaError BUNDLE_OF_OTHER_FORM when the records do not begin with a header of this form; whatever `records`, `verifyProofs` and the
 * sinks throw
 */
export async function auditRecords(records: AsyncIterable<AuditRecord>, options: AuditOptions): Promise<AuditSummary> {
  const anomalies = searchAnomalies()
  const sinks = [...(options.sinks ?? []), { row: anomalies.row }]
  let books: Books | undefined
  let contracts = new Map<Address, ContractName>()
  for await (const record of records) {
    if (books === undefined) {
      const header = requireHeader(record)
      books = openBooks(header, new AuditOutput(sinks, options.verifyProofs))
      contracts = contractsOf(header.deployment)
      continue
    }
    replayRecord(books, contracts, record)
    await books.output.advance()
    if (record.type === 'event') options.onProgress?.(record.block.number)
  }
  if (books === undefined) throw otherForm('it is empty')
  endTransaction(books)
  finishBooks(books)
  await books.output.flush()
  // From the rows alone, so after the last of them.
  for (const finding of anomalies.finish(books.header.block.timestamp)) books.output.add(finding)
  await books.output.flush()
  return summarise(books)
}

/** What an auditor brings along is compiled contracts and keys: some tens. */
const MOST_REFERENCES = 256

function requireHeader(record: AuditRecord): HeaderRecord {
  if (record.type !== 'header') throw otherForm('it does not begin with a header')
  if (record.format !== BUNDLE_FORMAT) throw otherForm(`its form is ${record.format}, not ${BUNDLE_FORMAT}`)
  return record
}

const otherForm = (how: string) =>
  new PoaError('BUNDLE_OF_OTHER_FORM', `this is no evidence that can be audited: ${how}`)

const contractsOf = (deployment: Deployment) =>
  new Map(Object.entries(deployment).map(([name, address]) => [getAddress(address), name as ContractName]))

function openBooks(header: HeaderRecord, output: AuditOutput): Books {
  return {
    header,
    output,
    answers: new ExpectedAnswers(output),
    transaction: null,
    references: [],
    policies: new Map(),
    circuits: new Map(),
    models: new Map(),
    epochs: new Map(),
    requests: new Map(),
    batches: new Map(),
    accounts: new Map(),
    balances: new Map(),
    coded: new Set(),
    unknown: new Set(),
    skipped: { requests: new Set(), batches: new Set() },
    requestCount: 0n,
    batchCount: 0n,
    policyCount: 0n,
    contributorCount: 0,
    lastPlace: null,
    lastBlock: null,
    totals: emptyTotals(),
  }
}

function emptyTotals(): Totals {
  return {
    requests: 0,
    settledRequests: 0,
    refundedRequests: 0,
    batches: 0,
    settledBatches: 0,
    disclosedBatches: 0,
    epochs: 0,
    closedEpochs: 0,
    events: 0,
    feesWei: 0n,
    settledFeesWei: 0n,
    poolsWei: 0n,
    paidWei: 0n,
    refundedWei: 0n,
    modelOwnersWei: 0n,
    stakersWei: 0n,
    proversWei: 0n,
    treasuryWei: 0n,
    withdrawnWei: 0n,
    claimableWei: 0n,
  }
}

function replayRecord(books: Books, contracts: ReadonlyMap<Address, ContractName>, record: AuditRecord): void {
  switch (record.type) {
    case 'event':
      replayEvent(books, contracts, record)
      break
    case 'call':
      noteCall(books, record)
      break
    case 'traces':
      noteTraces(books, record)
      break
    case 'reference':
      // What comes later would judge the same circuit otherwise before it and after it.
      if (books.totals.events > 0 || books.references.length >= MOST_REFERENCES)
        throw otherForm(`it has more than ${MOST_REFERENCES} references, or one after its first event`)
      books.references.push(record)
      break
    case 'code':
      endTransaction(books)
      checkCode(books, record)
      break
    case 'balance':
      // Of what else holds coins nothing is expected.
      if (contracts.has(getAddress(record.contract)))
        books.balances.set(getAddress(record.contract), BigInt(record.wei))
      break
    case 'state': {
      endTransaction(books)
      const contract = contracts.get(getAddress(record.contract))
      // A question to something else is evidence of nothing.
      if (contract !== undefined)
        books.answers.answer({ contract, data: record.data }, record.result, countOpenQuestions(books))
      break
    }
    case 'header':
      throw otherForm('it has two headers')
  }
}

function summarise({ header, output, answers, totals: { events, disclosedBatches, ...totals } }: Books): AuditSummary {
  return {
    ok: output.counts.fault === 0 && output.counts.gap === 0,
    header,
    counts: output.counts,
    findings: output.findings,
    totals,
    checked: { events, proofs: output.proofsVerified, states: answers.compared, disclosedBatches },
  }
}
