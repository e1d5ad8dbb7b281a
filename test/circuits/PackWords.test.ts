import { beforeAll, describe, expect, test } from 'vitest'
import { seededRandom } from '../../scripts/randomBatch.ts'
import { packWords } from '../../src/statement/packWords.ts'
import { type Circuit, expectNoCircuit, openCircuit, openSource, toInput } from './openCircuit.ts'

const mainOf = (n: number, bits: number) => ({
  template: 'hashing/PackWords',
  parameters: [n, bits],
  publicInputs: ['in'],
})
const open = (n: number, bits: number) => openCircuit(mainOf(n, bits))
let circuit: Circuit
beforeAll(async () => {
  circuit = await open(33, 8)
})

const { bigBits } = seededRandom(1)
const randomValues = (n: number, bits: number) => Array.from({ length: n }, () => bigBits(bits))

describe('PackWords', () => {
  test.each([
    ['default: two words', 33, 8],
    ['behavior: one value', 1, 16],
    ['behavior: a full word', 31, 8],
    ['behavior: one value more than a full word', 16, 16],
    ['behavior: bits left over in each word', 7, 50],
    ['behavior: words of one value', 3, 252],
    ['behavior: single bits', 253, 1],
  ])('%s', async (_, n, bits) => {
    const packing = await open(n, bits)
    const largest = 2n ** BigInt(bits) - 1n
    for (const values of [randomValues(n, bits), Array<bigint>(n).fill(0n), Array<bigint>(n).fill(largest)]) {
      const expected = packWords(values, bits)
      const witness = await packing.expectPass(toInput({ in: values }))
      expect(witness.values.slice(1, 1 + packing.r1cs.nPubOut)).toEqual(expected)
    }
  })

  test('error: a word off by one, or two words that trade places', async () => {
    const witness = await circuit.expectPass(toInput({ in: randomValues(33, 8) }))
    const [first, second] = witness.signals('words', 2) as [bigint, bigint]
    witness.expectForgeryRejected({ 'words[0]': first + 1n }, 1)
    witness.expectForgeryRejected({ 'words[1]': second + 1n }, 1)
    witness.expectForgeryRejected({ 'words[0]': second, 'words[1]': first }, 2)
  })

  test('behavior: out of range, two lists share one word, which is why callers check ranges', async () => {
    const rest = Array<bigint>(31).fill(0n)
    const honest = await circuit.expectPass(toInput({ in: [0n, 1n, ...rest] }))
    const overlapping = await circuit.expectPass(toInput({ in: [256n, 0n, ...rest] }))
    const borrowing = await circuit.expectPass(toInput({ in: [-256n, 2n, ...rest] }))
    expect(overlapping.signals('words', 2)).toEqual(honest.signals('words', 2))
    expect(borrowing.signals('words', 2)).toEqual(honest.signals('words', 2))
  })

  test('error: fields that overlap are refused once their range is checked', async () => {
    const checked = await openSource(
      'CheckedPacking',
      `pragma circom 2.2.3;
include "hashing/PackWords.circom";
include "range/UnsignedRange.circom";
template CheckedPacking() {
    signal input in[33];
    signal output words[2];
    component range[33];
    component packed = PackWords(33, 8);
    for (var i = 0; i < 33; i++) {
        range[i] = UnsignedRange(8);
        range[i].in <== in[i];
        packed.in[i] <== in[i];
    }
    words <== packed.words;
}
`,
      ['in'],
    )
    const rest = Array<bigint>(31).fill(0n)
    await checked.expectPass(toInput({ in: [0n, 1n, ...rest] }))
    for (const values of [
      [256n, 0n],
      [-256n, 2n],
    ]) {
      await checked.expectRefused(toInput({ in: [...values, ...rest] }))
    }
    // Only the list changes, the words stay: each wrong entry breaks its own range and nothing else.
    const honest = await checked.expectPass(toInput({ in: [0n, 1n, ...rest] }))
    const bits = (entry: number, value: bigint) =>
      Object.fromEntries(
        Array.from({ length: 8 }, (_, i) => [`range[${entry}].decomposition.out[${i}]`, (value >> BigInt(i)) & 1n]),
      )
    honest.expectForgeryRejected({ 'in[0]': 256n, 'in[1]': 0n, ...bits(0, 0n), ...bits(1, 0n) }, 1)
  })

  test.each([
    ['no values', 0, 8],
    ['values without a width', 2, 0],
    ['a value wider than a word', 2, 253],
  ])('error: %s: does not compile', async (_, n, bits) => {
    await expectNoCircuit(mainOf(n, bits))
  })

  test('behavior: no wire is free', async () => {
    ;(await circuit.expectPass(toInput({ in: randomValues(33, 8) }))).expectNoFreeWire()
  })
})
