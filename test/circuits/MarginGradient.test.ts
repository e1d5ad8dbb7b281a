import { beforeAll, describe, expect, test } from 'vitest'
import type { Rewrites } from '../../scripts/circuits/compileForger.ts'
import { attributeTrace } from '../../src/statement/attributeTrace.ts'
import { type Circuit, expectNoCircuit, openCircuit, toInput } from './openCircuit.ts'

const LOGIT_BITS = 20
const mainOf = (classes: number) => ({
  template: 'trace/MarginGradient',
  parameters: [classes, LOGIT_BITS],
  publicInputs: ['logits', 'isLabel'],
})
const open = (classes: number) => openCircuit(mainOf(classes))
let circuit: Circuit
beforeAll(async () => {
  circuit = await open(4)
})

const inputOf = (logits: readonly number[], label: number) =>
  toInput({ logits, isLabel: logits.map((_, k) => (k === label ? 1 : 0)) })
/** The gradient of the reference: with one feature, which is the constant 1 here, the head's weights are the logits. */
const gradientOf = (logits: readonly number[], label: number) => {
  const head = logits.map((z) => [z])
  return attributeTrace(head, { vectors: [], scales: [] }, [1], label, 0n).delta.map(BigInt)
}
const runnerUpOf = (logits: readonly number[], label: number) => Math.max(...logits.filter((_, k) => k !== label))

/** Logits in which class 0 is the label, class 2 the runner-up, and all weights differ. */
const LOGITS = [3_000, 900, 2_000, -1_500]
/** An attacker's choice of the runner-up and of the class that is said to attain it. */
const runnerUp = (value: string, attainedBy: string): Rewrites => ({
  'trace/MarginGradient': {
    'signal runnerUp <-- best;': `signal runnerUp <-- ${value};`,
    'isRunnerUp[k] <-- k == bestClass;': `isRunnerUp[k] <-- ${attainedBy};`,
  },
})

describe('MarginGradient', () => {
  test.each([
    ['default', LOGITS, 0],
    ['behavior: the label is the last class', [-1_500, 900, 2_000, 3_000], 3],
    ['behavior: label and runner-up tie', [3_000, 900, 3_000, -1_500], 2],
    ['behavior: two runner-ups tie', [3_000, 2_000, 2_000, -1_500], 0],
    ['behavior: all logits tie', [7, 7, 7, 7], 1],
    ['behavior: all zero', [0, 0, 0, 0], 0],
    ['behavior: all negative', [-9_000, -3_000, -9_100, -8_999], 1],
    ['behavior: competitors beyond the table', [60_000, 0, -40_000, -32_769], 0],
    ['behavior: the largest distances', [524_287, -524_287, -524_287, -524_288], 0],
    ['behavior: the largest distance between competitors', [524_287, 524_287, -524_288, -524_288], 1],
    ['behavior: the lowest runner-up', [0, 0, -524_288, -524_288].with(0, -524_288), 1],
  ])('%s', async (_, logits, label) => {
    const witness = await circuit.expectPass(inputOf(logits, label))
    expect(witness.signals('delta', 4)).toEqual(gradientOf(logits, label))
    expect(witness.signals('delta', 4).reduce((sum, delta) => sum + delta)).toBe(0n)
    const best = runnerUpOf(logits, label)
    const distances = logits.map((z) => BigInt(Math.abs(z - best)))
    expect(witness.signals('packable', 5)).toEqual([...distances, BigInt(best + 2 ** (LOGIT_BITS - 1))])
  })

  test('behavior: two classes', async () => {
    const two = await open(2)
    for (const [logits, label] of [
      [[5, 3], 0],
      [[3, 5], 1],
      [[4, 4], 1],
    ] as const) {
      const witness = await two.expectPass(inputOf(logits, label))
      expect(witness.signals('delta', 2)).toEqual(gradientOf(logits, label))
    }
  })

  test('behavior: of two runner-ups that tie either may attain, with the same outcome', async () => {
    const witness = await circuit.expectPass(inputOf([3_000, 2_000, 2_000, -1_500], 0))
    const other = await circuit.forge(inputOf([3_000, 2_000, 2_000, -1_500], 0), runnerUp('best', 'k == 2'))
    other.expectSatisfied()
    expect(other.signals('delta', 4)).toEqual(witness.signals('delta', 4))
    expect(other.signals('packable', 5)).toEqual(witness.signals('packable', 5))
  })

  test.each([
    [1, 900],
    [2, 2_000],
    [3, -1_500],
  ])('error: label %s is not the argmax', async (label) => {
    await circuit.expectRefused(inputOf(LOGITS, label))
    ;(await circuit.forge(inputOf(LOGITS, label))).expectRejected(1)
  })

  test('error: a label one below the argmax', async () => {
    const input = inputOf([3_000, 900, 2_999, -1_500], 2)
    await circuit.expectRefused(input)
    ;(await circuit.forge(input)).expectRejected(1)
  })

  test.each([
    ['above all competitors, attained by none', 'best + 500', 'k == bestClass', 1],
    ['the second of the competitors', 'logits[1]', 'k == 1', 1],
    ['the last of the competitors', 'logits[3]', 'k == 3', 2],
    ['the label itself', 'logits[0]', 'isLabel[k]', 1],
    ['one below the label, attained by the label', 'logits[0] - 1', 'isLabel[k]', 1],
    ['one below the right one', 'best - 128', 'k == bestClass', 2],
  ])('error: a wrong runner-up: %s', async (_, value, attainedBy, violations) => {
    const forged = await circuit.forge(inputOf(LOGITS, 0), runnerUp(value, attainedBy))
    expect(forged.signals('delta', 4)).not.toEqual(gradientOf(LOGITS, 0))
    forged.expectRejected(violations)
  })

  test('error: a runner-up above all competitors that nobody attains', async () => {
    ;(await circuit.forge(inputOf(LOGITS, 0), runnerUp('best + 500', '0'))).expectRejected(1)
  })

  test('error: two that tie both attain the runner-up, whole or in shares that sum to 1', async () => {
    const input = inputOf([3_000, 2_000, 2_000, -1_500], 0)
    // Both whole: the sum is 2, and --O2 has put the sum into the place of the last one.
    ;(await circuit.forge(input, runnerUp('best', 'k == 1 || k == 2'))).expectRejected(2)
    // Shares: nothing but the booleans minds, and the outcome is the right one.
    const shared = await circuit.forge(input, runnerUp('best', 'k == 1 ? 2 : (k == 2 ? -1 : 0)'))
    expect(shared.signals('delta', 4)).toEqual(gradientOf([3_000, 2_000, 2_000, -1_500], 0))
    shared.expectRejected(2)
  })

  test.each([1, 2, 3])('error: of three that tie two attain the runner-up, and class %s minus once', async (wrong) => {
    // The sum is 1 and all distances are 0: only this class's boolean minds.
    const input = inputOf([3_000, 2_000, 2_000, 2_000], 0)
    ;(await circuit.forge(input, runnerUp('best', `k == 0 ? 0 : (k == ${wrong} ? -1 : 1)`))).expectRejected(1)
  })

  test('error: the label ties with its own bound but no competitor does', async () => {
    // All of them see the label as runner-up: all weights shrink.
    const forged = await circuit.forge(inputOf([3_000, 900, 2_000, 2_900], 0), runnerUp('logits[0]', 'k == 0'))
    forged.expectRejected(1)
  })

  test('error: logits beyond the range, however near to each other', async () => {
    const shift = 2 ** (LOGIT_BITS - 1)
    for (const logits of [LOGITS.map((z) => z + shift), LOGITS.map((z) => z - shift - 3_000)]) {
      await circuit.expectRefused(inputOf(logits, 0))
      // The forger's own search for the best starts at the lowest value in range; here it takes any.
      ;(await circuit.forge(inputOf(logits, 0), runnerUp('logits[2]', 'k == 2'))).expectRejected(1)
    }
  })

  test('error: a distance beyond the range', async () => {
    const input = inputOf([2 ** LOGIT_BITS, 0, -1, -2], 0)
    await circuit.expectRefused(input)
    ;(await circuit.forge(input)).expectRejected(1)
  })

  test('error: the gradient of the label without one competitor, or of a competitor with the wrong sign', async () => {
    const witness = await circuit.expectPass(inputOf(LOGITS, 0))
    const delta = witness.signals('delta', 4)
    witness.expectForgeryRejected({ 'delta[0]': delta[0]! + delta[1]! }, 1)
    witness.expectForgeryRejected({ 'delta[1]': -delta[1]! }, 1)
    const label = await circuit.forge(inputOf(LOGITS, 0), {
      'trace/MarginGradient': { 'isLabel[k] * total - weight[k].weight;': 'isLabel[k] * total + weight[k].weight;' },
    })
    label.expectRejected(3)
  })

  test('error: a weight left out of the total', async () => {
    const forged = await circuit.forge(inputOf(LOGITS, 0), {
      'trace/MarginGradient': { 'total += weight[k].weight;': 'total += k == 1 ? 0 : weight[k].weight;' },
    })
    forged.expectRejected(1)
  })

  test('error: a distance for the transcript and the table that is not that of the logits', async () => {
    for (const k of [0, 1, 3]) {
      const forged = await circuit.forge(inputOf(LOGITS, 0), {
        'trace/MarginGradient': { '(logits[k] - runnerUp);': `(logits[k] - runnerUp) + (k == ${k} ? 128 : 0);` },
      })
      forged.expectRejected(1)
    }
  })

  test('behavior: the lowest value in range can be the runner-up of label 0', async () => {
    await circuit.expectPass(inputOf([0, -524_288, -524_288, -524_288], 0))
  })

  test('behavior: trusts its caller that one class is the label', async () => {
    // With two labels the second need not be below the first.
    await circuit.expectPass(toInput({ logits: [3_000, 900, 2_000, -1_500], isLabel: [1, 0, 0, 0] }))
    await circuit.expectPass(toInput({ logits: [2_500, 900, 3_000, -1_500], isLabel: [1, 0, 1, 0] }))
  })

  test('error: a single class does not compile', () => expectNoCircuit(mainOf(1)))

  test('behavior: no wire is free', async () => {
    const reason = 'the inverse of 0: it is multiplied by 0 and enters nothing else'
    const competitors = {
      'weight[1].counts.inv': reason,
      'weight[2].counts.inv': reason,
      'weight[3].counts.inv': reason,
    }
    ;(await circuit.expectPass(inputOf(LOGITS, 0))).expectNoFreeWire(competitors)
    ;(await circuit.expectPass(inputOf([60_000, 0, -40_000, -33_000], 0))).expectNoFreeWire({
      'weight[1].counts.inv': reason,
    })
  })
})
