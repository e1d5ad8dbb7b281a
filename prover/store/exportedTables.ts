import type { Tables } from './tables.ts'

/** The first line of an exported database. */
export const EXPORT_FORMAT = 'poa-database-1'

/**
 * What an export holds, in an order in which every row finds what it refers to. Not the mirror of the chain, which the chain gives back; not the
 * jobs, which are planned again (a proof that is there is not made twice); not the events, whose ids mean nothing elsewhere.
 */
export const EXPORTED_TABLES = [
  'model_artifacts',
  'traces',
  'trace_witnesses',
  'proofs',
  'transactions',
  'transaction_attempts',
  'transaction_traces',
] as const satisfies readonly (keyof Tables)[]
export type ExportedTable = (typeof EXPORTED_TABLES)[number]
