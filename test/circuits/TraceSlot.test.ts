import { beforeAll, describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../src/field.ts'
import { type Shape, widthsOf } from '../../src/shape.ts'
import { attributeTrace, predictLabel, type TraceAttribution } from '../../src/statement/attributeTrace.ts'
import { commitInput, commitOutput } from '../../src/statement/commitments.ts'
import type { Head, InfluenceIndex } from '../../src/statement/model.ts'
import { shiftSigned } from '../../src/statement/packWords.ts'
import { shapeParameters } from './commitmentShape.ts'
import { type Circuit, openCircuit, toInput } from './openCircuit.ts'

const SHAPE: Shape = { name: 'test', traces: 2, contributors: 3, classes: 3, features: 4 }
const { logitBits, scoreBits } = widthsOf(SHAPE)

/** A small model in which the weights of both competitors differ and scores have both signs. */
const HEAD: Head = [
  [60, -20, 35, 10],
  [40, 10, -15, 12],
  [-10, 30, 22, -9],
]
const INDEX: InfluenceIndex = {
  vectors: [
    [
      [100, -50, 20, 3],
      [-7, 80, 10, 0],
      [1, 2, -127, 9],
    ],
    [
      [-30, 40, -90, 8],
      [60, -20, 15, 1],
      [127, 0, 4, -4],
    ],
    [
      [5, 5, 5, 5],
      [-120, 33, 0, 2],
      [8, -8, 64, 0],
    ],
  ],
  scales: [65_535, 20_000, 1_234],
}
const FEATURES = [90, -35, 60, 127]

type Slot = {
  readonly scales: readonly number[]
  readonly active: number
  readonly features: readonly number[]
  readonly inputSalt: bigint
  readonly label: number
  readonly outputSalt: bigint
  readonly pool: bigint
  readonly logits: readonly number[]
  readonly rawScores: readonly (number | bigint)[]
}
type SlotCase = { readonly slot: Slot; readonly attribution: TraceAttribution }

function buildSlot(
  options: { head?: Head; index?: InfluenceIndex; features?: readonly number[]; pool?: bigint; active?: number } = {},
): SlotCase {
  const { head = HEAD, index = INDEX, features = FEATURES, pool = 10n ** 18n, active = 1 } = options
  const logits = head.map((row) => row.reduce((sum, weight, j) => sum + weight * features[j]!, 0))
  const label = predictLabel(logits)
  const attribution = attributeTrace(head, index, features, label, pool)
  const { rawScores } = attribution
  return {
    slot: { scales: index.scales, active, features, inputSalt: 111n, label, outputSalt: 222n, pool, logits, rawScores },
    attribution,
  }
}

const { slot: SLOT, attribution: ATTRIBUTION } = buildSlot()
const EMPTY = { ...SLOT, active: 0, pool: 0n }

let circuit: Circuit
beforeAll(async () => {
  circuit = await openCircuit({
    template: 'trace/TraceSlot',
    parameters: shapeParameters(SHAPE),
    publicInputs: Object.keys(SLOT),
  })
})

/** a / b mod r, by Fermat. */
function divide(a: bigint, b: bigint): bigint {
  let [result, power] = [a, b]
  for (let exponent = FIELD_ORDER - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * power) % FIELD_ORDER
    power = (power * power) % FIELD_ORDER
  }
  return result
}

const zeroVectors = INDEX.vectors.map((vector) => vector.map((row) => row.map(() => 0)))
const filled = (value: number) => HEAD.map((row) => row.map(() => value))

describe('TraceSlot', () => {
  test.each<[string, SlotCase]>([
    ['default', buildSlot()],
    ['behavior: no pool', buildSlot({ pool: 0n })],
    ['behavior: the largest pool', buildSlot({ pool: 2n ** 96n - 1n })],
    ['behavior: nobody has influence', buildSlot({ index: { vectors: zeroVectors, scales: INDEX.scales } })],
    ['behavior: nobody has a scale', buildSlot({ index: { vectors: INDEX.vectors, scales: [0, 0, 0] } })],
    ['behavior: one contributor without a scale', buildSlot({ index: { vectors: INDEX.vectors, scales: [7, 0, 9] } })],
    ['behavior: all logits tie', buildSlot({ head: filled(3) })],
    [
      'behavior: competitors beyond the table',
      buildSlot({
        head: [
          [32767, 0, 0, 0],
          [0, 0, 0, 0],
          [-32767, 0, 0, 0],
        ],
      }),
    ],
    ['behavior: only the bias', buildSlot({ features: [0, 0, 0, 127] })],
  ])('%s', async (_, { slot, attribution }) => {
    const witness = await circuit.expectPass(toInput(slot))
    const { logits, rawScores, earnings, delta } = attribution
    expect(witness.values[circuit.wireOf('inputEntry')!]).toBe(commitInput(slot.features, slot.inputSalt, SHAPE))
    expect(witness.values[circuit.wireOf('outputEntry')!]).toBe(commitOutput(slot.label, slot.outputSalt, SHAPE))
    expect(witness.signals('delta', 3)).toEqual(delta.map(BigInt))
    expect(witness.signals('earnings', 3)).toEqual(earnings)
    const runnerUp = Math.max(...logits.filter((_, k) => k !== slot.label))
    const distances = logits.map((z) => BigInt(Math.abs(z - runnerUp)))
    expect(witness.signals('packableLogits', 4)).toEqual([...distances, shiftSigned(BigInt(runnerUp), logitBits)])
    const shifted = rawScores.map((score) => shiftSigned(BigInt(score), scoreBits + 1))
    expect(witness.signals('packableScores', 3)).toEqual(shifted)
  })

  test('behavior: positive earnings and negative ones each sum to at most the pool', async () => {
    const witness = await circuit.expectPass(toInput(SLOT))
    const earnings = witness.signals('earnings', 3)
    const [positive, negative] = [1n, -1n].map((sign) =>
      earnings.reduce((sum, earning) => (sign * earning > 0n ? sum + sign * earning : sum), 0n),
    ) as [bigint, bigint]
    expect(positive).toBeGreaterThan(0n)
    expect(negative).toBeGreaterThan(0n)
    expect(positive > negative ? positive : negative).toBeLessThanOrEqual(SLOT.pool << 64n)
    expect(positive > negative ? positive : negative).toBeGreaterThan((SLOT.pool << 64n) - ATTRIBUTION.total)
  })

  test('behavior: an empty slot has no entries and no earnings', async () => {
    const witness = await circuit.expectPass(toInput(EMPTY))
    expect(witness.signal('inputEntry')).toBe(0n)
    expect(witness.signal('outputEntry')).toBe(0n)
    expect(witness.signals('earnings', 3)).toEqual([0n, 0n, 0n])
  })

  test('error: a pool in an empty slot', async () => {
    for (const pool of [1n, 10n ** 18n]) {
      const input = toInput({ ...EMPTY, pool })
      await circuit.expectRefused(input)
      ;(await circuit.forge(input)).expectRejected(1)
    }
  })

  test('error: a slot that is twice, minus once or half active', async () => {
    for (const active of [2, -1]) {
      const input = toInput({ ...EMPTY, active })
      await circuit.expectRefused(input)
      ;(await circuit.forge(input)).expectRejected(1)
      // With a pool it is neither active nor empty.
      ;(await circuit.forge(toInput({ ...SLOT, active }))).expectRejected(2)
    }
  })

  test('error: a factor that turns the commitment of other features into the sealed one', async () => {
    const sealed = commitInput(FEATURES, SLOT.inputSalt, SHAPE)
    const features = FEATURES.with(0, 89)
    const active = divide(sealed, commitInput(features, SLOT.inputSalt, SHAPE))
    const forged = await circuit.forge(toInput({ ...SLOT, features, active, pool: 0n }))
    expect(forged.values[circuit.wireOf('inputEntry')!]).toBe(sealed)
    forged.expectRejected(1)
    ;(await circuit.forge(toInput({ ...SLOT, features, active }))).expectRejected(2)
  })

  test.each(['input', 'output'])('error: a salted %s commitment in an empty place', async (side) => {
    const line = `${side}Entry <== active * ${side}_.commitment;`
    const forged = await circuit.forge(toInput(EMPTY), { 'trace/TraceSlot': { [line]: line.replace('active', '1') } })
    expect(forged.signal(`${side}Entry`)).not.toBe(0n)
    forged.expectRejected(1)
  })

  test.each(['input', 'output'])('error: no %s commitment in a place that is in use', async (side) => {
    const line = `${side}Entry <== active * ${side}_.commitment;`
    const forged = await circuit.forge(toInput(SLOT), { 'trace/TraceSlot': { [line]: line.replace('active', '0') } })
    forged.expectRejected(1)
  })

  test.each([126, 0, -127])('error: a bias of %s', async (bias) => {
    const input = toInput({ ...SLOT, features: SLOT.features.with(3, bias) })
    await circuit.expectRefused(input)
    ;(await circuit.forge(input)).expectRejected(1)
  })

  test('error: a feature out of range', async () => {
    const input = toInput({ ...SLOT, features: SLOT.features.with(1, 128) })
    await circuit.expectRefused(input)
    ;(await circuit.forge(input)).expectRejected(1)
  })

  test('error: a label that is not the argmax', async () => {
    for (const label of [0, 1, 2].filter((label) => label !== SLOT.label)) {
      const input = toInput({ ...SLOT, label })
      await circuit.expectRefused(input)
      ;(await circuit.forge(input)).expectRejected(1)
    }
  })

  test.each([3, -1])('error: a label of %s', async (label) => {
    const input = toInput({ ...SLOT, label })
    await circuit.expectRefused(input)
    // Values with the right sum and position, so that --O2's substitutions hold: two are no booleans, and the rest follows from them.
    const forged = await circuit.forge(input, {
      'trace/OneHotLabel': {
        'isLabel[k] <-- label == k;': 'isLabel[k] <-- k == 0 ? 0 : (k == 1 ? 2 - label : label - 1);',
      },
      'trace/MarginGradient': {
        'signal runnerUp <-- best;': 'signal runnerUp <-- logits[0];',
        'isRunnerUp[k] <-- k == bestClass;': 'isRunnerUp[k] <-- k == 0;',
      },
    })
    // The two booleans, and the distance that is stretched out of its range.
    forged.expectRejected(3)
  })

  test('error: the commitment is to another label than the one that is paid for', async () => {
    const forged = await circuit.forge(toInput(SLOT), {
      'trace/TraceSlot': { 'output_.label <== label;': 'output_.label <== 1 - label;' },
    })
    expect(forged.values[circuit.wireOf('outputEntry')!]).toBe(commitOutput(1 - SLOT.label, SLOT.outputSalt, SHAPE))
    // The S-box that takes the label takes it twice.
    forged.expectRejected(2)
  })

  test.each([0, 1, 2])('error: the sign of score %s flipped on its way into the total', async (c) => {
    const forged = await circuit.forge(toInput(SLOT), {
      'trace/TraceSlot': {
        '<== rawRange[c].nonNegative;': `<== c == ${c} ? 1 - rawRange[c].nonNegative : rawRange[c].nonNegative;`,
      },
    })
    expect(forged.signals('earnings', 3)).not.toEqual(ATTRIBUTION.earnings)
    forged.expectRejected(1)
  })

  test('behavior: a raw score below 0 with no scale has either sign and the same outcome', async () => {
    const { slot, attribution } = buildSlot({ index: { vectors: INDEX.vectors, scales: [7, 0, 9] } })
    const witness = await circuit.expectPass(toInput({ ...slot, rawScores: slot.rawScores.with(1, -5) }))
    expect(witness.signals('earnings', 3)).toEqual(attribution.earnings)
  })

  test('error: a score that is not scale times raw score, carried through', async () => {
    const forged = await circuit.forge(toInput(SLOT), {
      'trace/TraceSlot': { '* rawScores[c];': '* rawScores[c] + (c == 1 ? 1 : 0);' },
    })
    forged.expectRejected(1)
  })

  test.each([2n ** BigInt(scoreBits), -(2n ** BigInt(scoreBits)) - 1n])('error: a raw score of %s', async (score) => {
    const input = toInput({ ...SLOT, rawScores: [score, 0, 0] })
    await circuit.expectRefused(input)
    // Below the range the digit that is no bit is also a sign that is none: the total, and with it slack and remainder, are out of range.
    ;(await circuit.forge(input)).expectRejected(score > 0n ? 1 : 3)
  })

  test('error: a total one too small, carried through', async () => {
    const forged = await circuit.forge(toInput(SLOT), {
      'trace/TraceSlot': { 'poolRate.total <== scoreTotal.total;': 'poolRate.total <== scoreTotal.total - 1;' },
    })
    expect(forged.signals('earnings', 3)).not.toEqual(ATTRIBUTION.earnings)
    forged.expectRejected(1)
  })

  test.each([1, -1])('error: a rate %s off', async (error) => {
    const forged = await circuit.forge(toInput(SLOT), {
      'trace/PoolRate': {
        'rate <-- dividend \\ divisor;': `rate <-- dividend \\ divisor + ${error};`,
        'remainder <-- dividend % divisor;': `remainder <-- dividend - (dividend \\ divisor + ${error}) * divisor;`,
      },
    })
    expect(forged.signals('earnings', 3)).toEqual(
      ATTRIBUTION.scores.map((score) => (ATTRIBUTION.rate + BigInt(error)) * score),
    )
    forged.expectRejected(1)
  })

  test('error: a rate although nobody has a score', async () => {
    const { slot } = buildSlot({ index: { vectors: INDEX.vectors, scales: [0, 0, 0] } })
    const forged = await circuit.forge(toInput(slot), {
      'trace/PoolRate': { 'rate <-- dividend \\ divisor;': 'rate <-- 1;' },
    })
    forged.expectRejected(1)
  })

  test('error: an empty slot that earns', async () => {
    const forged = await circuit.forge(toInput(EMPTY), {
      'trace/PoolRate': { 'rate <-- dividend \\ divisor;': 'rate <-- 1;' },
    })
    expect(forged.signals('earnings', 3)).toEqual(ATTRIBUTION.scores)
    forged.expectRejected(1)
  })

  test('error: an earning moved to another contributor', async () => {
    const witness = await circuit.expectPass(toInput(SLOT))
    const [first, second] = witness.signals('earnings', 3) as [bigint, bigint]
    witness.expectForgeryRejected({ 'earnings[0]': first + 1n, 'earnings[1]': second - 1n }, 2)
    witness.expectForgeryRejected({ 'earnings[0]': second, 'earnings[1]': first }, 2)
    witness.expectForgeryRejected({ 'earnings[2]': -witness.signal('earnings[2]') }, 1)
  })

  test('behavior: trusts ProductCheck for logits and raw scores', async () => {
    await circuit.expectPass(toInput({ ...SLOT, logits: SLOT.logits.map((z) => z + 3), rawScores: [1, 2, 3] }))
  })

  test('behavior: no wire is free', async () => {
    const reason = 'the inverse of 0: it is multiplied by 0 and enters nothing else'
    const within = [0, 1, 2].filter((k) => k !== SLOT.label)
    const inverses = Object.fromEntries(within.map((k) => [`margin.weight[${k}].counts.inv`, reason]))
    ;(await circuit.expectPass(toInput(SLOT))).expectNoFreeWire(inverses)
    ;(await circuit.expectPass(toInput(EMPTY))).expectNoFreeWire(inverses)
    const { slot } = buildSlot({ index: { vectors: INDEX.vectors, scales: [0, 0, 0] } })
    const undivided = { ...inverses, 'poolRate.totalIsZero.inv': reason }
    ;(await circuit.expectPass(toInput(slot))).expectNoFreeWire(undivided)
  })
})
