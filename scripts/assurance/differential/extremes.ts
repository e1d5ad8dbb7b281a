import { type Address, getAddress, toHex } from 'viem'
import { FIELD_ORDER } from '../../../src/field.ts'
import type { SeededRandom } from '../../randomBatch.ts'

/** Values of any size below 2^bits, and its ends more often than chance would. */
export function extremeBits(random: SeededRandom, bits: number): bigint {
  const bound = 1n << BigInt(bits)
  const drawn = [0n, 1n, 2n, bound - 1n, bound - 2n, bound >> 1n, (bound >> 1n) - 1n]
  return random.integer(0, 2) === 0 ? random.pick(drawn) : random.bigBits(random.integer(1, bits))
}

/** In 1 .. r-1. */
export function extremeCommitment(random: SeededRandom): bigint {
  return random.pick([1n, 2n, FIELD_ORDER - 1n, FIELD_ORDER - 2n, random.bigBits(253), random.bigBits(253) | 1n]) || 1n
}

/** Any address but zero. */
export function randomAddress(random: SeededRandom): Address {
  return getAddress(toHex(random.bigBits(160) || 1n, { size: 20 }))
}

/** Non-negative parts that sum to `total`: often all of it in one, or nothing in some. */
export function partition(random: SeededRandom, total: bigint, parts: number): bigint[] {
  const cuts = Array.from({ length: parts - 1 }, () => {
    const isAtEnd = random.integer(0, 3) === 0
    return isAtEnd ? random.pick([0n, total]) : (total * random.bigBits(64)) >> 64n
  }).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return [...cuts, total].map((cut, i) => cut - (cuts[i - 1] ?? 0n))
}
