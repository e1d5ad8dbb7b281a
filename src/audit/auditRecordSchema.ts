import type { Address, Hex } from 'viem'
import { z } from 'zod'
import type { ContractName } from '../chain/decodeContractEvent.ts'
import { address, bytes32, parseStrictly } from '../statement/traceBatchSchema.ts'
import { type AuditRecord, BUNDLE_FORMAT } from './AuditRecord.ts'

/* The JSON of records: a bundle comes from strangers. Unknown keys are errors. */

const hex = z.custom<Hex>((value) => typeof value === 'string' && /^0x([0-9a-f]{2})*$/.test(value), 'lower-case hex')
/** Hex chars of compiled code: more than twice what a chain lets a contract have. Each reference is kept, and searched for each circuit. */
const LONGEST_CODE = 1 << 17
const compiled = hex.refine((code) => code.length <= LONGEST_CODE, `code of at most ${LONGEST_CODE} characters`)
const contract = address as z.ZodType<Address>
const count = z.int().nonnegative()
const decimal = z.string().regex(/^(0|[1-9]\d{0,77})$/, 'a decimal integer')
const block = z.strictObject({ number: count, hash: bytes32, timestamp: count })

const deployment = z.strictObject({
  policyRegistry: contract,
  verifierRegistry: contract,
  modelRegistry: contract,
  epochLedger: contract,
  inferenceEscrow: contract,
})

/** More than any contract of ours has: each costs a copy of the code. */
const MOST_IMMUTABLES = 256

const contractName = z.enum(Object.keys(deployment.shape) as [ContractName, ...ContractName[]])

const reference = z.discriminatedUnion('kind', [
  z.strictObject({
    type: z.literal('reference'),
    kind: z.literal('contract-code'),
    contract: contractName,
    code: compiled,
    immutables: z.array(z.strictObject({ contract: contractName, at: count })).max(MOST_IMMUTABLES),
  }),
  z.strictObject({ type: z.literal('reference'), kind: z.literal('verifier-code'), code: compiled }),
  z.strictObject({
    type: z.literal('reference'),
    kind: z.literal('circuit-key'),
    name: z.string(),
    traces: count,
    contributors: count,
    keyHash: bytes32,
  }),
])

const record = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('header'),
    format: z.literal(BUNDLE_FORMAT),
    chainId: count,
    block,
    fromBlock: count,
    deployment,
  }),
  z.strictObject({ type: z.literal('code'), address: contract, code: hex }),
  z.strictObject({
    type: z.literal('event'),
    block,
    logIndex: count,
    transaction: bytes32,
    contract,
    topics: z.array(bytes32),
    data: hex,
  }),
  z.strictObject({
    type: z.literal('call'),
    function: z.enum(['settle', 'register']),
    transaction: bytes32,
    from: z.enum(['transaction', 'input', 'trace']),
    data: hex.nullable(),
    reason: z.string().nullable(),
  }),
  z.strictObject({ type: z.literal('state'), contract, data: hex, result: hex.nullable() }),
  z.strictObject({ type: z.literal('balance'), contract, wei: decimal }),
  z.strictObject({ type: z.literal('traces'), batchId: decimal, traceBatch: z.unknown() }),
  reference,
])

/**
 * Reads one record from parsed JSON.
 * @throws InvalidInputError for the first value that does not fit
 */
export function parseAuditRecord(json: unknown, name: string): AuditRecord {
  return parseStrictly(record, json, name)
}
