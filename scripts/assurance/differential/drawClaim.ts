import type { Hex } from 'viem'
import { toHex } from 'viem'
import type { Groth16Proof } from '../../../src/proof/Groth16.ts'
import { SHAPE_NAMES, type Shape, shapeNamed } from '../../../src/shape.ts'
import type { BatchContext } from '../../../src/statement/context.ts'
import type { SettlementClaim } from '../../../src/statement/settlementClaim.ts'
import type { SeededRandom } from '../../randomBatch.ts'
import { extremeBits, extremeCommitment, randomAddress } from './extremes.ts'

/** Of no claim; where only the form of a proof matters. */
export const NO_PROOF: Groth16Proof = {
  protocol: 'groth16',
  curve: 'bn128',
  pi_a: ['1', '2', '1'],
  pi_b: [
    ['1', '2'],
    ['3', '4'],
    ['1', '0'],
  ],
  pi_c: ['5', '6', '1'],
}

/** What the escrow can be asked to believe; the earnings need not fit the pools, which the ledger decides. */
export function drawClaim(random: SeededRandom): SettlementClaim {
  const shape = drawShape(random)
  const count = random.integer(0, 3) === 0 ? random.pick([1, shape.traces]) : random.integer(1, shape.traces)
  const list = <Value>(length: number, value: () => Value) => Array.from({ length }, value)
  return {
    shape,
    context: drawContext(random),
    sealed: {
      requestIds: list(count, () => extremeBits(random, 256)),
      pools: list(count, () => extremeBits(random, 96)),
      inputCommitments: list(count, () => extremeCommitment(random)),
      outputCommitments: list(count, () => extremeCommitment(random)),
    },
    earnings: list(shape.contributors, () => drawEarning(random)),
    digest: extremeCommitment(random),
    weightsCommitment: extremeCommitment(random),
    indexCommitment: extremeCommitment(random),
  }
}

/** The registered shapes, others, and the largest that the contracts take. */
function drawShape(random: SeededRandom): Shape {
  const kind = random.integer(0, 9)
  if (kind < 4) return shapeNamed(random.pick(SHAPE_NAMES))
  const [traces, contributors] =
    kind === 4 ? [255, 64] : kind === 5 ? [1, 1] : [random.integer(1, 20), random.integer(1, 20)]
  return { name: 'drawn', traces: traces!, contributors: contributors!, classes: 2, features: 2 }
}

/** In -2^180 .. 2^180-1, the ends and whole wei more often. */
export function drawEarning(random: SeededRandom): bigint {
  const magnitude = extremeBits(random, 180)
  const rounded = random.integer(0, 2) === 0 ? (magnitude >> 64n) << 64n : magnitude
  return random.pick([rounded, -rounded, -rounded - 1n])
}

function drawContext(random: SeededRandom): BatchContext {
  const word = () => extremeBits(random, 256)
  return {
    chainId: word(),
    settlement: randomAddress(random),
    batchId: word(),
    circuitKeyHash: toHex(random.bigBits(256), { size: 32 }) as Hex,
    modelId: word(),
    modelVersion: word(),
    indexVersion: word(),
    policyId: word(),
    epochId: word(),
    prover: randomAddress(random),
  }
}
