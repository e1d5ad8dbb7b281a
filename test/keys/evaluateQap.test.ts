import { expect, test } from 'vitest'
import { domainPower, lagrangeBasisAt, rootOfUnity } from '../../scripts/keys/evaluateQap.ts'
import { FIELD_ORDER, toField } from '../../src/field.ts'

const tau = 0x1234567890abcdef1234567890abcdefn
const sum = (values: readonly bigint[]) => toField(values.reduce((total, value) => total + value, 0n))
const raise = (base: bigint, exponent: number) => {
  let result = 1n
  for (let i = 0; i < exponent; i++) result = (result * base) % FIELD_ORDER
  return result
}

test('default: the basis interpolates every polynomial below its degree', () => {
  for (const shift of [1n, rootOfUnity(6)]) {
    const basis = lagrangeBasisAt(tau, 5, shift)
    for (const degree of [0, 1, 7, 31]) {
      const values = basis.map((value, i) => value * raise(toField(shift * raise(rootOfUnity(5), i)), degree))
      expect(sum(values)).toBe(raise(tau, degree))
    }
  }
})

test('behavior: roots of unity are primitive', () => {
  expect(raise(rootOfUnity(4), 16)).toBe(1n)
  expect(raise(rootOfUnity(4), 8)).toBe(FIELD_ORDER - 1n)
})

test('behavior: the domain has room for the constant and each public signal', () => {
  const power = (nConstraints: number) => domainPower({ nConstraints, nPubOut: 2, nPubIn: 4 })
  // 2^k rows fit: 6 for public signals and 1 for the constant.
  expect(power(1024 - 7)).toBe(10)
  expect(power(1024 - 6)).toBe(11)
})

test('error: tau in the domain', () => {
  expect(() => lagrangeBasisAt(rootOfUnity(3), 3)).toThrow('zero has no inverse')
})
