import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, test } from 'vitest'
import { loadEngine, type NativeEngine, runnableBuilds } from '../../../prover/proving/native/loadEngine.ts'
import { createDevKeys } from '../../../scripts/keys/createDevKeys.ts'
import { ensureDevKeysOfShape } from '../../../scripts/keys/ensureDevKeys.ts'
import type { KeyEngine } from '../../../scripts/keys/GeneratorMultiplier.ts'
import { NativeMultiplier } from '../../../scripts/keys/NativeMultiplier.ts'
import { FIELD_ORDER as r } from '../../../src/field.ts'
import { G1Point, G2Point, COORDINATE_FIELD_ORDER as q } from '../../../src/proof/curvePoints.ts'
import { compileTestCircuit } from '../../keys/compileTestCircuit.ts'
import { buildOnce } from './buildOnce.ts'
import { elementBytes, pseudoRandomElements } from './elements.ts'

buildOnce()

type Group = 'G1' | 'G2'

/** Every power of two and its neighbours: digits at the edge of windows of every width, and carries through all of them. */
const edges = Array.from({ length: 254 }, (_, bit) => [
  (1n << BigInt(bit)) - 1n,
  1n << BigInt(bit),
  (1n << BigInt(bit)) + 1n,
])
const scalars = [
  ...[0n, 1n, 2n, r - 1n, r - 2n, r >> 1n, (r >> 1n) + 1n],
  ...edges.flat(),
  ...pseudoRandomElements(100, 0x73657475n, r),
]

/** In the form of .zkey files: coordinates times 2^256, lowest byte first, and zero for infinity. */
const fileForm = (coordinates: readonly bigint[]) => elementBytes(coordinates.map((value) => (value << 256n) % q))
const expected: Record<Group, readonly Uint8Array[]> = {
  G1: scalars.map((scalar) => {
    if (scalar === 0n) return new Uint8Array(64)
    const { x, y } = G1Point.BASE.multiply(scalar).toAffine()
    return fileForm([x, y])
  }),
  G2: scalars.map((scalar) => {
    if (scalar === 0n) return new Uint8Array(128)
    const { x, y } = G2Point.BASE.multiply(scalar).toAffine()
    return fileForm([x.c0, x.c1, y.c0, y.c1])
  }),
}
const repeat = <Item>(items: readonly Item[], count: number) =>
  Array.from({ length: count }, (_, i) => items[i % items.length]!)

describe.each(runnableBuilds())('multiples of the generator by the %s build', (build) => {
  let engine: NativeEngine
  beforeAll(() => {
    engine = loadEngine(build)
  })

  describe.each(['G1', 'G2'] as const)('in %s', (group) => {
    // The more scalars, the wider the windows of the table.
    it.each([1, 7, 100, 1000, 20_000])('default: %i scalars agree with noble/curves', async (count) => {
      const points = await engine.multiplyGenerator(group, elementBytes(repeat(scalars, count)), 2)
      expect(Buffer.compare(points, Buffer.concat(repeat(expected[group], count)))).toBe(0)
    })

    it('default: a scalar by itself agrees with noble/curves', async () => {
      for (const [i, scalar] of scalars.entries()) {
        if (i % 4 !== 0) continue
        const point = await engine.multiplyGenerator(group, elementBytes([scalar]), 1)
        expect(Buffer.compare(point, expected[group][i]!), `${scalar} times the generator`).toBe(0)
      }
    })

    it('behavior: any number of threads gives the same bytes', async () => {
      const bytes = elementBytes(repeat(scalars, 3000))
      const all = await Promise.all([1, 2, 3, 7].map((threads) => engine.multiplyGenerator(group, bytes, threads)))
      for (const points of all) expect(Buffer.compare(points, all[0]!)).toBe(0)
    })

    it('behavior: no scalars give no points, and zeros give infinity', async () => {
      expect(await engine.multiplyGenerator(group, new Uint8Array(0), 2)).toHaveLength(0)
      const points = await engine.multiplyGenerator(group, new Uint8Array(32 * 1000), 2)
      expect(points.length).toBe(1000 * (group === 'G1' ? 64 : 128))
      expect(points.every((byte) => byte === 0)).toBe(true)
    })

    it('behavior: the scalars may be overwritten while it works', async () => {
      const bytes = elementBytes(scalars)
      const points = engine.multiplyGenerator(group, bytes, 2)
      bytes.fill(1)
      expect(Buffer.compare(await points, Buffer.concat(expected[group]))).toBe(0)
    })

    it('error: a scalar that is not below the order is refused', async () => {
      for (const scalar of [r, r + 1n, (1n << 256n) - 1n]) {
        const call = engine.multiplyGenerator(group, elementBytes([5n, scalar, 7n]), 2)
        await expect(call).rejects.toMatchObject({ code: 'SCALAR_TOO_LARGE', message: expect.stringContaining('1') })
      }
    })
  })

  it('error: anything else that it cannot take is refused, and nothing is coerced', () => {
    const call = (...args: unknown[]) =>
      engine.multiplyGenerator(...(args as Parameters<NativeEngine['multiplyGenerator']>))
    const one = elementBytes([1n])
    for (const args of [
      ['G3', one, 1],
      [1, one, 1],
      ['G1', one.subarray(1), 1],
      ['G1', new Float64Array(4), 1],
      ['G1', '1', 1],
      ['G1', one],
      ...[0, -1, 1.5, 2 ** 32 + 1, Number.NaN, 1025, '1'].map((threads) => ['G1', one, threads]),
    ]) {
      expect(() => call(...args), String(args)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }))
    }
  })
})

describe('DEV keys', () => {
  const engines: readonly KeyEngine[] = ['webassembly', ...runnableBuilds()]
  /** Makes the key with every engine and compares all of them with that of WebAssembly. */
  async function expectSameBytes(r1csPath: string, directory: string): Promise<Buffer> {
    const keys = []
    for (const engine of engines) {
      const zkeyPath = join(directory, `${engine}.zkey`)
      expect(await createDevKeys({ r1csPath, zkeyPath, engine })).toEqual({ engine })
      keys.push(await readFile(zkeyPath))
    }
    for (const [i, key] of keys.entries()) expect(key.equals(keys[0]!), engines[i]).toBe(true)
    return keys[0]!
  }

  test('default: every build and WebAssembly write the same key', async () => {
    const { r1csPath, directory } = await compileTestCircuit('cube', 'setup')
    await expectSameBytes(r1csPath, directory)
  })

  test('default: the same for the shape tiny', async () => {
    const { directory } = await compileTestCircuit('chain', 'setup')
    const { artifacts } = await ensureDevKeysOfShape('tiny')
    const key = await expectSameBytes(join(artifacts.directory, 'circuit.r1cs'), directory)
    expect(key.equals(await readFile(artifacts.zkeyPath))).toBe(true)
  })
})

describe('NativeMultiplier', () => {
  const bytes = elementBytes(repeat(scalars, 70_000))

  test('default: parts of a long list are multiplied one after another, and reported', async () => {
    const engine = loadEngine()
    const reports: number[] = []
    const points = await new NativeMultiplier(engine, 2).multiply('g1', bytes, (count) => reports.push(count))
    expect(Buffer.compare(points, Buffer.concat(repeat(expected.G1, 70_000)))).toBe(0)
    expect(reports).toEqual([65_536, 70_000 - 65_536])
  })

  test('behavior: calls queue up behind each other', async () => {
    const multiplier = new NativeMultiplier(loadEngine(), 2)
    const order: string[] = []
    const [none, points] = await Promise.all([
      multiplier.multiply('g2', new Uint8Array(0)),
      multiplier.multiply('g1', bytes, () => order.push('first')),
      multiplier.multiply('g2', elementBytes([1n]), () => order.push('second')),
    ])
    expect(none).toHaveLength(0)
    expect(points).toHaveLength(64 * 70_000)
    expect(order).toEqual(['first', 'first', 'second'])
  })

  test('error: what the engine refuses says so, and what follows fails too', async () => {
    const multiplier = new NativeMultiplier(loadEngine(), 2)
    const refused = multiplier.multiply('g1', elementBytes([r]))
    const next = multiplier.multiply('g1', elementBytes([1n]))
    for (const call of [refused, next]) {
      await expect(call).rejects.toMatchObject({
        code: 'KEYS_ENGINE_FAILED',
        message: expect.stringContaining('SCALAR_TOO_LARGE'),
      })
    }
  })
})
