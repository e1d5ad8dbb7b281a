import { buildPoseidon } from 'circomlibjs'
import type { Shape } from '../shape.ts'

/** What a hash is for; circuits/hashing/TaggedHash.circom holds the same list. */
export const HASH_TAGS = { weights: 1, index: 2, input: 3, output: 4, transcript: 5, challenge: 6 } as const
const STATEMENT_VERSION = 1

/** Words that one full block takes; Poseidon's widest permutation has 16 of rate and one of capacity. */
const BLOCK_WORDS = 16

const poseidon = await buildPoseidon()

/** The initial state: tag, version, length and shape, 32 bits each, so that no two uses share a hash. */
function hashDomain(tag: number, length: number, shape: Shape): bigint {
  const fields = [tag, STATEMENT_VERSION, length, shape.traces, shape.contributors, shape.classes, shape.features]
  return fields.reduce((domain, field) => (domain << 32n) + BigInt(field), 0n)
}

/**
 * Poseidon over at least one word: blocks of 16, the last by the permutation of the smallest width that takes it; each block's result is
 * the first word of the next state.
 * @param words field elements in 0 .. r-1
 * @returns a field element
 */
export function taggedHash(use: keyof typeof HASH_TAGS, words: readonly bigint[], shape: Shape): bigint {
  let state = hashDomain(HASH_TAGS[use], words.length, shape)
  for (let start = 0; start < words.length; start += BLOCK_WORDS) {
    state = poseidon.F.toObject(poseidon(words.slice(start, start + BLOCK_WORDS), state))
  }
  return state
}
