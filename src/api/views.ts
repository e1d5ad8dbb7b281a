import { z } from 'zod'

/*
 * What the node's HTTP API answers. Ids, wei, field elements and unix seconds are decimal strings; instants of the node are ISO 8601. Nothing here
 * is private: features and salts appear in no view.
 */

const decimal = z.string().regex(/^-?\d+$/)
const hex = z.string().regex(/^0x[0-9a-fA-F]*$/)
const instant = z.iso.datetime()

/** Where on the chain something happened. */
export const placeView = z.object({
  transactionHash: hex,
  blockNumber: decimal,
  /** Unix seconds. */
  timestamp: decimal,
})
export type PlaceView = z.infer<typeof placeView>

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
  sealing: placeView,
  settlement: placeView
    .extend({
      prover: hex,
      digest: decimal,
      /** Of the settling transaction, when this node sent it. */
      gasUsed: decimal.nullable(),
    })
    .nullable(),
  /** How the ledger booked a settled batch: feesWei = poolsWei and the four shares together. */
  booking: z
    .object({
      feesWei: decimal,
      poolsWei: decimal,
      modelOwnerWei: decimal,
      stakersWei: decimal,
      proverWei: decimal,
      treasuryWei: decimal,
      /** By slot, in whole wei, negative ones included; no contributor stands in an unassigned slot. */
      earnings: z.array(z.object({ slot: z.int(), contributor: hex.nullable(), earningWei: decimal })),
    })
    .nullable(),
  /** Whether GET /v1/batches/:id/attribution answers. */
  isDisclosed: z.boolean(),
  transaction: transactionView.nullable(),
})
export type BatchView = z.infer<typeof batchView>

/** What a disclosed batch shows: the rule "net-margin", inference by inference. It opens the sealed commitments, and adds up to what was settled. */
export const attributionView = z.object({
  batchId: decimal,
  modelId: decimal,
  epochId: decimal,
  modelVersion: decimal,
  indexVersion: decimal,
  shape: z.string(),
  /** In the order of the batch. */
  inferences: z.array(
    z.object({
      position: z.int(),
      requestId: decimal,
      poolWei: decimal,
      /** The class that the model answered. */
      label: z.int(),
      /** T, the larger of the positive and the negative mass of all scores. */
      total: decimal,
      /** floor(poolWei 2^64 / T), 0 when T is 0. */
      rate: decimal,
      /** By slot: earning = rate * score, in 2^-64 wei. */
      contributors: z.array(z.object({ slot: z.int(), contributor: hex.nullable(), score: decimal, earning: decimal })),
    }),
  ),
  /** By slot, the sum over the inferences in 2^-64 wei, and what the ledger booked of it in whole wei (rounded down). */
  earnings: z.array(z.object({ slot: z.int(), contributor: hex.nullable(), earning: decimal, earningWei: decimal })),
})
export type AttributionView = z.infer<typeof attributionView>

/** `claim` is what `parseSettlementClaim` reads, `proof` what `parseProof` reads. */
export const proofView = z.object({ context: decimal, claim: z.unknown(), proof: z.unknown() })
export type ProofView = z.infer<typeof proofView>

/** What a model was trained on, as whoever handed it in told this node. Nothing of it is proved. */
export const lineageView = z.object({
  datanets: z.array(
    z.object({
      name: z.string(),
      version: z.int(),
      /** `sha256` is that of the samples as stored, 64 hex digits. */
      contributions: z.array(z.object({ contributor: hex, samples: z.int(), sha256: z.string() })),
    }),
  ),
})
export type LineageView = z.infer<typeof lineageView>

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
      lineage: lineageView.nullable(),
    }),
  ),
  /** Whether this node's account may seal for the operator. */
  canSeal: z.boolean(),
})
export type ModelView = z.infer<typeof modelView>

/** Requests by what the chain has last seen of them; each is counted once. */
const requestCounts = z.object({ paid: z.int(), sealed: z.int(), settled: z.int(), refunded: z.int() })

export const epochView = z.object({
  modelId: decimal,
  epochId: decimal,
  modelVersion: decimal,
  indexVersion: decimal,
  circuitId: hex,
  policyId: decimal,
  opening: placeView,
  endsAt: decimal,
  requests: requestCounts,
  /** Of settled batches, like the fees and the shares: feesWei = poolsWei and the four shares together. */
  poolsWei: decimal,
  batches: z.int(),
  feesWei: decimal,
  modelOwnerWei: decimal,
  stakersWei: decimal,
  proverWei: decimal,
  /** The treasury's share of the fees; what the pools leave to it is in the closure. */
  treasuryWei: decimal,
  /** By slot: what settled batches have booked. */
  contributors: z.array(z.object({ slot: z.int(), contributor: hex, bookedWei: decimal })),
  /** poolsWei = paidWei + treasuryWei; each contributor's openingWei + bookedWei = paidWei - carriedWei. */
  closure: placeView
    .extend({
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
  /** As /v1/contributors has it; null when the account stands in no index. */
  rank: z.int().nullable(),
  /** Of all closed epochs, those beyond the list included; paidWei is what they credited. */
  epochs: z.int(),
  paidWei: decimal,
  /** What closed epochs carried against it, 0 or above; the next epoch under another index keeps a quarter. */
  debtWei: decimal,
  /** What the ledger owes the account now. */
  claimableWei: decimal,
  withdrawnWei: decimal,
  /** Closed epochs: the newest thousand, newest first. */
  netted: z.array(
    z.object({
      modelId: decimal,
      epochId: decimal,
      indexVersion: decimal,
      slot: z.int(),
      openingWei: decimal,
      bookedWei: decimal,
      paidWei: decimal,
      carriedWei: decimal,
      /** The transaction that closed the epoch. */
      closing: placeView,
    }),
  ),
  /** Open epochs: booked so far, not netted. */
  booked: z.array(
    z.object({
      modelId: decimal,
      epochId: decimal,
      indexVersion: decimal,
      slot: z.int(),
      bookedWei: decimal,
    }),
  ),
})
export type EarningsView = z.infer<typeof earningsView>

/** One of the ranks by what has been paid. */
export const contributorView = z.object({
  /** From 1 on; of equal payments the lower address comes first. */
  rank: z.int(),
  account: hex,
  /** Credited by closed epochs. */
  paidWei: decimal,
  /** Booked by settled batches of open epochs, not netted; can be negative. */
  bookedOpenWei: decimal,
  /** What closed epochs carried against it, 0 or above; the next epoch under another index keeps a quarter. */
  debtWei: decimal,
  withdrawnWei: decimal,
  /** Closed epochs that netted the account. */
  epochs: z.int(),
  /** Models in whose indexes the account stands. */
  models: z.array(z.object({ modelId: decimal, paidWei: decimal, bookedOpenWei: decimal })),
})
export type ContributorView = z.infer<typeof contributorView>

/** Why an account got what it got of one epoch: openingWei + bookedWei = paidWei - carriedWei. */
export const contributorEpochView = z.object({
  account: hex,
  modelId: decimal,
  epochId: decimal,
  modelVersion: decimal,
  indexVersion: decimal,
  slot: z.int(),
  state: z.enum(['open', 'closed']),
  endsAt: decimal,
  /** 0 or below. Of an open epoch: what the debt known by now amounts to; epochs that close before it can change it. */
  openingWei: decimal,
  /** Where the opening comes from: the epoch that carried it. Under another index a quarter of the debt is kept, rounded up. */
  debt: z.object({ epochId: decimal, indexVersion: decimal, carriedWei: decimal, isQuartered: z.boolean() }).nullable(),
  /** All settled batches of the epoch, those on other pages included. */
  bookedWei: decimal,
  /** Null while the epoch is open. */
  paidWei: decimal.nullable(),
  carriedWei: decimal.nullable(),
  closing: placeView.nullable(),
  /** A page of settled batches, in the order of their ids. */
  batches: z.object({
    items: z.array(
      z.object({
        batchId: decimal,
        requests: z.int(),
        earningWei: decimal,
        poolsWei: decimal,
        settlement: placeView,
        isDisclosed: z.boolean(),
      }),
    ),
    next: z.string().nullable(),
  }),
})
export type ContributorEpochView = z.infer<typeof contributorEpochView>

export const proverView = z.object({
  prover: hex,
  batches: z.int(),
  inferences: z.int(),
  /** The prover's shares of the fees. */
  earnedWei: decimal,
  /** From the block that sealed a batch to the one that settled it. */
  medianSettleSeconds: z.number(),
  /** Batches that were settled in the last tenth of the time there was. */
  lateBatches: z.int(),
})
export type ProverView = z.infer<typeof proverView>

/** The deployment in one look, and how busy the node is. Sums are over everything that the mirror holds. */
export const overviewView = z.object({
  /** The newest block that this node has read. */
  block: z.object({ number: decimal, hash: hex, timestamp: decimal }).nullable(),
  models: z.int(),
  contributors: z.int(),
  provers: z.int(),
  requests: requestCounts,
  batches: z.object({ sealed: z.int(), settled: z.int(), expired: z.int() }),
  epochs: z.object({ open: z.int(), closed: z.int() }),
  totals: z.object({
    /** All fees that were paid: settled, refunded, or still in the escrow. */
    feesWei: decimal,
    refundedWei: decimal,
    /** Of settled batches: settledFeesWei = poolsWei and the four shares together. */
    settledFeesWei: decimal,
    poolsWei: decimal,
    modelOwnerWei: decimal,
    stakersWei: decimal,
    proverWei: decimal,
    treasuryWei: decimal,
    /** Of closed epochs: what their pools paid contributors, and what they left to the treasury. */
    paidWei: decimal,
    poolsToTreasuryWei: decimal,
    withdrawnWei: decimal,
  }),
  queue: z.object({
    /** Accepted by this node and not in a batch yet. */
    pendingTraces: z.int(),
    jobs: z.object({ queued: z.int(), active: z.int(), dead: z.int() }),
    /** Sent and not final, or about to be sent. */
    transactionsInFlight: z.int(),
  }),
  /** Time from the first settlement on, in equal parts, at most 96, the oldest first; parts in which nothing happened are there as well. */
  series: z.object({
    bucketSeconds: z.int(),
    buckets: z.array(
      z.object({
        /** Unix seconds: the part is [from, from + bucketSeconds). */
        from: decimal,
        settledInferences: z.int(),
        settledBatches: z.int(),
        poolsWei: decimal,
        /** Paid by the epochs that were closed in it. */
        paidWei: decimal,
        /** Median over the batches that this node proved; null for none. */
        proveSeconds: z.number().nullable(),
      }),
    ),
  }),
})
export type OverviewView = z.infer<typeof overviewView>

export const circuitView = z.object({
  circuitId: hex,
  keyHash: hex,
  verifier: hex,
  traces: z.int(),
  contributors: z.int(),
  isRetired: z.boolean(),
  /** Code hash that the registry wants the verifier to have. */
  verifierCodeHash: hex,
  registration: placeView,
  /** Hash of the verification key that this node holds for the circuit; null when it holds none. It can prove only if it is `keyHash`. */
  nodeKeyHash: hex.nullable(),
  /** Whether this node holds its proving keys, and of which set-up. */
  setup: z.enum(['dev', 'production']).nullable(),
  shape: z.string().nullable(),
})
export type CircuitView = z.infer<typeof circuitView>

/** The verification key of a registered circuit, in the form of snarkjs; its hash is `keyHash`. */
export const circuitKeyView = z.object({
  circuitId: hex,
  keyHash: hex,
  setup: z.enum(['dev', 'production']),
  verificationKey: z.record(z.string(), z.unknown()),
})
export type CircuitKeyView = z.infer<typeof circuitKeyView>

export const policyView = z.object({
  policyId: decimal,
  /** Basis points of a fee, 10,000 together. */
  contributorsBps: z.int(),
  modelOwnerBps: z.int(),
  stakersBps: z.int(),
  proverBps: z.int(),
  treasuryBps: z.int(),
  treasury: hex,
  stakers: hex,
  /** Seconds. */
  epochLength: z.int(),
  sealWindow: z.int(),
  settleWindow: z.int(),
  publication: placeView,
})
export type PolicyView = z.infer<typeof policyView>

/** What a deployment is made of. */
export const contractsView = z.object({
  chainId: decimal,
  policyRegistry: hex,
  verifierRegistry: hex,
  modelRegistry: hex,
  epochLedger: hex,
  escrow: hex,
  policies: z.array(policyView),
  circuits: z.array(circuitView),
})
export type ContractsView = z.infer<typeof contractsView>

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
