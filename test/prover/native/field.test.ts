import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  type FieldOperation,
  loadEngine,
  type NativeEngine,
  runnableBuilds,
} from '../../../prover/proving/native/loadEngine.ts'
import { buildOnce } from './buildOnce.ts'

buildOnce()

const MODULI = {
  coordinate: 21888242871839275222246405745257275088696311157297823662689037894645226208583n,
  scalar: 21888242871839275222246405745257275088548364400416034343698204186575808495617n,
}
type Field = keyof typeof MODULI

function toBytes(values: bigint[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 32)
  values.forEach((value, i) => {
    for (let word = 0; word < 4; word++)
      bytes.writeBigUInt64LE(BigInt.asUintN(64, value >> BigInt(64 * word)), i * 32 + word * 8)
  })
  return bytes
}

function fromBytes(bytes: Uint8Array): bigint[] {
  const buffer = Buffer.from(bytes)
  return Array.from({ length: bytes.length / 32 }, (_, i) =>
    [3, 2, 1, 0].reduce((value, word) => (value << 64n) | buffer.readBigUInt64LE(i * 32 + word * 8), 0n),
  )
}

function power(base: bigint, exponent: bigint, p: bigint): bigint {
  let result = 1n
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % p)
    if (rest & 1n) result = (result * square) % p
  return result
}

/** The same operations with bigints. */
const ORACLE: Record<FieldOperation, (a: bigint, b: bigint, p: bigint) => bigint> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  square: (a) => a * a,
  twice: (a) => 2n * a,
  negate: (a) => -a,
  inverse: (a, _b, p) => power(a, p - 2n, p),
  chain: (a, b) => ((a + b) * (a - b) - (a * b + a) ** 2n - 2n * a) ** 2n - b,
  equal: (a, b, p) => ((a * b - b * b) % p === 0n ? 1n : 0n),
  fromFile: (a, _b, p) => a * power(power(2n, 256n, p), p - 2n, p),
}
const OPERATIONS = Object.keys(ORACLE) as FieldOperation[]

const modulo = (value: bigint, p: bigint) => ((value % p) + p) % p

function expectAll(engine: NativeEngine, field: Field, left: bigint[], right: bigint[]) {
  const p = MODULI[field]
  for (const operation of OPERATIONS) {
    const got = fromBytes(engine.testing.field(field, operation, toBytes(left), toBytes(right)))
    const wanted = left.map((a, i) => modulo(ORACLE[operation](a, right[i]!, p), p))
    expect(got, `${field} ${operation}`).toEqual(wanted)
  }
}

/** Ends of the range, and both sides of every place where a limb of 52 bits or a word of 64 ends. */
function edges(p: bigint): bigint[] {
  const values = [0n, 1n, 2n, p - 1n, p - 2n, p / 2n, p / 2n + 1n]
  for (const bit of [52n, 64n, 104n, 128n, 156n, 192n, 208n, 252n, 253n])
    for (const value of [(1n << bit) - 1n, 1n << bit, (1n << bit) + 1n]) values.push(value, p - value)
  // Whole limbs of ones and of zeros, which make carries run through all limbs.
  for (let pattern = 1n; pattern < 32n; pattern++) {
    let value = 0n
    for (let limb = 0n; limb < 5n; limb++) if ((pattern >> limb) & 1n) value |= ((1n << 52n) - 1n) << (52n * limb)
    values.push(value % p)
  }
  return values
}

describe.each(runnableBuilds())('the fields of the %s build', (build) => {
  let engine: NativeEngine
  beforeAll(() => {
    engine = loadEngine(build)
  })

  it('default: it is the build asked for', () => {
    expect(engine.instructionSet).toBe(build)
  })

  it.each(['coordinate', 'scalar'] as const)('behavior: all pairs of edge values of the %s field', (field) => {
    const values = edges(MODULI[field])
    const left = values.flatMap((a) => values.map(() => a))
    const right = values.flatMap(() => values)
    for (const operation of OPERATIONS.filter((each) => each !== 'inverse' && each !== 'fromFile')) {
      const p = MODULI[field]
      const got = fromBytes(engine.testing.field(field, operation, toBytes(left), toBytes(right)))
      expect(got, operation).toEqual(left.map((a, i) => modulo(ORACLE[operation](a, right[i]!, p), p)))
    }
    expectAll(engine, field, values, [...values].reverse())
  })

  it.each(['coordinate', 'scalar'] as const)(
    'behavior: random values of the %s field, in numbers that are no multiple of the lanes',
    (field) => {
      const element = fc.bigInt({ min: 0n, max: MODULI[field] - 1n })
      const pairs = fc.array(fc.tuple(element, element), { minLength: 0, maxLength: 35 })
      fc.assert(
        fc.property(pairs, (each) =>
          expectAll(
            engine,
            field,
            each.map(([a]) => a),
            each.map(([, b]) => b),
          ),
        ),
        { numRuns: 40, seed: 4 },
      )
    },
  )

  it('behavior: zero among other values has the inverse zero and leaves the others alone', () => {
    const p = MODULI.coordinate
    const values = [0n, 5n, 0n, 0n, 7n, p - 1n, 0n, 1n, 0n, 3n]
    const got = fromBytes(engine.testing.field('coordinate', 'inverse', toBytes(values), toBytes(values)))
    expect(got.map((inverse, i) => (inverse * values[i]!) % p)).toEqual(values.map((a) => (a === 0n ? 0n : 1n)))
    expect(got.filter((inverse) => inverse === 0n)).toHaveLength(5)
  })

  it('behavior: an inverse in the quadratic field times its element is one', () => {
    const p = MODULI.coordinate
    const values = [3n, 4n, p - 1n, 0n, 0n, 1n << 208n, p - 5n, (1n << 253n) - 1n]
    const bytes = toBytes(values)
    const inverse = engine.testing.field('quadratic', 'inverse', bytes, bytes)
    const product = fromBytes(engine.testing.field('quadratic', 'multiply', bytes, inverse))
    expect(product).toEqual([1n, 0n, 1n, 0n, 1n, 0n, 1n, 0n])
  })

  it('error: a value that is not below the modulus is refused', () => {
    for (const value of [MODULI.scalar, (1n << 256n) - 1n])
      expect(() => engine.testing.field('scalar', 'add', toBytes([value]), toBytes([0n]))).toThrow(
        expect.objectContaining({ code: 'ELEMENT_TOO_LARGE' }),
      )
  })

  it('error: bytes that are no whole number of elements, and operands of two lengths, are refused', () => {
    const invalid = expect.objectContaining({ code: 'ARGUMENT_INVALID' })
    expect(() => engine.testing.field('scalar', 'add', new Uint8Array(33), new Uint8Array(32))).toThrow(invalid)
    expect(() => engine.testing.field('scalar', 'add', new Uint8Array(64), new Uint8Array(32))).toThrow(invalid)
  })
})
