import type { VerificationKey } from '../../proof/Groth16.ts'
import type { AuditRow, AuditSink, BatchRow } from '../AuditRow.ts'
import type { Finding, FindingSubject, Place, Severity } from '../Finding.ts'
import { FINDING_CODES, type FindingCode } from '../findingCodes.ts'
import type { ProofItem, VerifyProofs } from '../VerifyProofs.ts'

/** Proofs that are verified together: many share the costly part of a pairing, few wait in memory. */
const PROOFS_AT_ONCE = 256
/** Rows and findings wait behind batches whose proofs are still to be verified, so that they come out in order; this many at most. */
const ENTRIES_AT_ONCE = 8192
/** Findings that the report lists. Further ones are handed on and counted: a chain that is wrong throughout must not fill the memory. */
const FINDINGS_KEPT = 10_000

/** A batch row, but for what its proof will show. */
export type UnjudgedBatch = {
  readonly row: BatchRow & { readonly settlement: NonNullable<BatchRow['settlement']> }
  readonly verificationKey: VerificationKey
  readonly item: ProofItem
}

type Entry = { readonly row: AuditRow } | { readonly finding: Finding } | { readonly batch: UnjudgedBatch }

/** What an audit says of a difference. */
export type Difference = { readonly expected?: unknown; readonly found?: unknown; readonly message: string }

/** Chars of a text that a finding quotes. */
const LONGEST_TEXT = 1000

/** A text, or its beginning. Copied char by char, because a slice would keep the whole of it in memory. */
export const shortened = (text: string) =>
  text.length <= LONGEST_TEXT ? text : `${[...text.slice(0, LONGEST_TEXT - 1)].join('')}…`

/** Takes rows and findings in order, has proofs verified in groups meanwhile, and hands all of it to the sinks. */
export class AuditOutput {
  readonly counts: Record<Severity, number> = { fault: 0, gap: 0, anomaly: 0, info: 0 }
  readonly findings: Finding[] = []
  proofsVerified = 0
  readonly #sinks: readonly AuditSink[]
  readonly #verifyProofs: VerifyProofs
  #entries: Entry[] = []
  #proofs = 0
  #delivery: Promise<void> = Promise.resolve()

  constructor(sinks: readonly AuditSink[], verifyProofs: VerifyProofs) {
    this.#sinks = sinks
    this.#verifyProofs = verifyProofs
  }

  find(code: FindingCode, subject: FindingSubject, at: Place | null, difference: Difference): void {
    const text = (value: unknown) => (value === undefined ? null : String(value))
    const { expected, found, message } = difference
    this.add({ code, subject, at, expected: text(expected), found: text(found), message })
  }

  /** Of what strangers wrote only so much is quoted: findings are kept, digested and shown. */
  add({ expected, found, message, ...finding }: Finding): void {
    const cut = (text: string | null) => (text === null ? null : shortened(text))
    const entry = { ...finding, expected: cut(expected), found: cut(found), message: shortened(message) }
    this.#entries.push({ finding: entry })
  }

  row(row: AuditRow): void {
    this.#entries.push({ row })
  }

  /** A settled batch: its row follows once its proof has been verified. */
  batch(batch: UnjudgedBatch): void {
    this.#entries.push({ batch })
    this.#proofs += 1
  }

  /** Hands on a group when there is one; at most one waits behind another. */
  async advance(): Promise<void> {
    if (this.#proofs < PROOFS_AT_ONCE && this.#entries.length < ENTRIES_AT_ONCE) return
    await this.#delivery
    const entries = this.#entries
    this.#entries = []
    this.#proofs = 0
    this.#delivery = this.#deliver(entries)
    // Whoever waits for it next is told of a failure; until then it is no unhandled one.
    this.#delivery.catch(() => undefined)
  }

  /** Hands on everything that is left. */
  async flush(): Promise<void> {
    await this.#delivery
    const entries = this.#entries
    this.#entries = []
    this.#proofs = 0
    this.#delivery = this.#deliver(entries)
    await this.#delivery
  }

  async #deliver(entries: readonly Entry[]): Promise<void> {
    const verdicts = await this.#judge(entries)
    for (const entry of entries) {
      if ('finding' in entry) await this.#deliverFinding(entry.finding)
      else if ('row' in entry) await this.#deliverRow(entry.row)
      else await this.#deliverBatch(entry.batch, verdicts.get(entry.batch) === true)
    }
  }

  async #judge(entries: readonly Entry[]): Promise<ReadonlyMap<UnjudgedBatch, boolean>> {
    const byKey = new Map<VerificationKey, UnjudgedBatch[]>()
    for (const entry of entries) {
      if (!('batch' in entry)) continue
      const { verificationKey } = entry.batch
      byKey.set(verificationKey, [...(byKey.get(verificationKey) ?? []), entry.batch])
    }
    const verdicts = new Map<UnjudgedBatch, boolean>()
    for (const [verificationKey, batches] of byKey) {
      const valid = await this.#verifyProofs(
        verificationKey,
        batches.map(({ item }) => item),
      )
      for (const [i, batch] of batches.entries()) verdicts.set(batch, valid[i] === true)
      this.proofsVerified += batches.length
    }
    return verdicts
  }

  async #deliverBatch({ row }: UnjudgedBatch, isProofValid: boolean): Promise<void> {
    if (!isProofValid) {
      await this.#deliverFinding({
        code: 'PROOF_INVALID',
        subject: { batchId: row.batchId, modelId: row.modelId, epochId: row.epochId },
        at: row.settlement.place,
        expected: 'a proof of the claim',
        found: 'a proof that does not show it',
        message: `the proof of batch ${row.batchId} does not show the earnings that were claimed with it`,
      })
    }
    await this.#deliverRow({ ...row, settlement: { ...row.settlement, isProofValid } })
  }

  async #deliverRow(row: AuditRow): Promise<void> {
    for (const sink of this.#sinks) await sink.row?.(row)
  }

  async #deliverFinding(finding: Finding): Promise<void> {
    this.counts[FINDING_CODES[finding.code].severity] += 1
    if (this.findings.length < FINDINGS_KEPT) this.findings.push(finding)
    for (const sink of this.#sinks) await sink.finding?.(finding)
  }
}
