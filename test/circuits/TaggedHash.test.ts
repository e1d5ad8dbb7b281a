import { beforeAll, describe, expect, test } from 'vitest'
import { seededRandom } from '../../scripts/randomBatch.ts'
import { FIELD_ORDER } from '../../src/field.ts'
import type { Shape } from '../../src/shape.ts'
import { HASH_TAGS, taggedHash } from '../../src/statement/taggedHash.ts'
import { type Circuit, expectNoCircuit, openCircuit, openSource, toInput } from './openCircuit.ts'

const SHAPE: Shape = { name: 'test', traces: 4, contributors: 3, classes: 2, features: 5 }
const USES = Object.keys(HASH_TAGS) as (keyof typeof HASH_TAGS)[]
const mainOf = (length: number, traces = SHAPE.traces) => ({
  template: 'hashing/TaggedHash',
  parameters: [HASH_TAGS.transcript, length, traces, SHAPE.contributors, SHAPE.classes, SHAPE.features],
  publicInputs: ['words'],
})
const open = (length: number) => openCircuit(mainOf(length))

const { bigBits } = seededRandom(2)
const randomWords = (length: number) => Array.from({ length }, () => bigBits(256) % FIELD_ORDER)

let two: Circuit
let chained: Circuit
beforeAll(async () => {
  two = await open(2)
  chained = await open(17)
})

describe('TaggedHash', () => {
  test.each([
    ['default', 2],
    ['behavior: one word', 1],
    ['behavior: a full block', 16],
    ['behavior: one word beyond a block', 17],
    ['behavior: two full blocks', 32],
    ['behavior: one word beyond two blocks', 33],
  ])('%s', async (_, length) => {
    const circuit = await open(length)
    const extremes = [Array<bigint>(length).fill(0n), Array<bigint>(length).fill(FIELD_ORDER - 1n)]
    for (const words of [randomWords(length), ...extremes]) {
      const witness = await circuit.expectPass(toInput({ words }))
      expect(witness.values[1]).toBe(taggedHash('transcript', words, SHAPE))
    }
  })

  test('behavior: another use, length or shape gives another hash', async () => {
    const dimensions = ['traces', 'contributors', 'classes', 'features'] as const
    const cases = [
      ...USES.map((use) => ({ use, words: [1n, 0n], shape: SHAPE })),
      ...dimensions.map((name) => ({ use: USES[0]!, words: [1n, 0n], shape: { ...SHAPE, [name]: SHAPE[name] + 1 } })),
      { use: USES[0]!, words: [1n], shape: SHAPE },
      { use: USES[0]!, words: [1n, 0n, 0n], shape: SHAPE },
    ]
    const hashes = cases.map(({ use, words, shape }, i) => {
      const { traces, contributors, classes, features } = shape
      const parameters = [`TAG_${use.toUpperCase()}()`, words.length, traces, contributors, classes, features].join(
        ', ',
      )
      const assign = words.map((word, w) => `hash${i}.words[${w}] <== ${word} * one;`).join(' ')
      return `component hash${i} = TaggedHash(${parameters}); ${assign} out[${i}] <== hash${i}.out;`
    })
    const source = `pragma circom 2.2.3;
include "hashing/TaggedHash.circom";
template ManyHashes() {
    signal input one;
    signal output out[${cases.length}];
    ${hashes.join('\n    ')}
}
`
    const witness = await (await openSource('ManyHashes', source, ['one'])).expectPass(toInput({ one: 1 }))
    const computed = witness.values.slice(1, 1 + cases.length)
    expect(computed).toEqual(cases.map(({ use, words, shape }) => taggedHash(use, words, shape)))
    expect(new Set(computed).size).toBe(cases.length)
  })

  test('behavior: the order of the words matters, within a block and across blocks', async () => {
    const words = randomWords(17)
    const swap = (i: number, j: number) => words.with(i, words[j]!).with(j, words[i]!)
    const hashes = await Promise.all(
      [words, swap(0, 1), swap(0, 16)].map(async (words) => (await chained.expectPass(toInput({ words }))).values[1]),
    )
    expect(new Set(hashes).size).toBe(3)
  })

  test('error: the result off by one', async () => {
    for (const [circuit, length] of [[two, 2] as const, [chained, 17] as const]) {
      const witness = await circuit.expectPass(toInput({ words: randomWords(length) }))
      witness.expectForgeryRejected({ out: witness.values[1]! + 1n }, 1)
    }
  })

  test('error: hashed under another tag or of another length', async () => {
    const words = randomWords(2)
    const lines = ['last.initialState <== fullBlocks == 0 ? hashDomain(tag, n, B, K, C, H)']
    for (const other of ['tag + 1, n, B', 'tag, n + 1, B', 'tag, n, B + 1']) {
      const rewrites = Object.fromEntries(lines.map((line) => [line, line.replace('tag, n, B', other)]))
      const forged = await two.forge(toInput({ words }), { 'hashing/TaggedHash': rewrites })
      // The domain is a constant, so its first S-box is one too; after the first mix it stands in all three S-boxes, and each takes its input
      // twice: to square it and to complete the fifth power.
      forged.expectRejected(6)
    }
  })

  test('error: a second block that does not continue the first', async () => {
    const forged = await chained.forge(toInput({ words: randomWords(17) }), {
      'hashing/TaggedHash': {
        ': full[fullBlocks - 1].out[0];': ': full[fullBlocks - 1].out[0] + 1;',
      },
    })
    forged.expectRejected(2)
  })

  test('error: another word absorbed than the one that is given', async () => {
    const forged = await chained.forge(toInput({ words: randomWords(17) }), {
      'hashing/TaggedHash': { 'words[16 * fullBlocks + i];': 'words[16 * fullBlocks + i] + 1;' },
    })
    forged.expectRejected(2)
  })

  test('error: no words, or a field of the domain beyond its 32 bits: does not compile', async () => {
    await expectNoCircuit(mainOf(0))
    await expectNoCircuit(mainOf(1, 2 ** 32))
  })

  test('behavior: no wire is free', async () => {
    ;(await two.expectPass(toInput({ words: randomWords(2) }))).expectNoFreeWire()
    ;(await chained.expectPass(toInput({ words: randomWords(17) }))).expectNoFreeWire()
  })
})
