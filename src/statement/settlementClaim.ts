import { z } from 'zod'
import { InvalidInputError } from '../errors.ts'
import { requireFieldElement } from '../field.ts'
import type { Shape } from '../shape.ts'
import { requireEarningsWithinPools } from './bookBatch.ts'
import {
  EARNING_OFFSET,
  evaluatePolynomial,
  layOutX,
  POOL_BOUND,
  type PublicSignals,
  type Statement,
} from './buildStatement.ts'
import {
  type BatchContext,
  computeChallenge,
  computeContext,
  hashBatch,
  requireContext,
  requireUint256,
  type SealedTraces,
} from './context.ts'
import { batchContext, fieldElement, identifier, parseStrictly, shape, wei } from './traceBatchSchema.ts'

/**
 * What a settlement says in public: the sealed batch, the earnings claimed for it, and what ties them to one place on one chain. Together with a
 * proof it is all that anyone needs for checking; it holds nothing private.
 */
export type SettlementClaim = {
  readonly shape: Shape
  readonly context: BatchContext
  readonly sealed: SealedTraces
  /** K signed integers in 2^-64 wei. */
  readonly earnings: readonly bigint[]
  readonly digest: bigint
  readonly weightsCommitment: bigint
  readonly indexCommitment: bigint
}

const signedEarning = z
  .string('a string: an integer')
  .regex(/^(0|-?[1-9]\d{0,54})$/, 'an integer in -2^180 .. 2^180-1, as a decimal string')
  .transform((text) => BigInt(text))
  .refine((value) => value >= -EARNING_OFFSET && value < EARNING_OFFSET, 'an integer in -2^180 .. 2^180-1')

const settlementClaim = z.strictObject({
  shape: shape,
  context: batchContext,
  sealed: z.strictObject({
    requestIds: z.array(identifier),
    pools: z.array(wei),
    inputCommitments: z.array(fieldElement),
    outputCommitments: z.array(fieldElement),
  }),
  earnings: z.array(signedEarning),
  digest: fieldElement,
  weightsCommitment: fieldElement,
  indexCommitment: fieldElement,
})

/** The claim that an honest prover makes. */
export function claimOf(shape: Shape, context: BatchContext, statement: Statement): SettlementClaim {
  const { digest, weightsCommitment, indexCommitment } = statement.publicSignals
  return {
    shape,
    context,
    sealed: statement.sealed,
    earnings: statement.earnings,
    digest,
    weightsCommitment,
    indexCommitment,
  }
}

/**
 * The public signals that the contract derives from a claim: it never takes challenge, evaluation or context from the prover.
 * @throws InvalidInputError when the lists do not fit the shape, or an entry of X is not canonical: x and x + r would give the same signals
 */
export function derivePublicSignals(claim: SettlementClaim): PublicSignals {
  requireClaim(claim)
  const { sealed, shape, digest, weightsCommitment, indexCommitment } = claim
  const x = layOutX(sealed, claim.earnings, shape)
  const context = computeContext(claim.context, hashBatch(sealed))
  const challenge = computeChallenge(context, digest, weightsCommitment, indexCommitment, x)
  return {
    digest,
    evaluation: evaluatePolynomial(x, challenge),
    weightsCommitment,
    indexCommitment,
    challenge,
    context,
  }
}

/** What the escrow refuses before it derives anything, and what JSON would not have let in. */
function requireClaim(claim: SettlementClaim): void {
  const { sealed, shape } = claim
  requireContext(claim.context)
  for (const field of ['digest', 'weightsCommitment', 'indexCommitment'] as const)
    requireFieldElement(field, claim[field])
  const count = sealed.requestIds.length
  if (count < 1 || count > shape.traces)
    throw new InvalidInputError('sealed.requestIds.length', `1 .. ${shape.traces}`, count)
  for (const list of ['pools', 'inputCommitments', 'outputCommitments'] as const) {
    if (sealed[list].length !== count)
      throw new InvalidInputError(`sealed.${list}.length`, `${count}`, sealed[list].length)
  }
  if (claim.earnings.length !== shape.contributors) {
    throw new InvalidInputError('earnings.length', `${shape.contributors}`, claim.earnings.length)
  }
  for (const [b, requestId] of sealed.requestIds.entries()) requireUint256(`sealed.requestIds[${b}]`, requestId)
  for (const [b, pool] of sealed.pools.entries()) {
    if (pool < 0n || pool >= POOL_BOUND) throw new InvalidInputError(`sealed.pools[${b}]`, 'wei in 0 .. 2^96-1', pool)
  }
  for (const list of ['inputCommitments', 'outputCommitments'] as const) {
    for (const [b, commitment] of sealed[list].entries()) {
      requireFieldElement(`sealed.${list}[${b}]`, commitment)
      // Zero marks an empty slot; the contract refuses it in a filled one.
      if (commitment === 0n) throw new InvalidInputError(`sealed.${list}[${b}]`, 'in 1 .. r-1', commitment)
    }
  }
  for (const [c, earning] of claim.earnings.entries()) {
    if (earning < -EARNING_OFFSET || earning >= EARNING_OFFSET) {
      throw new InvalidInputError(`earnings[${c}]`, 'an integer in -2^180 .. 2^180-1', earning)
    }
  }
}

/**
 * The ledger's own bounds on a claim.
 * @throws InvalidInputError as requireEarningsWithinPools does
 */
export function requireBoundedEarnings({ sealed, earnings }: SettlementClaim): void {
  requireEarningsWithinPools(
    earnings,
    sealed.pools.reduce((sum, pool) => sum + pool, 0n),
  )
}

/** @throws InvalidInputError for the first value that does not fit */
export function parseSettlementClaim(json: unknown): SettlementClaim {
  return parseStrictly(settlementClaim, json, 'public')
}

/** The JSON form, with the shape by its name. */
export function settlementClaimToJson(claim: SettlementClaim): object {
  return { ...claim, shape: claim.shape.name }
}
