import { concat, type Hex, keccak256, numberToHex, toBytes } from 'viem'
import type { ProofPoints } from './proofPoints.ts'

const BATCH_TAG = keccak256(toBytes('poa/proof-batch/v1'))

/**
 * The coefficients by which proofs are verified together: integers in 1 .. 2^128, each a hash of the key and of everything that is checked
 * together, so that they cannot be known before the last proof is written.
 * @param keyHash of the verification key
 * @param equations affine points, and signals in 0 .. 2^256-1; the same number of signals in each
 */
export function drawCoefficients(
  keyHash: Hex,
  equations: readonly { readonly publicSignals: readonly bigint[]; readonly points: ProofPoints }[],
): bigint[] {
  const words = equations.flatMap(({ publicSignals, points: { a, b, c } }) => [
    ...publicSignals,
    ...[a.px, a.py, b.px.c0, b.px.c1, b.py.c0, b.py.c1, c.px, c.py],
  ])
  // The key fixes how many words a proof has, so no other list gives the same ones.
  const seed = keccak256(concat([BATCH_TAG, keyHash, ...words.map(toWord)]))
  return equations.map((_, i) => (BigInt(keccak256(concat([seed, toWord(BigInt(i))]))) >> 128n) + 1n)
}

const toWord = (value: bigint): Hex => numberToHex(value, { size: 32 })
