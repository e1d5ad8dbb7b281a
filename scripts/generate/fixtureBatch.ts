import type { Hex } from 'viem'
import { shapeNamed } from '../../src/shape.ts'
import { computeLogits, predictLabel } from '../../src/statement/attributeTrace.ts'
import type { Trace, TraceBatch } from '../../src/statement/buildStatement.ts'

/**
 * The batch that the forge tests settle with a real proof: three traces in the four slots of `tiny`, on the first model, first epoch, first batch
 * of a fresh deployment whose escrow stands at a fixed address.
 */
export function fixtureBatch(circuitKeyHash: Hex): { batch: TraceBatch; feesWei: bigint[] } {
  const shape = shapeNamed('tiny')
  const head = [
    [120, -45, 300, 7, 10],
    [-200, 90, 15, 60, -20],
    [33, 150, -260, -80, 5],
  ]
  const vectors = [
    [
      [127, -20, 44, 9, -3],
      [-60, 31, 5, -12, 8],
      [-67, -11, -49, 3, -5],
    ],
    [
      [-30, 64, -127, 2, 11],
      [18, -75, 90, 41, -6],
      [12, 11, 37, -43, -5],
    ],
    [
      [55, 3, -8, -100, 21],
      [-127, 40, 66, 70, -9],
      [72, -43, -58, 30, -12],
    ],
  ]
  const index = { vectors, scales: [65535, 41200, 9800] }
  const feesWei = [10n ** 18n, 2n * 10n ** 18n, 1_500_000_000_000_000_001n]
  const features = [
    [90, -12, 77, 3, 127],
    [-64, 101, -33, 18, 127],
    [5, 44, -120, -9, 127],
  ]
  const traces = features.map((h, b): Trace => {
    const label = predictLabel(computeLogits(head, h))
    // Salts are public here, so this batch hides nothing.
    const salts = { inputSalt: 1001n + BigInt(b), outputSalt: 2001n + BigInt(b) }
    return { requestId: BigInt(b + 1), poolWei: feesWei[b]! / 2n, features: h, label, ...salts }
  })
  const context = {
    chainId: 31337n,
    settlement: '0x000000000000000000000000000000000000e5c0',
    batchId: 1n,
    circuitKeyHash,
    modelId: 1n,
    modelVersion: 1n,
    indexVersion: 1n,
    policyId: 1n,
    epochId: 1n,
    prover: '0x0000000000000000000000000000000000000bb0',
  } as const
  return { batch: { shape, head, index, traces, batchSalt: 3001n, context }, feesWei }
}
