/** The TypeScript reference against the compiled circuits, integer for integer. Random batches: scripts/assurance/differential. */
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { prepareInput } from '../../prover/proving/prepareInput.ts'
import { openWasmWitness } from '../../prover/proving/wasmWitness.ts'
import { witnessValues } from '../../prover/proving/witnessFile.ts'
import { compileShape, shapeDirectory } from '../../scripts/circuits/compileCircuit.ts'
import { EXTREME_BATCHES } from '../../scripts/extremeBatches.ts'
import { randomBatch, seededRandom } from '../../scripts/randomBatch.ts'
import { shapeNamed } from '../../src/shape.ts'
import { listPublicSignals, type TraceBatch } from '../../src/statement/buildStatement.ts'

const tiny = shapeNamed('tiny')
const small = shapeNamed('small')

/** Circom's own generators, by shape. */
const generators = new Map<string, Awaited<ReturnType<typeof openWasmWitness>>>()

/** The circuit computes the same public signals: digest and evaluation cover every logit, score, rate and earning. */
async function expectAgreement(batch: TraceBatch) {
  const { statement, input } = prepareInput(batch)
  const witness = witnessValues(generators.get(batch.shape.name)!(input))
  const signals = listPublicSignals(statement.publicSignals)
  expect(witness.slice(1, 1 + signals.length)).toEqual(signals)
  return statement
}

beforeAll(async () => {
  for (const { name } of [tiny, small]) {
    await compileShape(name)
    generators.set(name, await openWasmWitness(join(shapeDirectory(name), 'circuit.wasm')))
  }
})

describe('circuit and reference', () => {
  for (const [name, optionsOf] of Object.entries(EXTREME_BATCHES)) {
    for (const shape of [tiny, small]) {
      test(`behavior: ${name} on ${shape.name}`, async () => {
        const random = seededRandom(name.length)
        await expectAgreement(randomBatch(shape, random, optionsOf(random, shape)))
      })
    }
  }

  for (const shape of [tiny, small]) {
    test(`behavior: half the slots of ${shape.name} empty gives the earnings of the traces that are there`, async () => {
      const random = seededRandom(7)
      const half = randomBatch(shape, random, { traces: shape.traces / 2, weight: () => random.integer(-50, 50) })
      const statement = await expectAgreement(half)
      // Earnings add up over traces, so one trace at a time must give the same: nothing leaks in from empty slots.
      const alone = await Promise.all(half.traces.map((trace) => expectAgreement({ ...half, traces: [trace] })))
      const sums = statement.earnings.map((_, c) => alone.reduce((sum, { earnings }) => sum + earnings[c]!, 0n))
      expect(statement.earnings).toEqual(sums)
      expect(statement.earnings.some((earning) => earning !== 0n)).toBe(true)
    })
  }
})
