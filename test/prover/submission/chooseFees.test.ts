import { describe, expect, test } from 'vitest'
import { raiseFees } from '../../../prover/submission/chooseFees.ts'

const fees = (maxFeePerGas: bigint, maxPriorityFeePerGas: bigint) => ({ maxFeePerGas, maxPriorityFeePerGas })
const low = fees(1n, 1n)

describe('raiseFees', () => {
  test('default: a quarter more of both, rounded up', () => {
    expect(raiseFees(fees(100n, 10n), low, 1000n)).toEqual(fees(125n, 13n))
  })

  test('behavior: what a new transaction would offer, when that is more', () => {
    expect(raiseFees(fees(100n, 10n), fees(300n, 50n), 1000n)).toEqual(fees(300n, 50n))
  })

  test('behavior: a tip of nothing is raised too, since nodes ask for more of both', () => {
    expect(raiseFees(fees(100n, 0n), fees(100n, 0n), 1000n)).toEqual(fees(125n, 1n))
  })

  test('behavior: up to the cap, if that is still a tenth more', () => {
    expect(raiseFees(fees(100n, 10n), low, 110n)).toEqual(fees(110n, 13n))
    expect(() => raiseFees(fees(100n, 10n), low, 109n)).toThrow(expect.objectContaining({ code: 'FEE_CAP_REACHED' }))
  })

  test('error: a tip that already is all there is', () => {
    expect(() => raiseFees(fees(100n, 100n), low, 109n)).toThrow(expect.objectContaining({ code: 'FEE_CAP_REACHED' }))
  })
})
