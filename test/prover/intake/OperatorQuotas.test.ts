import { expect, test } from 'vitest'
import { OperatorQuotas } from '../../../prover/intake/OperatorQuotas.ts'

const A = `0x${'aa'.repeat(20)}` as const
const B = `0x${'bb'.repeat(20)}` as const

test('default: a minute holds so many, and time brings them back', () => {
  const quotas = new OperatorQuotas(60)
  for (let i = 0; i < 60; i++) {
    expect(quotas.secondsUntilFree(A, 1000)).toBe(0)
    quotas.charge(A, 1000)
  }
  expect(quotas.secondsUntilFree(A, 1000)).toBe(1)
  expect(quotas.secondsUntilFree(A, 1500)).toBe(0.5)
  expect(quotas.secondsUntilFree(A, 2000)).toBe(0)
})

test('behavior: each operator has its own', () => {
  const quotas = new OperatorQuotas(1)
  quotas.charge(A, 0)
  expect(quotas.secondsUntilFree(A, 0)).toBe(60)
  expect(quotas.secondsUntilFree(B, 0)).toBe(0)
})

test('behavior: a rest of hours saves up one minute and no more', () => {
  const quotas = new OperatorQuotas(2)
  quotas.charge(A, 0)
  for (let i = 0; i < 2; i++) quotas.charge(A, 36_000_000)
  expect(quotas.secondsUntilFree(A, 36_000_000)).toBe(30)
})
