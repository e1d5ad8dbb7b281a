import { beforeAll, describe, expect, test } from 'vitest'
import { seededRandom } from '../../scripts/randomBatch.ts'
import { FIELD_ORDER } from '../../src/field.ts'
import { type Circuit, openCircuit, toInput } from './openCircuit.ts'

const [ROWS, WIDTH] = [3, 4]
const { integer, bigBits } = seededRandom(4)
const rho = bigBits(250)
const POWERS = [1n, rho, (rho * rho) % FIELD_ORDER]
const randomRows = () =>
  Array.from({ length: ROWS }, () => Array.from({ length: WIDTH }, () => BigInt(integer(-127, 127))))
const combine = (rows: readonly (readonly bigint[])[], powers: readonly bigint[]) =>
  Array.from({ length: WIDTH }, (_, i) => {
    const sum = rows.reduce((sum, row, r) => sum + powers[r]! * row[i]!, 0n) % FIELD_ORDER
    return sum < 0n ? sum + FIELD_ORDER : sum
  })

let circuit: Circuit
beforeAll(async () => {
  circuit = await openCircuit({
    template: 'batch/RandomCombination',
    parameters: [ROWS, WIDTH],
    publicInputs: ['rows', 'powers'],
  })
})

describe('RandomCombination', () => {
  test.each([
    ['default', randomRows(), POWERS],
    ['behavior: zeros', Array.from({ length: ROWS }, () => Array<bigint>(WIDTH).fill(0n)), POWERS],
    ['behavior: a challenge of 0 leaves the first row', randomRows(), [1n, 0n, 0n]],
    ['behavior: a challenge of 1 sums the rows', randomRows(), [1n, 1n, 1n]],
    ['behavior: a challenge of -1', randomRows(), [1n, -1n, 1n]],
  ])('%s', async (_, rows, powers) => {
    const witness = await circuit.expectPass(toInput({ rows, powers }))
    expect(witness.values.slice(1, 1 + WIDTH)).toEqual(combine(rows, powers))
  })

  test('behavior: one row is taken over', async () => {
    const single = await openCircuit({
      template: 'batch/RandomCombination',
      parameters: [1, WIDTH],
      publicInputs: ['rows', 'powers'],
    })
    const witness = await single.expectPass(toInput({ rows: [[1, 2, 3, 4]], powers: [1] }))
    expect(witness.signals('out', WIDTH)).toEqual([1n, 2n, 3n, 4n])
  })

  test('behavior: the first power is taken to be 1 without being looked at', async () => {
    const rows = randomRows()
    const witness = await circuit.expectPass(toInput({ rows, powers: [7n, ...POWERS.slice(1)] }))
    expect(witness.values.slice(1, 1 + WIDTH)).toEqual(combine(rows, POWERS))
  })

  test('error: a result off by one', async () => {
    const witness = await circuit.expectPass(toInput({ rows: randomRows(), powers: POWERS }))
    for (let i = 0; i < WIDTH; i++) witness.expectForgeryRejected({ [`out[${i}]`]: witness.values[1 + i]! + 1n }, 1)
  })

  test('error: two results that trade places', async () => {
    const witness = await circuit.expectPass(toInput({ rows: randomRows(), powers: POWERS }))
    witness.expectForgeryRejected({ 'out[0]': witness.values[2]!, 'out[1]': witness.values[1]! }, 2)
  })

  test('error: a term of another power', async () => {
    const forged = await circuit.forge(toInput({ rows: randomRows(), powers: POWERS }), {
      'batch/RandomCombination': { 'powers[r] * rows[r][i];': 'powers[r == 2 && i == 1 ? 1 : r] * rows[r][i];' },
    })
    forged.expectRejected(1)
  })

  test('behavior: no wire is free', async () => {
    ;(await circuit.expectPass(toInput({ rows: randomRows(), powers: POWERS }))).expectNoFreeWire()
  })
})
