import { describe, expect, test } from 'vitest'
import {
  sayAmount,
  sayCount,
  sayList,
  sayMoment,
  sayOpen,
  sayShare,
  saySigned,
} from '../../../src/audit/explain/say.ts'

const OPEN = 10n ** 18n

describe('amounts', () => {
  test('default: OPEN with six decimals, rounded; wei below a millionth', () => {
    expect(sayAmount(0n)).toBe('0 OPEN')
    expect(sayAmount(OPEN)).toBe('1 OPEN')
    expect(sayAmount(-3n * (OPEN / 2n))).toBe('-1.5 OPEN')
    expect(sayAmount(OPEN - 1n)).toBe('1 OPEN')
    expect(sayAmount(100n * OPEN)).toBe('100 OPEN')
    expect(sayAmount(1_234_567_499_999_999_999n)).toBe('1.234567 OPEN')
    expect(sayAmount(1_234_567_500_000_000_000n)).toBe('1.234568 OPEN')
    expect(sayAmount(10n ** 12n)).toBe('0.000001 OPEN')
    expect(sayAmount(10n ** 12n - 1n)).toBe('999999999999 wei')
    expect(sayAmount(-7n)).toBe('-7 wei')
    expect(saySigned(7n)).toBe('+7 wei')
    expect(saySigned(-7n)).toBe('-7 wei')
    expect(saySigned(0n)).toBe('0 OPEN')
  })

  test('default: a column of OPEN: as many decimals as are asked for, rounded', () => {
    expect(sayOpen(OPEN, 6)).toBe('1.000000')
    expect(sayOpen(1_234_567_499_999_999_999n, 6)).toBe('1.234567')
    expect(sayOpen(1_234_567_500_000_000_000n, 6)).toBe('1.234568')
    expect(sayOpen(-1_234_567_500_000_000_000n, 6)).toBe('-1.234568')
    expect(sayOpen(OPEN - 1n, 4)).toBe('1.0000')
    expect(sayOpen(-1n, 6)).toBe('0.000000')
  })

  test('default: shares, rounded to one decimal', () => {
    expect(sayShare(1n, 3n)).toBe('33.3 %')
    expect(sayShare(2n, 3n)).toBe('66.7 %')
    expect(sayShare(OPEN - 1n, OPEN)).toBe('100.0 %')
    expect(sayShare(0n, 0n)).toBe('0.0 %')
  })
})

test('default: lists, counts and times', () => {
  expect(sayList([])).toBe('')
  expect(sayList([1n])).toBe('1')
  expect(sayList(['a', 'b', 'c'])).toBe('a, b and c')
  expect(sayList([1n, 2n, 3n, 4n, 5n, 6n, 7n])).toBe('1, 2, 3, 4, 5 and 2 more')
  expect(sayCount(1, 'batch', 'batches')).toBe('1 batch')
  expect(sayCount(0, 'epoch')).toBe('0 epochs')
  expect(sayMoment(1_700_000_000)).toBe('2023-11-14 22:13:20 UTC')
})
