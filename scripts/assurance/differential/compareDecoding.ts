import { decodeFunctionData, encodeFunctionData } from 'viem'
import { inferenceEscrowAbi } from '../../../src/chain/abi.ts'
import { InvalidInputError } from '../../../src/errors.ts'
import { FIELD_ORDER } from '../../../src/field.ts'
import { fromEvmProof } from '../../../src/proof/evmProof.ts'
import { SHAPE_NAMES } from '../../../src/shape.ts'
import { EARNING_OFFSET } from '../../../src/statement/buildStatement.ts'
import {
  parseSettlementClaim,
  type SettlementClaim,
  settlementClaimToJson,
} from '../../../src/statement/settlementClaim.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'
import { type SeededRandom, seededRandom } from '../../randomBatch.ts'
import { type Answer, askContracts, type Question, type Refusal } from './askContracts.ts'
import { drawClaim, NO_PROOF } from './drawClaim.ts'
import { firstDifference, type Mismatch } from './Mismatch.ts'
import type { Contract } from './openEvm.ts'
import type { Reference } from './reference.ts'
import type { Comparison } from './Setting.ts'

/**
 * What is refused: claims with up to three faults, in TypeScript, as JSON and in Solidity. All must refuse the same ones, and the first error, with
 * its arguments, must be the same. Calldata of `settle` is read back as well.
 */
export const compareDecoding: Comparison = async ({ reference, market, harness }, seeds, tally) => {
  const comparison = 'TypeScript and Solidity on what is refused'
  const inTypeScript: Mismatch[] = []
  const draw = (seed: number) => {
    const random = seededRandom(seed)
    const claim = drawFaultyClaim(random)
    const answer = answerInTypeScript(reference, claim)
    const difference = differenceOfJson(claim, answer) ?? differenceOfCalldata(reference, claim)
    if (difference !== undefined) inTypeScript.push({ comparison, seed, difference })
    return [dataVectorQuestion(harness, reference, claim, answer), ...earningQuestions(harness, claim)]
  }
  const onChain = await askContracts(market.evm, comparison, seeds, draw, tally)
  return [...inTypeScript, ...onChain]
}

const WORD_END = 2n ** 256n - 1n

/** A claim with none to three faults of the kinds that Solidity has an error for. */
function drawFaultyClaim(random: SeededRandom): SettlementClaim {
  const claim = drawClaim(random)
  const lists = {
    pools: [...claim.sealed.pools],
    inputCommitments: [...claim.sealed.inputCommitments],
    outputCommitments: [...claim.sealed.outputCommitments],
    requestIds: [...claim.sealed.requestIds],
  }
  const earnings = [...claim.earnings]
  const anywhere = (values: readonly unknown[]) => random.integer(0, Math.max(0, values.length - 1))
  const faults: (() => void)[] = [
    () => {
      lists.pools[anywhere(lists.pools)] = random.pick([2n ** 96n, 2n ** 96n + 1n, 2n ** 255n, WORD_END])
    },
    () => {
      const list = random.pick([lists.inputCommitments, lists.outputCommitments])
      list[anywhere(list)] = random.pick([0n, FIELD_ORDER, FIELD_ORDER + 1n, 2n ** 255n, WORD_END])
    },
    () => {
      earnings[anywhere(earnings)] = random.pick([2n ** 181n, 2n ** 181n + 1n, 2n ** 255n, WORD_END]) - EARNING_OFFSET
    },
    () => {
      if (random.integer(0, 1) === 0) earnings.push(0n)
      else earnings.pop()
    },
    () => {
      const list = random.pick([lists.inputCommitments, lists.outputCommitments])
      if (random.integer(0, 1) === 0) list.push(1n)
      else list.pop()
    },
    () => {
      // One slot more than the circuit has.
      while (lists.requestIds.length <= claim.shape.traces) {
        lists.requestIds.push(random.bigBits(64))
        for (const list of [lists.pools, lists.inputCommitments, lists.outputCommitments]) list.push(1n)
      }
    },
  ]
  for (let i = random.integer(0, 3); i > 0; i--) random.pick(faults)()
  return { ...claim, sealed: lists, earnings }
}

function answerInTypeScript(reference: Reference, claim: SettlementClaim): Answer {
  try {
    reference.derivePublicSignals(claim)
    return { returned: reference.layOutX(claim.sealed, claim.earnings, claim.shape) }
  } catch (error) {
    return refusalOf(error, claim)
  }
}

/** The contract's error for an error of derivePublicSignals. */
function refusalOf(error: unknown, { shape, sealed, earnings }: SettlementClaim): Refusal {
  if (!(error instanceof InvalidInputError)) throw error
  const [, list, position] = error.field.match(/(\w+)\[(\d+)\]$/) ?? []
  const value = error.value as bigint
  if (list === 'pools') return { error: 'PoolNotCanonical', args: [BigInt(position!), value] }
  if (list?.endsWith('Commitments')) return { error: 'CommitmentNotCanonical', args: [BigInt(position!), value] }
  if (list === 'earnings') return { error: 'EarningNotCanonical', args: [BigInt(position!), value + EARNING_OFFSET] }
  if (error.field === 'sealed.requestIds.length') {
    return { error: 'TooManyLeaves', args: [BigInt(sealed.requestIds.length), BigInt(shape.traces)] }
  }
  if (error.field === 'earnings.length') {
    return { error: 'EarningsLengthMismatch', args: [BigInt(earnings.length), BigInt(shape.contributors)] }
  }
  const { pools, inputCommitments, outputCommitments } = sealed
  const lengths = [pools, inputCommitments, outputCommitments].map(({ length }) => BigInt(length))
  return { error: 'LeavesLengthMismatch', args: lengths }
}

function dataVectorQuestion(
  contract: Contract,
  reference: Reference,
  claim: SettlementClaim,
  expected: Answer,
): Question {
  const { sealed, shape } = claim
  const encoded = reference.settleArguments({ claim, proof: NO_PROOF })[3]
  const args = [sealed, encoded, BigInt(shape.traces), BigInt(shape.contributors)]
  return { field: 'dataVector', contract, functionName: 'dataVector', args, expected }
}

/** The first earnings for themselves, as the ledger decodes them. */
function earningQuestions(contract: Contract, { earnings }: SettlementClaim): Question[] {
  return earnings.slice(0, 3).map((earning, slot) => {
    const args = [earning + EARNING_OFFSET, BigInt(slot)]
    const isCanonical = earning >= -EARNING_OFFSET && earning < EARNING_OFFSET
    const expected = isCanonical
      ? { returned: earning }
      : { error: 'EarningNotCanonical', args: [BigInt(slot), args[0]] }
    return { field: 'decodeEarning', contract, functionName: 'decodeEarning', args, expected }
  })
}

/** A claim that was accepted comes back from JSON as it was; one that was refused is refused from JSON too. */
function differenceOfJson(claim: SettlementClaim, answer: Answer) {
  if (!SHAPE_NAMES.some((name) => name === claim.shape.name)) return undefined // JSON names the shape
  let fromJson: unknown
  try {
    fromJson = parseSettlementClaim(JSON.parse(toJson(settlementClaimToJson(claim))))
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    return firstDifference('acceptance of the JSON form', 'returned' in answer, false)
  }
  // What only the whole claim shows (lengths, a commitment of zero) is left to derivePublicSignals.
  return 'returned' in answer ? firstDifference('claim from JSON', claim, fromJson) : undefined
}

/** The arguments of `settle` read back from its calldata. */
function differenceOfCalldata(reference: Reference, claim: SettlementClaim) {
  const args = reference.settleArguments({ claim, proof: NO_PROOF })
  const data = encodeFunctionData({ abi: inferenceEscrowAbi, functionName: 'settle', args })
  const { args: decoded } = decodeFunctionData({ abi: inferenceEscrowAbi, data })
  const [batchId, prover, sealed, encoded, digest, proof] = decoded as typeof args
  const readBack = {
    context: { ...claim.context, batchId, prover },
    sealed,
    earnings: encoded.map((earning) => earning - EARNING_OFFSET),
    digest,
    proof: fromEvmProof(proof),
  }
  const { context, earnings } = claim
  const written = { context, sealed: claim.sealed, earnings, digest: claim.digest, proof: NO_PROOF }
  return firstDifference('calldata', written, readBack)
}
