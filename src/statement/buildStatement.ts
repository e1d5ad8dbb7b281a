import { InvalidInputError } from '../errors.ts'
import { FIELD_ORDER, requireFieldElement } from '../field.ts'
import { type Shape, widthsOf } from '../shape.ts'
import { attributeTrace, computeLogits, predictLabel, type TraceAttribution } from './attributeTrace.ts'
import { commitIndex, commitInput, commitOutput, commitWeights } from './commitments.ts'
import {
  type BatchContext,
  computeChallenge,
  computeContext,
  hashBatch,
  requireContext,
  requireUint256,
  type SealedTraces,
} from './context.ts'
import { type Head, type InfluenceIndex, requireFeatures, requireHead, requireIndex, requireIntegers } from './model.ts'
import { packWords, shiftSigned } from './packWords.ts'
import { taggedHash } from './taggedHash.ts'

/** One paid inference as the prover sees it. */
export type Trace = {
  readonly requestId: bigint
  /** The contributors' share of the fee, in wei, below 2^96. */
  readonly poolWei: bigint
  /** H integers in [-127, 127], the last one 127. */
  readonly features: readonly number[]
  /** The emitted class, 0 .. C-1: no other class has a larger logit. */
  readonly label: number
  readonly inputSalt: bigint
  readonly outputSalt: bigint
}

/** What a batch of traces is proved about. */
export type TraceBatch = {
  readonly shape: Shape
  readonly head: Head
  readonly index: InfluenceIndex
  /** 1 .. B traces in the sealed order. */
  readonly traces: readonly Trace[]
  /** Random; keeps the digest from revealing the scores. */
  readonly batchSalt: bigint
  readonly context: BatchContext
}

/** The six public signals, in circom's order: outputs first. */
export type PublicSignals = {
  readonly digest: bigint
  readonly evaluation: bigint
  readonly weightsCommitment: bigint
  readonly indexCommitment: bigint
  readonly challenge: bigint
  readonly context: bigint
}

/** One slot of the circuit: a trace, or what fills an empty one. */
export type Slot = { readonly isActive: boolean; readonly trace: Trace; readonly attribution: TraceAttribution }

/** The whole statement about a batch, computed in the open: what an honest proof of it must say. */
export type Statement = {
  readonly publicSignals: PublicSignals
  /** pools, inputCommitments, outputCommitments (B each, 0 in empty slots), earnings offset by 2^180 (K). */
  readonly x: readonly bigint[]
  readonly sealed: SealedTraces
  /** Of the traces, in their order. */
  readonly attributions: readonly TraceAttribution[]
  /** All B slots of the circuit, those without a trace filled. */
  readonly slots: readonly Slot[]
  /** e_c: the batch's earning of each slot, K signed integers in 2^-64 wei. */
  readonly earnings: readonly bigint[]
}

/** An earning in X is e + 2^180: |e| <= B 2^160 <= 2^180. */
export const EARNING_OFFSET = 1n << 180n
/** A pool is below this, in wei. */
export const POOL_BOUND = 1n << 96n

export const PUBLIC_SIGNAL_COUNT = 6

/** The public signals as the list that verifiers take. */
export function listPublicSignals(signals: PublicSignals): bigint[] {
  return [
    signals.digest,
    signals.evaluation,
    signals.weightsCommitment,
    signals.indexCommitment,
    signals.challenge,
    signals.context,
  ]
}

/**
 * Computes what the circuit computes, integer for integer.
 * @throws InvalidInputError naming the field when a value is out of its range or a label is not the head's argmax
 */
export function buildStatement(batch: TraceBatch): Statement {
  requireTraceBatch(batch)
  const { shape, head, index, traces, batchSalt } = batch
  const slots = fillSlots(batch)
  const attributions = slots.slice(0, traces.length).map(({ attribution }) => attribution)
  const earnings = index.scales.map((_, c) => attributions.reduce((sum, { earnings }) => sum + earnings[c]!, 0n))

  const sealed = sealTraces(traces, shape)
  const x = layOutX(sealed, earnings, shape)
  const weightsCommitment = commitWeights(head, shape)
  const indexCommitment = commitIndex(index, shape)
  const context = computeContext(batch.context, hashBatch(sealed))
  const transcript = [context, weightsCommitment, indexCommitment, ...x, ...packAdvice(slots, shape), batchSalt]
  const digest = taggedHash('transcript', transcript, shape)
  const challenge = computeChallenge(context, digest, weightsCommitment, indexCommitment, x)
  const evaluation = evaluatePolynomial(x, challenge)
  return {
    publicSignals: { digest, evaluation, weightsCommitment, indexCommitment, challenge, context },
    x,
    sealed,
    attributions,
    slots,
    earnings,
  }
}

/** The two commitments of each trace beside its request and pool, as `seal` takes them. */
export function sealTraces(traces: readonly Trace[], shape: Shape): SealedTraces {
  return {
    requestIds: traces.map(({ requestId }) => requestId),
    pools: traces.map(({ poolWei }) => poolWei),
    inputCommitments: traces.map(({ features, inputSalt }) => commitInput(features, inputSalt, shape)),
    outputCommitments: traces.map(({ label, outputSalt }) => commitOutput(label, outputSalt, shape)),
  }
}

/** X: the public data of a batch in the order in which circuit and contract evaluate it. */
export function layOutX(sealed: SealedTraces, earnings: readonly bigint[], { traces }: Shape): bigint[] {
  const pad = (values: readonly bigint[]) => [...values, ...Array<bigint>(traces - values.length).fill(0n)]
  return [
    ...pad(sealed.pools),
    ...pad(sealed.inputCommitments),
    ...pad(sealed.outputCommitments),
    ...earnings.map((earning) => earning + EARNING_OFFSET),
  ]
}

/** sum_i x_i point^(i+1) mod r. */
export function evaluatePolynomial(x: readonly bigint[], point: bigint): bigint {
  return x.reduceRight((sum, value) => ((sum + value) * point) % FIELD_ORDER, 0n)
}

/**
 * The traces, then empty slots: no pool, the features that are the bias alone, and the label that they give. Nothing of an empty slot is public;
 * the circuit only needs some values.
 */
function fillSlots({ shape, head, index, traces }: TraceBatch): Slot[] {
  const features = Array.from({ length: shape.features }, (_, j) => (j === shape.features - 1 ? 127 : 0))
  const label = predictLabel(computeLogits(head, features))
  const empty: Trace = { requestId: 0n, poolWei: 0n, features, label, inputSalt: 0n, outputSalt: 0n }
  return Array.from({ length: shape.traces }, (_, slot) => {
    const trace = traces[slot] ?? empty
    const attribution = attributeTrace(head, index, trace.features, trace.label, trace.poolWei)
    return { isActive: slot < traces.length, trace, attribution }
  })
}

/**
 * The prover's advice as the transcript absorbs it: for each slot the distances of the logits from the runner-up and the runner-up, then the raw
 * scores, in words of as many fixed-width fields as fit.
 */
function packAdvice(slots: readonly Slot[], shape: Shape): bigint[] {
  const { logitBits, scoreBits } = widthsOf(shape)
  const logitFields: bigint[] = []
  const scoreFields: bigint[] = []
  for (const { trace, attribution } of slots) {
    const { logits, rawScores } = attribution
    const runnerUp = Math.max(...logits.filter((_, k) => k !== trace.label))
    logitFields.push(...logits.map((z) => BigInt(Math.abs(z - runnerUp))), shiftSigned(BigInt(runnerUp), logitBits))
    scoreFields.push(...rawScores.map((score) => shiftSigned(BigInt(score), scoreBits + 1)))
  }
  return [...packWords(logitFields, logitBits), ...packWords(scoreFields, scoreBits + 1)]
}

function requireTraceBatch({ shape, head, index, traces, batchSalt, context }: TraceBatch): void {
  requireContext(context)
  requireHead(head, shape)
  requireIndex(index, shape)
  requireFieldElement('batchSalt', batchSalt)
  if (traces.length < 1 || traces.length > shape.traces) {
    throw new InvalidInputError('traces.length', `1 .. ${shape.traces}`, traces.length)
  }
  const seen = new Set<bigint>()
  for (const [b, trace] of traces.entries()) {
    const field = `traces[${b}]`
    requireUint256(`${field}.requestId`, trace.requestId)
    if (seen.has(trace.requestId))
      throw new InvalidInputError(`${field}.requestId`, 'in the batch once', trace.requestId)
    seen.add(trace.requestId)
    if (trace.poolWei < 0n || trace.poolWei >= POOL_BOUND) {
      throw new InvalidInputError(`${field}.poolWei`, 'wei in 0 .. 2^96-1', trace.poolWei)
    }
    requireFeatures(`${field}.features`, trace.features, shape)
    requireIntegers(`${field}.label`, [trace.label], 1, 0, shape.classes - 1)
    requireFieldElement(`${field}.inputSalt`, trace.inputSalt)
    requireFieldElement(`${field}.outputSalt`, trace.outputSalt)
    const logits = computeLogits(head, trace.features)
    if (logits[trace.label]! < Math.max(...logits)) {
      throw new InvalidInputError(`${field}.label`, "the head's argmax", trace.label)
    }
  }
}
