import { concat, keccak256, numberToHex } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { terminate, verify } from '../../prover/proving/snarkjs.ts'
import { PoaError } from '../../src/errors.ts'
import { FIELD_ORDER } from '../../src/field.ts'
import { COORDINATE_FIELD_ORDER, G2Point, isInG2, parseG1, parseG2 } from '../../src/proof/curvePoints.ts'
import type { VerificationKey } from '../../src/proof/Groth16.ts'
import {
  circuitIdOf,
  hashVerificationKey,
  parseVerificationKey,
  requireSoundVerificationKey,
} from '../../src/proof/verificationKey.ts'
import { verifyProof } from '../../src/proof/verifyProof.ts'
import {
  G1_INFINITY,
  G2_GENERATOR,
  G2_INFINITY,
  g1Json,
  negateG1,
  negateG2,
  pointOutsideG2,
  scaleG1,
} from './pointJson.ts'
import { type ProvenCube, proveCube } from './provenCube.ts'

let proven: ProvenCube
let key: VerificationKey

beforeAll(async () => {
  proven = await proveCube('verificationKey')
  key = proven.verificationKey
})
afterAll(terminate)

test('default', () => {
  expect(parseVerificationKey(JSON.parse(JSON.stringify(key)))).toEqual(key)
  expect(requireSoundVerificationKey(key, 2).ic).toHaveLength(3)
})

test('behavior: the precomputed pairing of snarkjs is left out', () => {
  expect(parseVerificationKey({ ...key, vk_alphabeta_12: [] })).toEqual(key)
})

test('behavior: the hash is keccak256 of the abi encoding, imaginary parts first', () => {
  const words = (...values: (string | number)[]) => values.map((value) => numberToHex(BigInt(value), { size: 32 }))
  const g1 = ([x, y]: VerificationKey['vk_alpha_1']) => words(x, y)
  const g2 = ([x, y]: VerificationKey['vk_beta_2']) => words(x[1], x[0], y[1], y[0])
  const points = [...g1(key.vk_alpha_1), ...[key.vk_beta_2, key.vk_gamma_2, key.vk_delta_2].flatMap(g2)]
  // The dynamic ic comes last: its offset (2 + 3 * 4 + 1 words), its length, its points.
  const encoded = concat([...points, ...words(15 * 32, 3), ...key.IC.flatMap(g1)])
  expect(hashVerificationKey(key)).toBe(keccak256(encoded))
  expect(circuitIdOf(hashVerificationKey(key))).toBe(keccak256(encoded).slice(0, 10))
})

const minusOne = (text: string) => String(BigInt(text) - 1n)
const unsoundKeys: Record<string, (key: VerificationKey) => [VerificationKey, string]> = {
  'IC too short': (key) => [{ ...key, IC: key.IC.slice(0, 2) }, 'VKEY_IC_LENGTH'],
  'IC too long': (key) => [{ ...key, IC: [...key.IC, scaleG1(key.IC[0]!, 5n)] }, 'VKEY_IC_LENGTH'],
  'IC and nPublic shortened together': (key) => [{ ...key, nPublic: 1, IC: key.IC.slice(0, 2) }, 'VKEY_IC_LENGTH'],
  'alpha at infinity': (key) => [{ ...key, vk_alpha_1: G1_INFINITY }, 'VKEY_ALPHA_AT_INFINITY'],
  'beta at infinity': (key) => [{ ...key, vk_beta_2: G2_INFINITY }, 'VKEY_BETA_AT_INFINITY'],
  'gamma at infinity': (key) => [{ ...key, vk_gamma_2: G2_INFINITY }, 'VKEY_GAMMA_AT_INFINITY'],
  'delta at infinity': (key) => [{ ...key, vk_delta_2: G2_INFINITY }, 'VKEY_DELTA_AT_INFINITY'],
  'zero IC': (key) => [{ ...key, IC: key.IC.with(2, G1_INFINITY) }, 'VKEY_IC_ZERO'],
  'repeated IC': (key) => [{ ...key, IC: key.IC.with(2, key.IC[1]!) }, 'VKEY_IC_REPEATED'],
  'opposite IC': (key) => [{ ...key, IC: key.IC.with(2, negateG1(key.IC[1]!)) }, 'VKEY_IC_REPEATED'],
  'alpha off the curve': (key) => {
    const [x, y] = key.vk_alpha_1
    return [{ ...key, vk_alpha_1: [minusOne(x), y, '1'] }, 'VKEY_POINT_OFF_CURVE']
  },
  'IC off the curve': (key) => {
    const [x, y] = key.IC[1]!
    return [{ ...key, IC: key.IC.with(1, [x, minusOne(y), '1']) }, 'VKEY_POINT_OFF_CURVE']
  },
  'beta off the twist': (key) => {
    const [[real, imaginary], y, z] = key.vk_beta_2
    return [{ ...key, vk_beta_2: [[imaginary, real], y, z] }, 'VKEY_POINT_OFF_CURVE']
  },
  'delta outside G2': (key) => [{ ...key, vk_delta_2: pointOutsideG2() }, 'VKEY_POINT_OUTSIDE_SUBGROUP'],
  'gamma equals delta': (key) => [{ ...key, vk_delta_2: key.vk_gamma_2 }, 'VKEY_GAMMA_EQUALS_DELTA'],
  'no contribution, as snarkjs makes it': (key) => [
    { ...key, vk_gamma_2: G2_GENERATOR, vk_delta_2: G2_GENERATOR },
    'VKEY_GAMMA_EQUALS_DELTA',
  ],
  'delta is minus gamma': (key) => [{ ...key, vk_delta_2: negateG2(key.vk_gamma_2) }, 'VKEY_DELTA_IS_MINUS_GAMMA'],
  'beta equals gamma': (key) => [{ ...key, vk_beta_2: key.vk_gamma_2 }, 'VKEY_BETA_EQUALS_GAMMA'],
  'beta is minus gamma': (key) => [{ ...key, vk_beta_2: negateG2(key.vk_gamma_2) }, 'VKEY_BETA_EQUALS_GAMMA'],
  'beta equals delta': (key) => [{ ...key, vk_beta_2: key.vk_delta_2 }, 'VKEY_BETA_EQUALS_DELTA'],
  'beta is minus delta': (key) => [{ ...key, vk_beta_2: negateG2(key.vk_delta_2) }, 'VKEY_BETA_EQUALS_DELTA'],
  'delta is the generator': (key) => [{ ...key, vk_delta_2: G2_GENERATOR }, 'VKEY_DELTA_IS_GENERATOR'],
  'delta is minus the generator': (key) => [{ ...key, vk_delta_2: negateG2(G2_GENERATOR) }, 'VKEY_DELTA_IS_GENERATOR'],
}

test.each(Object.entries(unsoundKeys))('error: %s', (_name, change) => {
  const [unsound, code] = change(key)
  // Well formed: it is the check for soundness that refuses it.
  expect(parseVerificationKey(unsound)).toEqual(unsound)
  expect(() => requireSoundVerificationKey(unsound, 2)).toThrow(expect.objectContaining({ name: 'PoaError', code }))
})

test.each([
  ['gamma', 1n],
  ['minus gamma', -1n],
])(
  'error: with delta = %s anyone forges any statement, which snarkjs accepts and this check refuses',
  async (_name, sign) => {
    const delta = sign === 1n ? key.vk_gamma_2 : negateG2(key.vk_gamma_2)
    const unsound = { ...key, vk_delta_2: delta }
    const publicSignals = [123456789n, 987654321n]
    const publicPoint = publicSignals.reduce(
      (sum, signal, i) => sum.add(parseG1('IC', key.IC[i + 1]!).multiply(signal)),
      parseG1('IC', key.IC[0]!),
    )
    // e(alpha, beta) = e(alpha, beta) e(vk_x, gamma) e(-sign vk_x, delta): no witness, no secret.
    const c = sign === 1n ? publicPoint.negate() : publicPoint
    const forgery = { ...proven.proof, pi_a: key.vk_alpha_1, pi_b: key.vk_beta_2, pi_c: g1Json(c) }
    expect(await verify(unsound, publicSignals, forgery)).toBe(true)
    expect(() => verifyProof({ verificationKey: unsound, publicSignals, proof: forgery })).toThrow(PoaError)
    expect(verifyProof({ verificationKey: key, publicSignals, proof: forgery })).toBe(false)
  },
)

test('behavior: the fast subgroup check agrees with the definition, multiplication by r', () => {
  const timesOrder = (point: G2Point) => point.multiplyUnsafe(FIELD_ORDER - 1n).add(point)
  const outside = parseG2('point', pointOutsideG2())
  const inside = parseG2('point', key.vk_beta_2)
  expect([isInG2(inside), timesOrder(inside).equals(G2Point.ZERO)]).toEqual([true, true])
  expect([isInG2(outside), timesOrder(outside).equals(G2Point.ZERO)]).toEqual([false, false])
})

const q = COORDINATE_FIELD_ORDER
const malformedKeys: Record<string, [(key: VerificationKey) => unknown, string]> = {
  'not an object': [() => null, 'verificationKey must be an object, got null'],
  'another protocol': [
    (key) => ({ ...key, protocol: 'plonk' }),
    'verificationKey.protocol must be "groth16", got "plonk"',
  ],
  'another curve': [(key) => ({ ...key, curve: 'bls12381' }), 'verificationKey.curve must be "bn128", got "bls12381"'],
  'an unknown field': [(key) => ({ ...key, extra: 1 }), 'verificationKey must be without a field extra'],
  'a missing point': [
    ({ vk_alpha_1: _, ...key }) => key,
    'verificationKey.vk_alpha_1 must be a list of 3, got undefined',
  ],
  'nPublic as a string': [
    (key) => ({ ...key, nPublic: '2' }),
    'verificationKey.nPublic must be a non-negative integer',
  ],
  'IC as an object': [(key) => ({ ...key, IC: {} }), 'verificationKey.IC must be a list of points, got {}'],
  'a number': [
    ({ vk_alpha_1: [, y], ...key }) => ({ ...key, vk_alpha_1: [1, y, '1'] }),
    'verificationKey.vk_alpha_1[0] must be',
  ],
  'a hex string': [
    ({ vk_alpha_1: [, y], ...key }) => ({ ...key, vk_alpha_1: ['0x1', y, '1'] }),
    'vk_alpha_1[0] must be a decimal',
  ],
  'a leading zero': [
    ({ vk_alpha_1: [, y], ...key }) => ({ ...key, vk_alpha_1: ['01', y, '1'] }),
    'vk_alpha_1[0] must be a decimal',
  ],
  'a coordinate plus q': [
    ({ vk_alpha_1: [x, y], ...key }) => ({ ...key, vk_alpha_1: [String(BigInt(x) + q), y, '1'] }),
    'verificationKey.vk_alpha_1[0] must be a decimal string of an integer in 0 .. q-1',
  ],
  'the infinity of the EVM': [
    (key) => ({ ...key, vk_alpha_1: ['0', '0', '1'] }),
    'vk_alpha_1[1] must be other than 0, got 0',
  ],
  'a scaled z': [
    ({ vk_alpha_1: [x, y], ...key }) => ({ ...key, vk_alpha_1: [x, y, '2'] }),
    'vk_alpha_1[2] must be 1, or 0',
  ],
  'another infinity': [
    (key) => ({ ...key, vk_alpha_1: ['1', '1', '0'] }),
    'vk_alpha_1 must be a point in canonical form',
  ],
  'a scaled z in G2': [
    ({ vk_beta_2: [x, y], ...key }) => ({ ...key, vk_beta_2: [x, y, ['1', '1']] }),
    'verificationKey.vk_beta_2[2] must be [1, 0], or [0, 0]',
  ],
}

test.each(Object.entries(malformedKeys))('error: %s', (_name, [change, message]) => {
  expect(() => parseVerificationKey(change(key))).toThrow(message)
})
