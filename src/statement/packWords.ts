/** Bits of a packed word that are used; 2^252 < r, so a word has one value. */
const WORD_BITS = 252

/**
 * Packs non-negative values into as few words as fit, the first value in the lowest bits.
 * @param values each in [0, 2^bits); the caller checks
 */
export function packWords(values: readonly bigint[], bits: number): bigint[] {
  const perWord = Math.floor(WORD_BITS / bits)
  const words: bigint[] = []
  for (let start = 0; start < values.length; start += perWord) {
    words.push(values.slice(start, start + perWord).reduceRight((word, value) => (word << BigInt(bits)) + value, 0n))
  }
  return words
}

/** A signed value of `bits` bits, the sign included, in the offset form that is packed. */
export function shiftSigned(value: bigint, bits: number): bigint {
  return value + (1n << BigInt(bits - 1))
}
