import type { SettlementClaim } from '../../../src/statement/settlementClaim.ts'
import { type SeededRandom, seededRandom } from '../../randomBatch.ts'
import { askContracts, type Question } from './askContracts.ts'
import { drawClaim, NO_PROOF } from './drawClaim.ts'
import { extremeBits } from './extremes.ts'
import type { Contract } from './openEvm.ts'
import type { Reference } from './reference.ts'
import type { Comparison } from './Setting.ts'

/** TypeScript against Solidity's AttributionStatement: each claim's batch hash, context, X, challenge, evaluation and earnings in wei. */
export const compareStatements: Comparison = ({ reference, market, harness }, seeds, tally) => {
  const draw = (seed: number) => {
    const random = seededRandom(seed)
    return [...statementQuestions(harness, reference, drawClaim(random)), ...looseQuestions(harness, reference, random)]
  }
  return askContracts(market.evm, 'TypeScript and Solidity on a statement', seeds, draw, tally)
}

/** Every step from a claim to its public signals, each asked for itself. */
export function statementQuestions(harness: Contract, reference: Reference, claim: SettlementClaim): Question[] {
  const { shape, sealed, earnings } = claim
  const ask = askHarness(harness)
  const signals = reference.derivePublicSignals(claim)
  const batchHash = reference.hashBatch(sealed)
  const x = reference.layOutX(sealed, earnings, shape)
  const encoded = reference.settleArguments({ claim, proof: NO_PROOF })[3]
  const { digest, weightsCommitment, indexCommitment, challenge, context } = signals
  return [
    ask('batchHash', [sealed], batchHash),
    ask('contextSignal', [{ ...claim.context, batchHash }], context),
    ask('dataVector', [sealed, encoded, BigInt(shape.traces), BigInt(shape.contributors)], x),
    ask('challengeSignal', [context, digest, weightsCommitment, indexCommitment, x], challenge),
    ask('evaluationSignal', [x, challenge], signals.evaluation),
    ...earnings
      .slice(0, 4)
      .flatMap((earning, slot) => [
        ask('decodeEarning', [encoded[slot]!, BigInt(slot)], earning),
        ask('earningWeiRoundedDown', [earning], reference.earningWeiRoundedDown(earning)),
      ]),
  ]
}

/** The functions with arguments that no settlement gives them: lists of unequal lengths, words and points beyond r. */
function looseQuestions(harness: Contract, reference: Reference, random: SeededRandom): Question[] {
  const ask = askHarness(harness)
  const words = () => Array.from({ length: random.integer(0, 9) }, () => extremeBits(random, 256))
  const leaves = { requestIds: words(), pools: words(), inputCommitments: words(), outputCommitments: words() }
  const x = words()
  const point = extremeBits(random, 256)
  return [
    ask('batchHash', [leaves], reference.hashBatch(leaves)),
    ask('evaluationSignal', [x, point], reference.evaluatePolynomial(x, point)),
    ask('challengeSignal', [point, point, point, point, x], reference.computeChallenge(point, point, point, point, x)),
  ]
}

function askHarness(contract: Contract) {
  return (functionName: string, args: readonly unknown[], returned: unknown): Question => ({
    field: functionName,
    contract,
    functionName,
    args,
    expected: { returned },
  })
}
