import { z } from 'zod'
import type { Trace, TraceBatch } from '../../statement/buildStatement.ts'
import { integerString, parseStrictly, trace, traceBatch } from '../../statement/traceBatchSchema.ts'

/** A trace that its operator disclosed. */
export type DisclosedTrace = Trace & {
  /** The rate that the operator says was applied, floor(pool * 2^64 / T): optional, and compared where it is given. */
  readonly rate?: bigint | undefined
}

/** A `trace-batch.json` that an operator hands to others. */
export type DisclosedTraceBatch = Omit<TraceBatch, 'traces'> & { readonly traces: readonly DisclosedTrace[] }

const rate = integerString(1n << 160n, 'a rate in 0 .. 2^160-1')
const disclosedTraces = traceBatch.extend({ traces: z.array(trace.extend({ rate: rate.optional() })) })

/**
 * Reads a disclosed batch from parsed JSON: the form of a trace batch, in which a trace may also name its rate.
 * @throws InvalidInputError for the first value that does not fit, with its path, bound and value
 */
export function parseDisclosedTraces(json: unknown): DisclosedTraceBatch {
  return parseStrictly(disclosedTraces, json, 'traceBatch')
}
