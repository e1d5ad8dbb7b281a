import { createHash } from 'node:crypto'
import type { Hex } from 'viem'
import { shapeNamed } from '../../src/shape.ts'
import { computeLogits, predictLabel } from '../../src/statement/attributeTrace.ts'
import type { Trace, TraceBatch } from '../../src/statement/buildStatement.ts'

/** A batch that the forge tests settle with a real proof, and what was paid for each of its traces. */
type FixtureBatch = { readonly batch: TraceBatch; readonly feesWei: readonly bigint[] }

/** Each is on the first model and the first epoch of a fresh deployment whose escrow stands at a fixed address. */
export const fixtureBatches = { tiny: tinyBatch, standard: standardBatch } as const

const contextOf = (circuitKeyHash: Hex, batchId: bigint): TraceBatch['context'] => ({
  chainId: 31337n,
  settlement: '0x000000000000000000000000000000000000e5c0',
  batchId,
  circuitKeyHash,
  modelId: 1n,
  modelVersion: 1n,
  indexVersion: 1n,
  policyId: 1n,
  epochId: 1n,
  prover: '0x0000000000000000000000000000000000000bb0',
})

/** Three traces in the four slots of `tiny`, the first batch. */
function tinyBatch(circuitKeyHash: Hex): FixtureBatch {
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
  return { batch: { shape, head, index, traces, batchSalt: 3001n, context: contextOf(circuitKeyHash, 1n) }, feesWei }
}

/**
 * Every slot of `standard` filled, with numbers drawn from hashes: whole ranges, and fees that are not round. The second batch, so that its gas is
 * that of an epoch under way.
 */
function standardBatch(circuitKeyHash: Hex): FixtureBatch {
  const shape = shapeNamed('standard')
  const draw = (name: string) => createHash('sha256').update(`poa/fixture/standard/${name}`).digest()
  const salt = (name: string) => BigInt(`0x${draw(name).subarray(1).toString('hex')}`)
  const integer = (name: string, bound: number) => (draw(name).readUInt32BE() % (2 * bound + 1)) - bound
  const list = <Item>(length: number, item: (i: number) => Item) => Array.from({ length }, (_, i) => item(i))
  const { traces: B, contributors: K, classes: C, features: H } = shape
  // Weights as small as trained ones, so that every competitor has a part in the gradient.
  const head = list(C, (k) => list(H, (j) => integer(`weight ${k} ${j}`, 40)))
  const index = {
    vectors: list(K, (c) => list(C, (k) => list(H, (j) => integer(`vector ${c} ${k} ${j}`, 127)))),
    scales: list(K, (c) => draw(`scale ${c}`).readUInt16BE()),
  }
  const feesWei = list(B, (b) => 10n ** 15n + draw(`fee ${b}`).readBigUInt64BE())
  const traces = list(B, (b): Trace => {
    const features = [...list(H - 1, (j) => integer(`feature ${b} ${j}`, 127)), 127]
    const label = predictLabel(computeLogits(head, features))
    const salts = { inputSalt: salt(`input ${b}`), outputSalt: salt(`output ${b}`) }
    return { requestId: BigInt(B + b + 1), poolWei: feesWei[b]! / 2n, features, label, ...salts }
  })
  const context = contextOf(circuitKeyHash, 2n)
  return { batch: { shape, head, index, traces, batchSalt: salt('batch'), context }, feesWei }
}
