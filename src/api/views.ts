import { z } from 'zod'

/*
 * What the node's HTTP API answers. Ids, wei, field elements and unix seconds are decimal strings; instants of the node are ISO 8601. Nothing here
 * is private: features and salts appear in no view.
 */

const decimal = z.string().regex(/^-?\d+$/)
const hex = z.string().regex(/^0x[0-9a-fA-F]*$/)
const instant = z.iso.datetime()

export const traceSummary = z.enum([
  'accepted',
  'sealing',
  'sealed',
  'proving',
  'settling',
  'settled',
  'refunded',
  'cancelled',
  'expired',
  'mismatched',
  'failed',
])
export type TraceSummary = z.infer<typeof traceSummary>
/** Summaries that nothing but a reorganisation, an operator or a retry can change. */
export const FINAL_SUMMARIES: readonly TraceSummary[] = [
  'settled',
  'refunded',
  'cancelled',
  'expired',
  'mismatched',
  'failed',
]

export const jobView = z.object({
  state: z.enum(['queued', 'active', 'done', 'dead']),
  attempts: z.int(),
  /** What the worker is doing: witness or prove. */
  stage: z.string().nullable(),
  /** Of the expected time, 0 .. 1. */
  fraction: z.number().nullable(),
  /** Estimated from earlier proofs. */
  expectedSeconds: z.number().nullable(),
  deadlineAt: instant,
  reasonCode: z.string().nullable(),
  reason: z.string().nullable(),
})
export type JobView = z.infer<typeof jobView>

export const transactionView = z.object({
  kind: z.enum(['seal', 'settle']),
  state: z.enum(['intended', 'broadcast', 'mined', 'final', 'refused', 'lost']),
  hash: hex.nullable(),
  reasonCode: z.string().nullable(),
})
export type TransactionView = z.infer<typeof transactionView>

/** The status axes of a trace, side by side, and one word that sums them up. */
export const traceView = z.object({
  traceId: hex,
  requestId: decimal,
  modelId: decimal,
  operator: hex,
  inputCommitment: decimal,
  outputCommitment: decimal,
  nonce: decimal,
  acceptedAt: instant,
  summary: traceSummary,
  trace: z.object({ state: z.enum(['accepted', 'cancelled']) }),
  /** As the chain has it. */
  request: z.object({
    state: z.enum(['unknown', 'paid', 'sealed', 'settled', 'refunded']),
    epochId: decimal.nullable(),
    poolWei: decimal.nullable(),
    sealDeadline: decimal.nullable(),
  }),
  batch: z.object({ batchId: decimal, position: z.int(), settleDeadline: decimal }).nullable(),
  job: jobView.nullable(),
  transaction: transactionView.nullable(),
})
export type TraceView = z.infer<typeof traceView>

export const batchView = z.object({
  batchId: decimal,
  batchHash: hex,
  modelId: decimal,
  epochId: decimal,
  settleDeadline: decimal,
  state: z.enum(['sealed', 'settled', 'expired']),
  requests: z.array(
    z.object({
      requestId: decimal,
      poolWei: decimal,
      inputCommitment: decimal,
      outputCommitment: decimal,
      /** The trace that opens the commitments, if this node has it. */
      traceId: hex.nullable(),
    }),
  ),
  job: jobView.nullable(),
  proof: z
    .object({ context: decimal, provedAt: instant, witnessSeconds: z.number(), proveSeconds: z.number() })
    .nullable(),
  settlement: z.object({ transactionHash: hex, blockNumber: decimal, prover: hex, digest: decimal }).nullable(),
  transaction: transactionView.nullable(),
})
export type BatchView = z.infer<typeof batchView>

/** `claim` is what `parseSettlementClaim` reads, `proof` what `parseProof` reads. */
export const proofView = z.object({ context: decimal, claim: z.unknown(), proof: z.unknown() })
export type ProofView = z.infer<typeof proofView>

export const modelView = z.object({
  modelId: decimal,
  owner: hex,
  operator: hex,
  versions: z.array(z.object({ modelVersion: decimal, weightsCommitment: decimal, circuitId: hex })),
  indexes: z.array(
    z.object({
      indexVersion: decimal,
      modelVersion: decimal,
      indexCommitment: decimal,
      contributors: z.array(hex),
      /** Whether this node holds head and index, without which it can prove nothing. */
      isStored: z.boolean(),
    }),
  ),
  /** Whether this node's account may seal for the operator. */
  canSeal: z.boolean(),
})
export type ModelView = z.infer<typeof modelView>

export const epochView = z.object({
  modelId: decimal,
  epochId: decimal,
  modelVersion: decimal,
  indexVersion: decimal,
  circuitId: hex,
  policyId: decimal,
  endsAt: decimal,
  requests: z.object({ paid: z.int(), sealed: z.int(), settled: z.int(), refunded: z.int() }),
  poolsWei: decimal,
  /** By slot: what settled batches have booked. */
  contributors: z.array(z.object({ slot: z.int(), contributor: hex, bookedWei: decimal })),
  closure: z
    .object({
      poolsWei: decimal,
      paidWei: decimal,
      treasuryWei: decimal,
      contributors: z.array(
        z.object({
          slot: z.int(),
          contributor: hex,
          openingWei: decimal,
          bookedWei: decimal,
          paidWei: decimal,
          carriedWei: decimal,
        }),
      ),
    })
    .nullable(),
})
export type EpochView = z.infer<typeof epochView>

export const earningsView = z.object({
  account: hex,
  /** What the ledger owes the account now. */
  claimableWei: decimal,
  withdrawnWei: decimal,
  /** Closed epochs: the newest thousand, newest first. */
  netted: z.array(
    z.object({
      modelId: decimal,
      epochId: decimal,
      slot: z.int(),
      openingWei: decimal,
      bookedWei: decimal,
      paidWei: decimal,
      carriedWei: decimal,
    }),
  ),
  /** Open epochs: booked so far, not netted. */
  booked: z.array(z.object({ modelId: decimal, epochId: decimal, slot: z.int(), bookedWei: decimal })),
})
export type EarningsView = z.infer<typeof earningsView>

export const circuitView = z.object({
  circuitId: hex,
  keyHash: hex,
  verifier: hex,
  traces: z.int(),
  contributors: z.int(),
  isRetired: z.boolean(),
  /** Whether this node holds its proving keys, and of which set-up. */
  setup: z.enum(['dev', 'production']).nullable(),
  shape: z.string().nullable(),
})
export type CircuitView = z.infer<typeof circuitView>

/** One entry of the event stream; `eventId` is what Last-Event-ID takes. */
export const eventView = z.object({
  eventId: decimal,
  at: instant,
  kind: z.string(),
  traceId: hex.nullable(),
  batchId: decimal.nullable(),
  data: z.record(z.string(), z.unknown()),
})
export type EventView = z.infer<typeof eventView>

export const verdictView = z.object({
  isValid: z.boolean(),
  /** DEV keys: anyone can forge under them. */
  isDevKey: z.boolean(),
  /** Why not, when it is not. */
  code: z.string().nullable(),
  detail: z.string().nullable(),
})
export type VerdictView = z.infer<typeof verdictView>

/** Whether this node can do its work; 503 when it cannot. */
export const readinessView = z.object({
  isReady: z.boolean(),
  checks: z.array(
    z.object({
      name: z.string(),
      ok: z.boolean(),
      /** One line; the code of the failure when there is one. */
      detail: z.string(),
    }),
  ),
})
export type ReadinessView = z.infer<typeof readinessView>

/** RFC 9457. `code` is stable. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  field: z.string().optional(),
  bound: z.string().optional(),
  retryAfterSeconds: z.number().optional(),
})
export type Problem = z.infer<typeof problem>

/** A signed action has been done, or had been before. */
export const actionView = z.object({ traceId: hex, action: z.enum(['cancel', 'retry']) })
export type ActionView = z.infer<typeof actionView>

/** The node holds head and index of this version. */
export const modelStoredView = z.object({ modelId: decimal, indexVersion: decimal })
export type ModelStoredView = z.infer<typeof modelStoredView>

/** 202 for one trace: it is on disk and in the database. */
export const acceptedView = z.object({
  traceId: hex,
  /** False when the node had it before: repeating a submission changes nothing. */
  isNew: z.boolean(),
})
export type AcceptedView = z.infer<typeof acceptedView>

/** For several traces, in their order: 202 when all were accepted, 207 when some were refused, each with what it would have got alone. */
export const submissionResultsView = z.object({
  results: z.array(
    z.union([
      acceptedView.extend({ status: z.literal(202) }),
      z.object({ status: z.int().min(400), traceId: hex.nullable(), problem }),
    ]),
  ),
})
export type SubmissionResultsView = z.infer<typeof submissionResultsView>

/** A page of a list; `next` is the `after` of the following page. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.string().nullable() })
export type Page<Item> = { readonly items: Item[]; readonly next: string | null }
