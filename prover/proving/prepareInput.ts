import { buildStatement, type Statement, type TraceBatch } from '../../src/statement/buildStatement.ts'

/** Values of the input signals of `AttributionBatch`, by name; nested as the signal's dimensions, decimal strings at the leaves. */
export type CircuitInput = { readonly [signal: string]: SignalValue }
export type SignalValue = string | readonly SignalValue[]

/** A batch ready to be proved: what its proof must say, and what the witness generator takes. */
export type PreparedBatch = { readonly statement: Statement; readonly input: CircuitInput }

/**
 * First stage: checks a batch, computes its statement and lays out the circuit's inputs, with empty slots filled.
 * The result holds private data (features, salts, weights): it never goes to a log.
 * @throws InvalidInputError as buildStatement does
 */
export function prepareInput(batch: TraceBatch): PreparedBatch {
  const statement = buildStatement(batch)
  const { slots } = statement
  const { weightsCommitment, indexCommitment, challenge, context } = statement.publicSignals
  const input = {
    weightsCommitment,
    indexCommitment,
    challenge,
    context,
    weights: batch.head,
    vectors: batch.index.vectors,
    scales: batch.index.scales,
    active: slots.map(({ isActive }) => (isActive ? 1 : 0)),
    features: slots.map(({ trace }) => trace.features),
    inputSalts: slots.map(({ trace }) => trace.inputSalt),
    labels: slots.map(({ trace }) => trace.label),
    outputSalts: slots.map(({ trace }) => trace.outputSalt),
    pools: slots.map(({ trace }) => trace.poolWei),
    batchSalt: batch.batchSalt,
    logits: slots.map(({ attribution }) => attribution.logits),
    rawScores: slots.map(({ attribution }) => attribution.rawScores),
  }
  return {
    statement,
    input: Object.fromEntries(Object.entries(input).map(([name, value]) => [name, toDecimal(value)])),
  }
}

type Integers = number | bigint | readonly Integers[]

/** Negative integers stay negative: witness generators reduce them mod r. */
function toDecimal(value: Integers): SignalValue {
  return typeof value === 'object' ? value.map(toDecimal) : value.toString()
}
