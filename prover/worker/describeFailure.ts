import { InvalidInputError, PoaError } from '../../src/errors.ts'

/** Why a proof was not made, as anybody may read it. */
export type Failure = { readonly code: string; readonly reason: string }

/** Failures that the same batch meets again wherever it is tried. */
const PERMANENT = [
  'INVALID_INPUT',
  'TRACES_NOT_SEALED',
  'WITNESS_FAILED',
  'PROOF_OF_OTHER_STATEMENT',
  'BATCH_FOR_OTHER_CIRCUIT',
  'DEV_KEYS_ON_PUBLIC_CHAIN',
]

export const isPermanent = ({ code }: Failure): boolean => PERMANENT.includes(code)

/**
 * What job rows, events and logs may hold of a failure. Traces are private: of a value that is out of its bound, only where it stands and the bound
 * go out. Of an error that is none of ours only its kind does.
 */
export function describeFailure(error: unknown): Failure {
  if (error instanceof InvalidInputError) return { code: error.code, reason: `${error.field} must be ${error.bound}` }
  if (error instanceof PoaError) return { code: error.code, reason: error.message }
  return { code: 'UNEXPECTED', reason: `an unexpected ${error instanceof Error ? error.name : typeof error}` }
}
