import { FIELD_ORDER, toField } from '../../src/field.ts'

/** 1 / value mod r, in (-r, r), for a value that is not 0 mod r. */
export function invert(value: bigint): bigint {
  if (value === 1n || value === -1n) return value
  let [a, b, x, y] = [toField(value), FIELD_ORDER, 1n, 0n]
  while (b !== 0n) {
    const quotient = a / b
    ;[a, b] = [b, a - quotient * b]
    ;[x, y] = [y, x - quotient * y]
  }
  return x
}
