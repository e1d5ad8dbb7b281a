import * as circomlibjs from 'circomlibjs'
import { describe, expect, test } from 'vitest'
import { randomBatch, seededRandom } from '../../scripts/randomBatch.ts'
import { FIELD_ORDER } from '../../src/field.ts'
import { type Shape, shapeNamed } from '../../src/shape.ts'
import { commitIndex, commitInput, commitOutput, commitWeights } from '../../src/statement/commitments.ts'
import { packWords, shiftSigned } from '../../src/statement/packWords.ts'
import { HASH_TAGS, taggedHash } from '../../src/statement/taggedHash.ts'

const tiny = shapeNamed('tiny')
const small = shapeNamed('small')
const counting = (length: number) => Array.from({ length }, (_, i) => BigInt(i + 1))

/** Of the words 1, 2, ..., n. They may never change: what is registered on chain stands under them. */
const vectors: [keyof typeof HASH_TAGS, number, Shape, bigint][] = [
  ['weights', 1, tiny, 9662955085596105702350634092034037480743308294600706474722792051142863371609n],
  ['index', 16, tiny, 3269963536039751294520716032232906568941797684983448775231170344936798040229n],
  ['input', 17, tiny, 3001833031292195667977962437654944514806041544277449372976834490998866143353n],
  ['output', 2, tiny, 10878987960783592184579252491802448713226667174411698560835156486462370423381n],
  ['transcript', 33, tiny, 86644452717725300454669945999941037894212782105382068458785632442505304387n],
  ['challenge', 1, small, 14893423895789110369220376306292895937895036034168231294960843952566365877000n],
  ['weights', 9, small, 16589928726115428998585231213861790464198663442976101701050155965134202834332n],
]

type ReferencePoseidon = {
  readonly F: { e(value: bigint): unknown; toObject(element: unknown): bigint }
  (words: readonly bigint[], state: unknown): unknown
}
const { buildPoseidonReference } = circomlibjs as unknown as { buildPoseidonReference(): Promise<ReferencePoseidon> }

/** The definition once more, over the other Poseidon of circomlibjs, with the state spelt out in 32-bit fields. */
async function definition(tag: number, words: readonly bigint[], shape: Shape): Promise<bigint> {
  const poseidon = await buildPoseidonReference()
  const hex = [tag, 1, words.length, shape.traces, shape.contributors, shape.classes, shape.features]
    .map((field) => field.toString(16).padStart(8, '0'))
    .join('')
  let state = BigInt(`0x${hex}`)
  for (let at = 0; at < words.length; at += 16) {
    state = poseidon.F.toObject(poseidon(words.slice(at, at + 16), poseidon.F.e(state)))
  }
  return state
}

describe('taggedHash', () => {
  test.each(vectors)('default: %s of %i words', async (use, length, shape, expected) => {
    expect(taggedHash(use, counting(length), shape)).toBe(expected)
    expect(await definition(HASH_TAGS[use], counting(length), shape)).toBe(expected)
  })

  test('behavior: every use, length and dimension of the shape is a domain of its own', () => {
    const words = counting(5)
    const uses = Object.keys(HASH_TAGS) as (keyof typeof HASH_TAGS)[]
    const shapes = (['traces', 'contributors', 'classes', 'features'] as const).map((dimension) => ({
      ...tiny,
      [dimension]: tiny[dimension] + 1,
    }))
    const hashes = [
      ...uses.map((use) => taggedHash(use, words, tiny)),
      ...shapes.map((shape) => taggedHash('weights', words, shape)),
      // A zero more is another message, and so is a block of zeros.
      taggedHash('weights', [...words, 0n], tiny),
      taggedHash('weights', [...words, ...Array<bigint>(11).fill(0n)], tiny),
      taggedHash('weights', [...words, ...Array<bigint>(27).fill(0n)], tiny),
      taggedHash('weights', words.toReversed(), tiny),
    ]
    expect(uses).toHaveLength(6)
    expect(new Set(hashes).size).toBe(hashes.length)
    expect(hashes.every((hash) => hash > 0n && hash < FIELD_ORDER)).toBe(true)
  })

  test('behavior: a word of any position in any block counts', () => {
    const words = counting(34)
    const hashes = words.map((word, i) => taggedHash('transcript', words.with(i, word + 100n), tiny))
    expect(new Set([...hashes, taggedHash('transcript', words, tiny)]).size).toBe(35)
  })
})

describe('packWords', () => {
  test('default: the first value stands lowest, as many as 252 bits take', () => {
    expect(packWords([1n, 2n, 3n], 8)).toEqual([0x030201n])
    expect(packWords(Array<bigint>(32).fill(255n), 8)).toEqual([2n ** 248n - 1n, 255n])
    expect(packWords([5n, 6n], 252)).toEqual([5n, 6n])
    expect(packWords([], 8)).toEqual([])
  })

  test('behavior: signed values are shifted to the middle of their bits', () => {
    expect([-128n, -1n, 0n, 127n].map((value) => shiftSigned(value, 8))).toEqual([0n, 127n, 128n, 255n])
  })
})

describe('commitments', () => {
  const batch = randomBatch(tiny, seededRandom(5), { traces: 1 })
  const [{ features, label, inputSalt, outputSalt }] = batch.traces as [(typeof batch.traces)[0]]

  test('default: each is the tagged hash of the packed values, the salt last', () => {
    const bytes = features.reduceRight((word, value) => (word << 8n) + BigInt(value + 128), 0n)
    expect(commitInput(features, inputSalt, tiny)).toBe(taggedHash('input', [bytes, inputSalt], tiny))
    expect(commitOutput(label, outputSalt, tiny)).toBe(taggedHash('output', [BigInt(label), outputSalt], tiny))
    const weights = batch.head.flat().reduceRight((word, value) => (word << 16n) + BigInt(value + 32768), 0n)
    expect(commitWeights(batch.head, tiny)).toBe(taggedHash('weights', [weights], tiny))
  })

  test('behavior: one changed entry anywhere changes the commitment of a model', () => {
    const heads = batch.head.flatMap((row, k) =>
      row.map((weight, j) => batch.head.with(k, row.with(j, weight === 0 ? 1 : -weight))),
    )
    const commitments = [batch.head, ...heads].map((head) => commitWeights(head, tiny))
    expect(new Set(commitments).size).toBe(1 + 15)
    const scales = batch.index.scales.map((scale, c) => batch.index.scales.with(c, scale ^ 1))
    const indexes = [batch.index, ...scales.map((each) => ({ ...batch.index, scales: each }))]
    expect(new Set(indexes.map((index) => commitIndex(index, tiny))).size).toBe(4)
  })

  test('behavior: another salt hides the same label behind another commitment', () => {
    expect(commitOutput(label, 1n, tiny)).not.toBe(commitOutput(label, 2n, tiny))
    expect(commitInput(features, 1n, tiny)).not.toBe(commitInput(features, 2n, tiny))
  })

  test('error: values out of range', () => {
    expect(() => commitOutput(3, 1n, tiny)).toThrow('label[0] must be an integer in 0 .. 2, got 3')
    expect(() => commitInput([...features.slice(1), 126], 1n, tiny)).toThrow('the bias constant 127')
    expect(() => commitInput(features.slice(1), 1n, tiny)).toThrow('features.length must be 5, got 4')
    expect(() => commitWeights(batch.head.slice(1), tiny)).toThrow('weights.length must be 3, got 2')
  })
})
