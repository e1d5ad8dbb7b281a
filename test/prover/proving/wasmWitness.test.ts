import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CircuitInput } from '../../../prover/proving/prepareInput.ts'
import { prepareInput } from '../../../prover/proving/prepareInput.ts'
import { calculateWitness, terminate } from '../../../prover/proving/snarkjs.ts'
import { openWasmWitness } from '../../../prover/proving/wasmWitness.ts'
import { witnessValues } from '../../../prover/proving/witnessFile.ts'
import { ensureDevKeysOfShape } from '../../../scripts/keys/ensureDevKeys.ts'
import { randomBatch, seededRandom } from '../../../scripts/randomBatch.ts'
import { FIELD_ORDER } from '../../../src/field.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { compileTestCircuit } from '../../keys/compileTestCircuit.ts'

let tinyPath: string
let cubePath: string
let fillTiny: (input: CircuitInput) => Uint8Array
let fillCube: (input: CircuitInput) => Uint8Array
beforeAll(async () => {
  tinyPath = (await ensureDevKeysOfShape('tiny')).artifacts.wasmPath
  cubePath = (await compileTestCircuit('cube', 'wasm-witness')).wasmPath
  fillTiny = await openWasmWitness(tinyPath)
  fillCube = await openWasmWitness(cubePath)
})
afterAll(terminate)

const inputOf = (seed: number, traces: number) =>
  prepareInput(randomBatch(shapeNamed('tiny'), seededRandom(seed), { traces })).input

test.each([1, 2, 4])('default: the bytes that snarkjs computes, %i traces', async (traces) => {
  const input = inputOf(traces, traces)
  expect(Buffer.compare(fillTiny(input), await calculateWitness(tinyPath, input))).toBe(0)
})

test.each([
  ['small', { scale: '3', x: '5', y: '-9' }],
  ['extreme', { scale: `${FIELD_ORDER - 1n}`, x: `${2n ** 31n}`, y: `-${2n ** 31n + 1n}` }],
  [
    'out of the field, reduced',
    { scale: `${FIELD_ORDER}`, x: `${FIELD_ORDER + 2n ** 128n}`, y: `-${FIELD_ORDER + 1n}` },
  ],
])('default: the same for values that are %s', async (_, input) => {
  expect(Buffer.compare(fillCube(input), await calculateWitness(cubePath, input))).toBe(0)
})

test('behavior: nothing is left of an earlier call, failed or not', () => {
  const input = { scale: '3', x: '5', y: '-9' }
  const first = fillCube(input)
  expect(() => fillCube({ scale: '3', x: '5' })).toThrow('2 of 3 inputs are given')
  const values = witnessValues(fillCube({ scale: '4', x: '6', y: '7' }))
  expect(values).not.toEqual(witnessValues(first))
  expect(fillCube(input)).toEqual(first)
})

test('error: an input that is unknown, missing, too short or too long', () => {
  const input = { scale: '3', x: '5', y: '-9' }
  expect(() => fillCube({ ...input, z: '1' })).toThrow('the circuit has no input z')
  const { batchSalt: _, ...missing } = inputOf(5, 2)
  expect(() => fillTiny(missing)).toThrow(/^\d+ of \d+ inputs are given$/)
  const { pools, ...rest } = inputOf(5, 2)
  for (const other of [[...(pools as string[]), '0'], (pools as string[]).slice(1), []])
    expect(() => fillTiny({ ...rest, pools: other })).toThrow('the circuit takes 4')
})

test('error: no witness: the message names the line', () => {
  const input = inputOf(6, 2)
  const [first, ...others] = input.rawScores as readonly (readonly string[])[]
  const wrong = { ...input, rawScores: [first!.with(0, `${BigInt(first![0]!) + 1n}`), ...others] }
  expect(() => fillTiny(wrong)).toThrow(/Error in template \w+ line: \d+/)
})
