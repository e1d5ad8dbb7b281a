/** The native witness filler against circom's own generator, byte for byte. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { computeWitness } from '../../../prover/proving/computeWitness.ts'
import { loadEngine, runnableBuilds, type WitnessLayout } from '../../../prover/proving/native/loadEngine.ts'
import { openWitnessFiller, type WitnessFiller } from '../../../prover/proving/native/openWitnessFiller.ts'
import { type CircuitInput, prepareInput, type SignalValue } from '../../../prover/proving/prepareInput.ts'
import { openWasmWitness } from '../../../prover/proving/wasmWitness.ts'
import { compileShape, shapeDirectory } from '../../../scripts/circuits/compileCircuit.ts'
import { EXTREME_BATCHES } from '../../../scripts/extremeBatches.ts'
import { randomBatch, seededRandom } from '../../../scripts/randomBatch.ts'
import { PoaError } from '../../../src/errors.ts'
import { FIELD_ORDER } from '../../../src/field.ts'
import { shapeNamed } from '../../../src/shape.ts'
import type { TraceBatch } from '../../../src/statement/buildStatement.ts'
import { buildOnce } from './buildOnce.ts'

buildOnce()

type Setting = {
  readonly symPath: string
  readonly wasmPath: string
  readonly wires: number
  readonly generate: (input: CircuitInput) => Uint8Array
  /** Of each build this machine runs, with different numbers of threads. */
  readonly fillers: readonly WitnessFiller[]
}
const tiny = shapeNamed('tiny')
const small = shapeNamed('small')
let directory: string
const settings = new Map<string, Setting>()
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-test-witness-'))
  for (const shape of [tiny, small]) {
    const { wires } = await compileShape(shape.name)
    const [symPath, wasmPath] = ['sym', 'wasm'].map((type) => join(shapeDirectory(shape.name), `circuit.${type}`)) as [
      string,
      string,
    ]
    const fillers = await Promise.all(
      runnableBuilds().map((build, i) => openWitnessFiller({ symPath, wires, shape, build, threads: i + 1 })),
    )
    expect(fillers.map(({ build }) => build)).toEqual(runnableBuilds())
    settings.set(shape.name, { symPath, wasmPath, wires, generate: await openWasmWitness(wasmPath), fillers })
  }
})
afterAll(() => rm(directory, { recursive: true }))

async function expectSameBytes({ fillers }: Setting, input: CircuitInput, expected: Uint8Array) {
  for (const filler of fillers) {
    const filled = await filler.fill(input)
    // Not toEqual: comparing and printing a million bytes takes minutes.
    expect(Buffer.compare(filled, expected), `the ${filler.build} build's witness`).toBe(0)
  }
}

async function expectAgreement(batch: TraceBatch) {
  const setting = settings.get(batch.shape.name)!
  const { input } = prepareInput(batch)
  await expectSameBytes(setting, input, setting.generate(input))
}

describe('the same wires as the generator of circom', () => {
  test.each([tiny, small])('default: through computeWitness, on $name', async (shape) => {
    const setting = settings.get(shape.name)!
    const { input } = prepareInput(randomBatch(shape, seededRandom(1)))
    await expectSameBytes(setting, input, await computeWitness(setting.wasmPath, input))
  })

  test('default: random batches', async () => {
    for (let seed = 0; seed < 24; seed++) {
      const random = seededRandom(seed)
      // Large weights put every competitor beyond the table of weights, small ones spread them over it.
      const largest = random.pick([3, 40, 32767])
      await expectAgreement(
        randomBatch(seed % 8 === 7 ? small : tiny, random, { weight: () => random.integer(-largest, largest) }),
      )
    }
  })

  test.each(Object.entries(EXTREME_BATCHES))('behavior: %s', async (name, optionsOf) => {
    for (const shape of [tiny, small]) {
      const random = seededRandom(name.length)
      await expectAgreement(randomBatch(shape, random, optionsOf(random, shape)))
    }
  })

  test('behavior: values are taken mod r', async () => {
    const setting = settings.get('tiny')!
    const { input } = prepareInput(randomBatch(tiny, seededRandom(2)))
    const expected = setting.generate(input)
    const shift = (value: SignalValue, by: bigint): SignalValue =>
      typeof value === 'string' ? String(BigInt(value) + by) : value.map((item) => shift(item, by))
    for (const by of [FIELD_ORDER, -FIELD_ORDER, -3n * FIELD_ORDER]) {
      const shifted = Object.fromEntries(Object.entries(input).map(([name, value]) => [name, shift(value, by)]))
      await expectSameBytes(setting, shifted, expected)
    }
  })

  test('behavior: several witnesses at once do not mix', async () => {
    const setting = settings.get('tiny')!
    const inputs = [1, 2, 3, 4].map((seed) => prepareInput(randomBatch(tiny, seededRandom(seed))).input)
    const expected = inputs.map(setting.generate)
    for (const filler of setting.fillers) {
      const filled = await Promise.all(inputs.map((input) => filler.fill(input)))
      expect(filled.map((witness, i) => Buffer.compare(witness, expected[i]!))).toEqual([0, 0, 0, 0])
    }
  })
})

/** The input with one value replaced; the path leads to it, as in 'logits.0.2'. */
function changed(input: CircuitInput, path: string, change: (old: string) => SignalValue): CircuitInput {
  const replaceAt = (value: SignalValue, [index, ...rest]: readonly string[]): SignalValue =>
    index === undefined
      ? change(value as string)
      : (value as readonly SignalValue[]).map((item, i) => (i === Number(index) ? replaceAt(item, rest) : item))
  const [name, ...indices] = path.split('.')
  return { ...input, [name!]: replaceAt(input[name!]!, indices) }
}

async function failureOf(promise: Promise<unknown>): Promise<PoaError> {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  expect(error).toBeInstanceOf(PoaError)
  return error as PoaError
}

describe('inputs without a witness', () => {
  const random = seededRandom(3)
  const { input } = prepareInput(randomBatch(tiny, random, { traces: 3, weight: () => random.integer(-40, 40) }))
  const set = (value: string) => () => value
  const plusOne = (old: string) => String(BigInt(old) + 1n)
  const labels = input.labels as string[]

  test.each<[path: string, change: (old: string) => SignalValue, signal: string]>([
    ['weightsCommitment', plusOne, 'main.weightsCommitment'],
    ['indexCommitment', plusOne, 'main.indexCommitment'],
    ['weights.2.4', set('32768'), 'main.weightsHash.range[2][4].decomposition.in'],
    ['weights.0.0', set('-32769'), 'main.weightsHash.range[0][0].decomposition.in'],
    ['vectors.2.1.3', set('-129'), 'main.indexHash.vector[2].range[1][3].decomposition.in'],
    ['vectors.0.0.0', set(String(FIELD_ORDER / 2n)), 'main.indexHash.vector[0].range[0][0].in'],
    ['scales.1', set('65536'), 'main.indexHash.scaleRange[1].decomposition.in'],
    ['scales.1', set('-1'), 'main.indexHash.scaleRange[1].decomposition.in'],
    ['active.0', set('2'), 'main.slot[0].active'],
    ['active.2', set('0'), 'main.slot[2].pool'],
    ['pools.3', set('1'), 'main.slot[3].pool'],
    ['pools.1', set(String(2n ** 96n)), 'main.slot[1].poolRate.poolRange.decomposition.in'],
    ['features.1.2', set('128'), 'main.slot[1].input_.range[2].decomposition.in'],
    ['features.1.4', set('126'), 'main.slot[1].input_.features'],
    ['labels.2', set('3'), 'main.slot[2].oneHot.label'],
    ['labels.2', set('-1'), 'main.slot[2].oneHot.label'],
    [
      'labels.0',
      (old) => String((Number(old) + 1) % 3),
      `main.slot[0].margin.weight[${(Number(labels[0]) + 1) % 3}].bits.in`,
    ],
    ['logits.1.0', set(String(2n ** 200n)), 'main.slot[1].logits'],
    ['logits.1.0', set(String(2n ** 26n - 1n)), 'main.slot[1].margin'],
    [`logits.1.${labels[1]}`, plusOne, 'main.product[1].logits'],
    ['rawScores.1.2', plusOne, 'main.product[1].rawScores'],
    ['rawScores.0.1', set(String(-(2n ** 60n))), 'main.slot[0].rawRange[1].in'],
    ['scales', set('1'), 'scales does not fit the circuit'],
    ['scales.0', () => ['1'], 'scales does not fit the circuit'],
    ['scales.0', set('1.5'), 'scales does not fit the circuit'],
    ['scales.0', set('0x10000000000000000'), 'scales does not fit the circuit'],
    ['scales', () => ['1', '2', '3', '4'], 'scales does not fit the circuit'],
  ])('error: %s changed is refused, as circom does (case %#)', async (path, change, signal) => {
    const setting = settings.get('tiny')!
    const wrong = changed(input, path, change)
    if (signal.startsWith('main.')) expect(() => setting.generate(wrong)).toThrow('the generator ended')
    for (const filler of setting.fillers) {
      const { code, message } = await failureOf(filler.fill(wrong))
      expect(code).toBe('WITNESS_FAILED')
      expect(message).toContain(signal)
    }
  })

  test('error: signals too few and too many', async () => {
    const { scales, ...rest } = input
    for (const [wrong, signal] of [
      [rest, 'scales'],
      [{ ...input, scale: scales! }, 'scale'],
    ] as const) {
      const { code, message } = await failureOf(settings.get('tiny')!.fillers[0]!.fill(wrong))
      expect([code, message]).toEqual([
        'WITNESS_FAILED',
        `the circuit has no witness for this batch: ${signal} does not fit the circuit`,
      ])
    }
  })

  test('behavior: any one value changed is accepted or refused as circom does, with the same bytes', async () => {
    const setting = settings.get('tiny')!
    const pathsOf = (path: string, value: SignalValue): string[] =>
      typeof value === 'string' ? [path] : value.flatMap((item, i) => pathsOf(`${path}.${i}`, item))
    const paths = Object.entries(input).flatMap(([name, value]) => pathsOf(name, value))
    const generateOrRefuse = (wrong: CircuitInput) => {
      try {
        return setting.generate(wrong)
      } catch {
        return undefined
      }
    }
    const outcomes = { accepted: 0, refused: 0 }
    for (let i = 0; i < 60; i++) {
      // Half of them salts and what else is free.
      const path =
        i % 2 === 0 ? random.pick(paths) : random.pick(paths.filter((each) => /alt|challenge|context|pool/.test(each)))
      const wrong = changed(input, path, (old) =>
        random.pick([plusOne(old), String(-BigInt(old)), String(random.bigBits(250)), '0']),
      )
      const expected = generateOrRefuse(wrong)
      outcomes[expected ? 'accepted' : 'refused']++
      if (expected) await expectSameBytes(setting, wrong, expected)
      else
        for (const filler of setting.fillers)
          expect((await failureOf(filler.fill(wrong))).code, path).toBe('WITNESS_FAILED')
    }
    expect(Math.min(outcomes.accepted, outcomes.refused)).toBeGreaterThan(10)
  })
})

describe('circuits that are not the one that the code mirrors', () => {
  async function refusalOf(options: Partial<Parameters<typeof openWitnessFiller>[0]>) {
    const { symPath, wires } = settings.get('tiny')!
    const { code, message } = await failureOf(
      openWitnessFiller({ symPath, wires, shape: tiny, threads: 1, ...options }),
    )
    return `${code}: ${message}`
  }

  test('error: the files or the shape of another circuit', async () => {
    const { symPath, wires } = settings.get('small')!
    expect(await refusalOf({ symPath, wires })).toMatch(/LAYOUT_MISMATCH: .*circuit has no signal|nothing fills/)
    expect(await refusalOf({ shape: small })).toMatch('LAYOUT_MISMATCH')
    expect(await refusalOf({ wires: wires - 1 })).toMatch('LAYOUT_MISMATCH')
    for (const dimension of ['traces', 'contributors', 'classes', 'features'] as const)
      for (const by of [1, -1]) {
        const shape = { ...tiny, [dimension]: tiny[dimension] + by }
        expect(await refusalOf({ shape }), `${dimension} ${by}`).toMatch('LAYOUT_MISMATCH')
      }
    expect(await refusalOf({ symPath: join(directory, 'none') })).toMatch('FILE_UNREADABLE')
    expect(await refusalOf({ shape: { ...tiny, classes: 2 ** 21 } })).toMatch('ARGUMENT_INVALID')
    expect(await refusalOf({ threads: 0 })).toMatch('INVALID_INPUT')
  })

  test('error: a symbol file with any kind of damage', async () => {
    const { symPath: original } = settings.get('tiny')!
    const lines = (await readFile(original, 'utf8')).trimEnd().split('\n')
    const symPath = join(directory, 'circuit.sym')
    const labelledWire = lines.findIndex((line) => line.endsWith('main.slot[2].poolRate.rate'))
    const removed = lines.findIndex((line) => line.includes(',-1,'))
    const edit = (at: number, change: (line: string) => string) => lines.with(at, change(lines[at]!))
    const setWire = (wire: string) => (line: string) => line.replace(/^(\d+),-?\d+/, `$1,${wire}`)
    const cases: Record<string, [lines: string[], message: RegExp]> = {
      'the last line is missing': [lines.slice(0, -1), /names \d+ wires|nothing fills|no signal/],
      'a removed signal is missing': [lines.toSpliced(removed, 1), /the circuit has no signal main/],
      'a wire is missing': [lines.toSpliced(labelledWire, 1), /names \d+ wires/],
      'a signal has another name': [
        edit(labelledWire, (line) => `${line}s`),
        /the circuit has no signal main.slot\[2\].poolRate.rate/,
      ],
      'a signal more': [[...lines, '1,-1,1,main.more'], /nothing fills main.more/],
      'a line twice': [[...lines, lines[labelledWire]!], /has two names/],
      'a removed signal twice': [[...lines, lines[removed]!], /occurs twice/],
      'a wire twice': [edit(removed, setWire('7')), /wire 7 has two names/],
      'wire 0': [edit(labelledWire, setWire('0')), /no valid wire/],
      'a wire beyond the last': [edit(labelledWire, setWire('99999999999999999999')), /no valid wire/],
      'a wire that is no number': [edit(labelledWire, setWire('x')), /no valid wire/],
      'no wire': [edit(labelledWire, setWire('-2')), /no valid wire/],
      'a line without commas': [edit(labelledWire, () => 'text'), /malformed/],
      'a line without a name': [edit(labelledWire, () => '1,2,3,'), /malformed/],
      'no lines': [[], /empty|malformed/],
    }
    for (const [what, [text, message]] of Object.entries(cases)) {
      await writeFile(symPath, `${text.join('\n')}\n`)
      const refusal = await refusalOf({ symPath })
      expect(refusal, what).toMatch(/^LAYOUT_MISMATCH/)
      expect(refusal, what).toMatch(message)
    }
    await writeFile(symPath, '')
    expect(await refusalOf({ symPath })).toMatch(/LAYOUT_MISMATCH.*empty/)
    await writeFile(symPath, lines.join('\n'))
    expect(await refusalOf({ symPath })).toMatch(/LAYOUT_MISMATCH.*malformed/)
  })

  test('error: arguments of the engine that are no filler, no inputs or no constants', async () => {
    const engine = loadEngine()
    const { symPath, wires } = settings.get('tiny')!
    const shape = Uint32Array.of(4, 3, 3, 5)
    const constants = new Uint8Array(32)
    expect(() => engine.fillWitness({} as WitnessLayout, constants)).toThrow('a filler from openWitnessFiller')
    expect(() => engine.openWitnessFiller(symPath, wires, shape.subarray(1), constants, 1)).toThrow('four numbers')
    expect(() => engine.openWitnessFiller(symPath, 0, shape, constants, 1)).toThrow('wires must be')
    expect(() => engine.openWitnessFiller(symPath, wires, shape, constants, 0)).toThrow('threads must be')
    expect(() => engine.openWitnessFiller(symPath, wires, shape, constants.subarray(1), 1)).toThrow('no multiple of 32')
    await expect(engine.openWitnessFiller(symPath, wires, shape, constants, 1)).rejects.toThrow('too few constants')
    await expect(engine.openWitnessFiller(symPath, wires, shape, new Uint8Array(32 * 1e5), 1)).rejects.toThrow(
      'too many constants',
    )
    await expect(
      engine.openWitnessFiller(symPath, wires, shape, new Uint8Array(32 * 1000).fill(255), 1),
    ).rejects.toThrow('not below the field')
  })
})
