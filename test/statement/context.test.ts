import { concat, type Hex, keccak256, numberToHex, pad, toBytes } from 'viem'
import { describe, expect, test } from 'vitest'
import { TEST_CONTEXT } from '../../scripts/randomBatch.ts'
import {
  type BatchContext,
  computeChallenge,
  computeContext,
  hashBatch,
  type SealedTraces,
} from '../../src/statement/context.ts'

const sealed: SealedTraces = {
  requestIds: [11n, 12n, 13n],
  pools: [5n, 6n, 7n],
  inputCommitments: [101n, 102n, 103n],
  outputCommitments: [201n, 202n, 203n],
}
const BATCH_HASH = hashBatch(sealed)

const word = (value: bigint | number) => numberToHex(BigInt(value), { size: 32 })
const list = (values: readonly bigint[]) => [word(values.length), ...values.map(word)]
const shortened = (bytes: Hex) => BigInt(keccak256(bytes)) >> 8n

describe('hashBatch', () => {
  test('default: keccak256 of the abi encoding, word by word', () => {
    const lists = [sealed.requestIds, sealed.pools, sealed.inputCommitments, sealed.outputCommitments]
    // A count and four offsets, each list taking its length and three words.
    const offsets = lists.map((_, i) => word((5 + 4 * i) * 32))
    expect(BATCH_HASH).toBe(keccak256(concat([word(3), ...offsets, ...lists.flatMap(list)])))
  })

  test('behavior: order, lengths and lists all count', () => {
    const swap = ([a, b, ...rest]: readonly bigint[]) => [b!, a!, ...rest]
    const names = ['requestIds', 'pools', 'inputCommitments', 'outputCommitments'] as const
    const variants: SealedTraces[] = [
      sealed,
      ...names.map((name) => ({ ...sealed, [name]: swap(sealed[name]) })),
      ...names.map((name) => ({ ...sealed, [name]: sealed[name].with(2, 0n) })),
      { ...sealed, pools: sealed.inputCommitments, inputCommitments: sealed.pools },
      { ...sealed, inputCommitments: sealed.outputCommitments, outputCommitments: sealed.inputCommitments },
      Object.fromEntries(names.map((name) => [name, swap(sealed[name])])) as unknown as SealedTraces,
      Object.fromEntries(names.map((name) => [name, sealed[name].slice(0, 2)])) as unknown as SealedTraces,
      Object.fromEntries(names.map((name) => [name, [...sealed[name], 0n]])) as unknown as SealedTraces,
    ]
    expect(new Set(variants.map(hashBatch)).size).toBe(variants.length)
  })
})

describe('computeContext', () => {
  test('default: keccak256 of twelve words, without its last byte', () => {
    const c = {
      ...TEST_CONTEXT,
      batchId: 2n,
      modelId: 3n,
      modelVersion: 4n,
      indexVersion: 5n,
      policyId: 6n,
      epochId: 7n,
    }
    const words = [
      keccak256(toBytes('poa/context/v1')),
      word(c.chainId),
      pad(c.settlement, { size: 32 }),
      word(c.batchId),
      BATCH_HASH,
      c.circuitKeyHash,
      word(c.modelId),
      word(c.modelVersion),
      word(c.indexVersion),
      word(c.policyId),
      word(c.epochId),
      pad(c.prover, { size: 32 }),
    ]
    expect(computeContext(c, BATCH_HASH)).toBe(shortened(concat(words)))
  })

  const other: Record<keyof BatchContext, bigint | Hex> = {
    chainId: 1n,
    settlement: '0x5fbdb2315678afecb367f032d93f642f64180aa4',
    batchId: 2n,
    circuitKeyHash: `0x${'ab'.repeat(31)}ac`,
    modelId: 2n,
    modelVersion: 2n,
    indexVersion: 2n,
    policyId: 2n,
    epochId: 2n,
    prover: '0x70997970c51812dc3a010c7d01b50e0d17dc79c9',
  }
  test('behavior: each of the ten fields, and each of the four lists of the batch, changes it alone', () => {
    const variants = Object.entries(other).map(([field, value]) =>
      computeContext({ ...TEST_CONTEXT, [field]: value }, BATCH_HASH),
    )
    const lists = Object.keys(sealed).map((name) =>
      computeContext(TEST_CONTEXT, hashBatch({ ...sealed, [name]: [11n, 6n, 99n] })),
    )
    const all = [computeContext(TEST_CONTEXT, BATCH_HASH), ...variants, ...lists]
    expect(all).toHaveLength(15)
    expect(new Set(all).size).toBe(15)
    expect(all.every((value) => value >= 0n && value < 2n ** 248n)).toBe(true)
  })

  test('behavior: neighbouring fields cannot be traded for each other', () => {
    const fields = ['modelId', 'modelVersion', 'indexVersion', 'policyId', 'epochId'] as const
    const variants = fields.map((field) => computeContext({ ...TEST_CONTEXT, [field]: 7n }, BATCH_HASH))
    expect(new Set(variants).size).toBe(fields.length)
  })

  test('behavior: how an address is written does not matter', () => {
    const lowerCase = {
      ...TEST_CONTEXT,
      settlement: TEST_CONTEXT.settlement.toLowerCase() as Hex,
      prover: TEST_CONTEXT.prover.toLowerCase() as Hex,
    }
    expect(computeContext(lowerCase, BATCH_HASH)).toBe(computeContext(TEST_CONTEXT, BATCH_HASH))
  })
})

describe('computeChallenge', () => {
  const x = [1n, 0n, 2n ** 181n - 1n]

  test('default: keccak256 of tag, context, digest, both commitments and X, without its last byte', () => {
    const words = [keccak256(toBytes('poa/challenge/v1')), word(1), word(2), word(3), word(4), word(6 * 32), ...list(x)]
    expect(computeChallenge(1n, 2n, 3n, 4n, x)).toBe(shortened(concat(words)))
  })

  test('behavior: everything under the hash counts, the digest above all', () => {
    const variants = [
      computeChallenge(1n, 2n, 3n, 4n, x),
      computeChallenge(9n, 2n, 3n, 4n, x),
      computeChallenge(1n, 9n, 3n, 4n, x),
      computeChallenge(1n, 2n, 9n, 4n, x),
      computeChallenge(1n, 2n, 3n, 9n, x),
      computeChallenge(1n, 2n, 4n, 3n, x),
      ...x.map((value, i) => computeChallenge(1n, 2n, 3n, 4n, x.with(i, value + 1n))),
      computeChallenge(1n, 2n, 3n, 4n, [...x, 0n]),
      computeChallenge(1n, 2n, 3n, 4n, x.slice(0, 2)),
      computeChallenge(1n, 2n, 3n, 4n, x.toReversed()),
    ]
    expect(new Set(variants).size).toBe(variants.length)
    expect(variants.every((value) => value < 2n ** 248n)).toBe(true)
  })
})
