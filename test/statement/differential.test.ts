/** The TypeScript reference against the compiled circuits, integer for integer. */
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { prepareInput } from '../../prover/proving/prepareInput.ts'
import { openWasmWitness } from '../../prover/proving/wasmWitness.ts'
import { witnessValues } from '../../prover/proving/witnessFile.ts'
import { compileShape, shapeDirectory } from '../../scripts/circuits/compileCircuit.ts'
import { type BatchOptions, randomBatch, type SeededRandom, seededRandom } from '../../scripts/randomBatch.ts'
import { shapeNamed } from '../../src/shape.ts'
import { listPublicSignals, type TraceBatch } from '../../src/statement/buildStatement.ts'

const RANDOM_CASES = 200
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
  test(`default: ${RANDOM_CASES} random batches on tiny`, async () => {
    for (let seed = 0; seed < RANDOM_CASES; seed++) {
      const random = seededRandom(seed)
      // Half of the cases with weights as small as trained ones: large weights put every competitor beyond the table.
      const options: BatchOptions = seed % 2 === 0 ? {} : { weight: () => random.integer(-40, 40) }
      await expectAgreement(randomBatch(tiny, random, options))
    }
  })

  test('default: random batches on small', async () => {
    for (let seed = 1000; seed < 1006; seed++) {
      const random = seededRandom(seed)
      await expectAgreement(randomBatch(small, random, { weight: () => random.integer(-60, 60) }))
    }
  })

  const always =
    <Value>(value: Value) =>
    () =>
      value
  const extremes: Record<string, (random: SeededRandom) => BatchOptions> = {
    'all +127': () => ({ feature: always(127), vectorEntry: always(127), scale: always(65535), weight: always(32767) }),
    'all -127': () => ({
      feature: always(-127),
      vectorEntry: always(-127),
      scale: always(65535),
      weight: always(-32767),
    }),
    'extremes of both signs': (random) => ({
      feature: () => random.pick([-127, 127]),
      vectorEntry: () => random.pick([-127, 127]),
      weight: () => random.pick([-32767, 32767]),
      scale: always(65535),
      poolWei: () => random.pick([0n, 1n, 2n ** 96n - 1n]),
    }),
    'pool 0': () => ({ poolWei: always(0n) }),
    'pool 2^96 - 1': () => ({ poolWei: always(2n ** 96n - 1n) }),
    'T = 0 with V = 0': () => ({ vectorEntry: always(0) }),
    'T = 0 with M = 0': () => ({ scale: always(0) }),
    'one contributor with M = 0': (random) => ({ scale: () => random.pick([0, 65535]) }),
    'ties, the first label': () => ({ weight: always(5), tieBreak: 'first' }),
    'ties, the last label': () => ({ weight: always(5), tieBreak: 'last' }),
    'one trace': () => ({ traces: 1 }),
  }
  for (const [name, optionsOf] of Object.entries(extremes)) {
    for (const shape of [tiny, small]) {
      test(`behavior: ${name} on ${shape.name}`, async () => {
        const random = seededRandom(name.length)
        await expectAgreement(randomBatch(shape, random, optionsOf(random)))
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
