import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openWitnessFiller, type WitnessFiller } from '../../../prover/proving/native/openWitnessFiller.ts'
import { openWasmWitness } from '../../../prover/proving/wasmWitness.ts'
import { witnessValues } from '../../../prover/proving/witnessFile.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { listPublicSignals, type TraceBatch } from '../../../src/statement/buildStatement.ts'
import { claimOf } from '../../../src/statement/settlementClaim.ts'
import { parseTraceBatch, toJson, traceBatchToJson } from '../../../src/statement/traceBatchSchema.ts'
import { compileShape, shapeDirectory } from '../../circuits/compileCircuit.ts'
import { EXTREME_BATCHES, TABLE_STEPS, tableStepBatch } from '../../extremeBatches.ts'
import { randomBatch, seededRandom } from '../../randomBatch.ts'
import { askContracts } from './askContracts.ts'
import { statementQuestions } from './compareStatements.ts'
import { firstDifference, type Mismatch } from './Mismatch.ts'
import type { Reference } from './reference.ts'
import type { Comparison } from './Setting.ts'
import { Tally } from './Tally.ts'

/** A compiled circuit with both of its witness generators. */
export type OpenCircuit = {
  readonly generate: Awaited<ReturnType<typeof openWasmWitness>>
  readonly filler: WitnessFiller
  /** Wires of main.x by position; of an entry that is another signal's wire there is none. */
  readonly xWires: ReadonlyMap<number, number>
}
type ShapeName = 'tiny' | 'small'
export type OpenCircuits = Readonly<Record<ShapeName, OpenCircuit>>

/**
 * Every so many random cases go through the native generator as well, and all steps of the weight table, of which it has its own copy.
 * test/prover/native/witness.test.ts compares the two generators at length.
 */
const NATIVE_EVERY = 10

export async function openCircuits(): Promise<OpenCircuits> {
  const open = async (name: ShapeName): Promise<OpenCircuit> => {
    const { wires } = await compileShape(name)
    const path = (type: string) => join(shapeDirectory(name), `circuit.${type}`)
    return {
      generate: await openWasmWitness(path('wasm')),
      filler: await openWitnessFiller({ symPath: path('sym'), wires, shape: shapeNamed(name), threads: 1 }),
      xWires: readXWires(await readFile(path('sym'), 'utf8')),
    }
  }
  return { tiny: await open('tiny'), small: await open('small') }
}

/**
 * One batch through all three implementations: TypeScript's statement, the circuit's witness (public signals, and X wire by wire) and Solidity.
 * A seed below the number of table steps is the batch at that step of the weight table, on `tiny`; of the others every twentieth is on `small`.
 */
export const compareCircuits: Comparison = async ({ reference, market, harness, circuits }, seeds, tally) => {
  const mismatches: Mismatch[] = []
  for (const [i, seed] of seeds.entries()) {
    const isNative = seed < TABLE_STEPS || i % NATIVE_EVERY === 0
    const difference = await differenceOfWitness(circuits, reference, drawBatch(seed), isNative)
    if (difference !== undefined) mismatches.push({ comparison: 'TypeScript and circuit', seed, difference })
    tally.addCase()
  }
  const draw = (seed: number) => {
    const batch = drawBatch(seed)
    const { statement } = reference.prepareInput(batch)
    return statementQuestions(harness, reference, claimOf(batch.shape, batch.context, statement))
  }
  // Solidity agrees with TypeScript on the same batches, so all three agree.
  const onChain = await askContracts(market.evm, 'TypeScript and Solidity on a batch', seeds, draw, new Tally())
  return [...mismatches, ...onChain]
}

/** The batch of a seed. */
export function drawBatch(seed: number): TraceBatch {
  const random = seededRandom(seed)
  if (seed < TABLE_STEPS) return tableStepBatch(shapeNamed('tiny'), random, seed)
  const shape = shapeNamed(seed % 20 === 0 ? 'small' : 'tiny')
  if (random.integer(0, 2) === 0) {
    return randomBatch(shape, random, random.pick(Object.values(EXTREME_BATCHES))(random, shape))
  }
  // Large weights put every competitor beyond the table of weights, small ones spread them over it.
  const largest = random.pick([3, 40, 400, 32767])
  return randomBatch(shape, random, { weight: () => random.integer(-largest, largest) })
}

async function differenceOfWitness(circuits: OpenCircuits, reference: Reference, batch: TraceBatch, isNative: boolean) {
  const { generate, filler, xWires } = circuits[batch.shape.name as ShapeName]
  const { statement, input } = reference.prepareInput(batch)
  let witness: Uint8Array
  try {
    witness = generate(input)
  } catch (error) {
    return { field: 'the witness', left: 'one that satisfies the circuit', right: (error as Error).message }
  }
  const values = witnessValues(witness)
  const signals = listPublicSignals(statement.publicSignals)
  const ofX = [...xWires].map(([position]) => [position, statement.x[position]])
  const onWires = [...xWires].map(([position, wire]) => [position, values[wire]])
  const native = isNative ? Buffer.compare(await filler.fill(input), witness) : 0
  return (
    firstDifference('x', Object.fromEntries(ofX), Object.fromEntries(onWires)) ??
    firstDifference('publicSignals', signals, values.slice(1, 1 + signals.length)) ??
    firstDifference('order of the native witness and the one of circom', 0, native) ??
    firstDifference('batch from JSON', batch, parseTraceBatch(JSON.parse(toJson(traceBatchToJson(batch)))))
  )
}

/** Lines of circuit.sym are "symbol,wire,component,name"; a wire that was optimised away is -1. */
function readXWires(sym: string): Map<number, number> {
  const found = sym.matchAll(/^\d+,(\d+),\d+,main\.x\[(\d+)\]$/gm)
  return new Map([...found].map(([, wire, position]) => [Number(position), Number(wire)]))
}
