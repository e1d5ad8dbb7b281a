import { isAddressEqual } from 'viem'
import { requireFieldElement } from '../../field.ts'
import { attributeTrace, computeLogits } from '../../statement/attributeTrace.ts'
import type { Trace } from '../../statement/buildStatement.ts'
import { commitIndex, commitInput, commitOutput, commitWeights } from '../../statement/commitments.ts'
import type { BatchContext } from '../../statement/context.ts'
import { requireFeatures, requireHead, requireIndex, requireIntegers } from '../../statement/model.ts'
import type { AuditRow, InferenceRow } from '../AuditRow.ts'
import type { DisclosedBatch, RecomputeTraces } from '../DisclosedBatch.ts'
import type { Finding, FindingSubject } from '../Finding.ts'
import type { FindingCode } from '../findingCodes.ts'
import { type DisclosedTrace, type DisclosedTraceBatch, parseDisclosedTraces } from './parseDisclosedTraces.ts'

type Report = (code: FindingCode, difference: Difference) => void
type Difference = {
  readonly at?: FindingSubject
  readonly expected: unknown
  readonly found: unknown
  readonly message: string
}

/**
 * Recomputes a disclosed batch from its features up: head, index and every trace must open what was registered and sealed, each label must be the
 * head's argmax, and the earnings of the inferences must sum to the settled ones, exactly (2^-64 wei).
 *
 * What follows from a difference is not reported beside it: traces of another batch are compared no further, one that opens other commitments is not
 * recomputed, and the sums are compared only when every trace opens.
 * @returns a row for each inference that could be recomputed, in the batch's order, after one for the index; and what differs
 */
export const recomputeTraces: RecomputeTraces = (batch) => {
  const findings: Finding[] = []
  const report: Report = (code, { at = {}, expected, found, message }) => {
    const subject = { modelId: batch.context.modelId, batchId: batch.batchId, ...at }
    findings.push({ code, subject, at: batch.at, expected: String(expected), found: String(found), message })
  }
  const rows = recompute(batch, report)
  return { rows, findings }
}

function recompute(batch: DisclosedBatch, report: Report): AuditRow[] {
  const disclosed = readTraces(batch, report)
  if (disclosed === undefined || !isOfBatch(disclosed, batch, report)) return []
  const isModelOpen = opensModel(disclosed, batch, report)
  const isOpen = disclosed.traces.map((trace, position) => opensTrace(trace, position, batch, report))
  if (!isModelOpen) return []

  const { modelId, epochId, indexVersion } = batch.context
  const { batchId, contributors } = batch
  const inferences = disclosed.traces.flatMap((trace, position): InferenceRow[] => {
    if (!isOpen[position]) return []
    requireArgmax(disclosed, trace, position, report)
    const { poolWei, requestId, label, features } = trace
    const { total, rate, scores, earnings } = attributeTrace(disclosed.head, disclosed.index, features, label, poolWei)
    if (trace.rate !== undefined && trace.rate !== rate) {
      report('RATE_DIFFERS', {
        at: { requestId, position },
        expected: rate,
        found: trace.rate,
        message: `the disclosed rate of inference ${position} is not floor(pool * 2^64 / T)`,
      })
    }
    return [
      {
        kind: 'inference',
        modelId,
        epochId,
        indexVersion,
        batchId,
        position,
        requestId,
        label,
        poolWei,
        total,
        rate,
        scores,
        earnings,
        contributors,
      },
    ]
  })
  if (isOpen.every(Boolean)) compareEarnings(inferences, batch.earnings, report)
  return [{ kind: 'disclosed-index', modelId, indexVersion, contributors, index: disclosed.index }, ...inferences]
}

/** undefined for what is no trace batch of this shape; which value is at fault is reported. */
function readTraces({ traceBatch, shape }: DisclosedBatch, report: Report): DisclosedTraceBatch | undefined {
  try {
    const disclosed = parseDisclosedTraces(traceBatch)
    requireHead(disclosed.head, shape)
    requireIndex(disclosed.index, shape)
    for (const [b, trace] of disclosed.traces.entries()) {
      requireFeatures(`traces[${b}].features`, trace.features, shape)
      requireIntegers(`traces[${b}].label`, [trace.label], 1, 0, shape.classes - 1)
      for (const salt of ['inputSalt', 'outputSalt'] as const) requireFieldElement(`traces[${b}].${salt}`, trace[salt])
    }
    return disclosed
  } catch (error) {
    report('TRACES_UNREADABLE', {
      expected: `a trace batch of the shape ${shape.name}`,
      found: (error as Error).message,
      message: 'the disclosed file is no trace batch of this circuit',
    })
    return undefined
  }
}

/** Whether the file says that it is about this batch, request by request. */
function isOfBatch(disclosed: DisclosedTraceBatch, { context, sealed }: DisclosedBatch, report: Report): boolean {
  const fields = Object.keys(context) as (keyof BatchContext)[]
  const other = fields.filter((field) => !isSame(disclosed.context[field], context[field]))
  const [field] = other
  if (field !== undefined) {
    report('TRACES_OF_OTHER_BATCH', {
      expected: context[field],
      found: disclosed.context[field],
      message: `the disclosed traces are for another context; it differs in ${other.join(', ')}`,
    })
    return false
  }
  const requestIds = disclosed.traces.map(({ requestId }) => requestId)
  const position = sealed.requestIds.findIndex((requestId, b) => requestIds[b] !== requestId)
  if (position >= 0 || requestIds.length !== sealed.requestIds.length) {
    const isReordered = isPermutation(requestIds, sealed.requestIds)
    report('TRACES_OF_OTHER_BATCH', {
      ...(position >= 0 ? { at: { position } } : {}),
      expected: sealed.requestIds.join(' '),
      found: requestIds.join(' '),
      message: isReordered
        ? 'the disclosed traces stand in another order than the batch was sealed in'
        : 'the disclosed traces answer other requests than those of the batch',
    })
    return false
  }
  return true
}

function opensModel({ head, index, shape }: DisclosedTraceBatch, batch: DisclosedBatch, report: Report): boolean {
  const { modelVersion, indexVersion } = batch.context
  const weights = commitWeights(head, shape)
  const indexCommitment = commitIndex(index, shape)
  if (weights !== batch.weightsCommitment) {
    report('WEIGHTS_COMMITMENT_DIFFERS', {
      at: { modelVersion },
      expected: batch.weightsCommitment,
      found: weights,
      message: 'the disclosed head is not the one that is registered for this version',
    })
  }
  if (indexCommitment !== batch.indexCommitment) {
    report('INDEX_COMMITMENT_DIFFERS', {
      at: { indexVersion },
      expected: batch.indexCommitment,
      found: indexCommitment,
      message: 'the disclosed influence index is not the one that is registered for this version',
    })
  }
  return weights === batch.weightsCommitment && indexCommitment === batch.indexCommitment
}

function opensTrace(trace: Trace, position: number, { sealed, shape }: DisclosedBatch, report: Report): boolean {
  const { features, label, inputSalt, outputSalt, poolWei, requestId } = trace
  const at = { requestId, position }
  const comparisons = [
    ['TRACES_OF_OTHER_BATCH', 'pool', sealed.pools[position]!, poolWei],
    [
      'INPUT_COMMITMENT_DIFFERS',
      'features with their salt',
      sealed.inputCommitments[position]!,
      commitInput(features, inputSalt, shape),
    ],
    [
      'OUTPUT_COMMITMENT_DIFFERS',
      'label with its salt',
      sealed.outputCommitments[position]!,
      commitOutput(label, outputSalt, shape),
    ],
  ] as const
  const differing = comparisons.filter(([, , expected, found]) => expected !== found)
  for (const [code, what, expected, found] of differing) {
    report(code, {
      at,
      expected,
      found,
      message: `the disclosed ${what} of inference ${position} is not what was sealed`,
    })
  }
  return differing.length === 0
}

function requireArgmax({ head }: DisclosedTraceBatch, trace: DisclosedTrace, position: number, report: Report): void {
  const logits = computeLogits(head, trace.features)
  const highest = Math.max(...logits)
  if (logits[trace.label] === highest) return
  report('LABEL_DIFFERS', {
    at: { requestId: trace.requestId, position },
    expected: logits.indexOf(highest),
    found: trace.label,
    message: `the sealed answer of inference ${position} is not the one that the head gives`,
  })
}

/** The settled earnings against the sums of what the inferences earn, with the one cause that explains a difference where there is such a one. */
function compareEarnings(inferences: readonly InferenceRow[], settled: readonly bigint[], report: Report): void {
  // Without calldata there is nothing to compare with, which is a gap of its own.
  if (settled.length === 0) return
  const recomputed = settled.map((_, slot) => inferences.reduce((sum, { earnings }) => sum + earnings[slot]!, 0n))
  const slots = settled.flatMap((earning, slot) => (earning === recomputed[slot] ? [] : [slot]))
  if (slots.length === 0) return
  if (isPermutation(settled, recomputed)) {
    report('TRACE_EARNINGS_DIFFER', {
      at: { slot: slots[0]! },
      expected: recomputed.join(' '),
      found: settled.join(' '),
      message: `the settled earnings are those of the traces, but stand in other slots: ${slots.join(', ')}`,
    })
    return
  }
  const differences = settled.map((earning, slot) => earning - recomputed[slot]!)
  const suspects = inferences.flatMap((inference) => {
    const excess = commonFactor(differences, inference.scores)
    return excess === undefined ? [] : [{ inference, excess }]
  })
  const [suspect] = suspects
  if (suspect !== undefined && suspects.length === 1) {
    const { requestId, position, rate } = suspect.inference
    report('RATE_DIFFERS', {
      at: { requestId, position },
      expected: rate,
      found: rate + suspect.excess,
      message: `the settled earnings are those of the traces but for the rate of inference ${position}`,
    })
    return
  }
  for (const slot of slots) {
    report('TRACE_EARNINGS_DIFFER', {
      at: { slot },
      expected: recomputed[slot],
      found: settled[slot],
      message: `the settled earning of slot ${slot} is not the sum of what the disclosed inferences earn (2^-64 wei)`,
    })
  }
}

/** The integer that gives the differences when it multiplies the scores. One slot alone would be met by chance too easily. */
function commonFactor(differences: readonly bigint[], scores: readonly bigint[]): bigint | undefined {
  const slot = scores.findIndex((score, c) => score !== 0n && differences[c] !== 0n)
  if (slot < 0 || differences.filter((difference) => difference !== 0n).length < 2) return undefined
  const factor = differences[slot]! / scores[slot]!
  return differences.every((difference, c) => difference === factor * scores[c]!) ? factor : undefined
}

function isPermutation(values: readonly bigint[], others: readonly bigint[]): boolean {
  const sorted = (list: readonly bigint[]) => list.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)).join(' ')
  return sorted(values) === sorted(others)
}

/** Addresses are equal however their letters are written. */
function isSame(a: bigint | string, b: bigint | string): boolean {
  if (typeof a === 'bigint' || typeof b === 'bigint') return a === b
  return a.length === 42 && b.length === 42 ? isAddressEqual(a as `0x${string}`, b as `0x${string}`) : a === b
}
