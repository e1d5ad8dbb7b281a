/** Integers as 32 bytes each, the lowest byte first: how elements and scalars are handed to the test hooks of the native engine. */
export function elementBytes(values: readonly bigint[]): Uint8Array {
  return Buffer.concat(values.map((value) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse()))
}

export function readElements(bytes: Uint8Array): bigint[] {
  return Array.from({ length: bytes.length / 32 }, (_, i) =>
    BigInt(
      `0x${Buffer.from(bytes.subarray(32 * i, 32 * i + 32))
        .reverse()
        .toString('hex')}`,
    ),
  )
}

/** The same elements for the same seed, over the whole range below the modulus (linear congruential, Knuth's MMIX constants). */
export function pseudoRandomElements(count: number, seed: bigint, modulus: bigint): bigint[] {
  let state = seed
  const next = () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n)
    return state >> 16n
  }
  return Array.from({ length: count }, () => {
    let value = 0n
    for (let i = 0; i < 7; i++) value = (value << 48n) | next()
    return value % modulus
  })
}
