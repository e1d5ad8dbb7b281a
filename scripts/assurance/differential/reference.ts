import { eventRows } from '../../../prover/indexing/eventRows.ts'
import { prepareInput } from '../../../prover/proving/prepareInput.ts'
import { settleArguments } from '../../../src/chain/settleBatch.ts'
import { bookBatch, earningWeiRoundedDown, poolOfFee } from '../../../src/statement/bookBatch.ts'
import { evaluatePolynomial, layOutX } from '../../../src/statement/buildStatement.ts'
import { computeChallenge, computeContext, hashBatch } from '../../../src/statement/context.ts'
import { netEpoch } from '../../../src/statement/netEpoch.ts'
import { derivePublicSignals } from '../../../src/statement/settlementClaim.ts'

/** The TypeScript side of every comparison. Handed in, so that a fault can be planted in one of them. */
export const REFERENCE = {
  prepareInput,
  hashBatch,
  computeContext,
  computeChallenge,
  layOutX,
  evaluatePolynomial,
  derivePublicSignals,
  settleArguments,
  poolOfFee,
  earningWeiRoundedDown,
  bookBatch,
  netEpoch,
  eventRows,
}
export type Reference = typeof REFERENCE
