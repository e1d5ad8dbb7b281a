import { InvalidInputError } from '../../src/errors.ts'
import { BIAS_FEATURE, FEATURE_LIMIT, requireIntegerBetween } from '../../src/model/requireSamples.ts'
import { CONCEPT_LEXICON } from './conceptLexicon.ts'

/**
 * Every constant of the extractor. They are public and fixed: changing one changes every feature vector, so it needs a new seed
 * name, a new model version and a new index. None was fitted to data.
 */
export const TEXT_EXTRACTOR = {
  /** Published seed: prefix of everything that is hashed. */
  seed: 'poa/features/v1',
  /** Weight of a concept of the lexicon in the sum, against 2 for the word itself and 1 for each of its n-grams. */
  conceptWeight: 16,
  wordWeight: 2,
  ngramWeight: 1,
  shortestNgram: 3,
  longestNgram: 5,
  /** Root mean square of the quantised entries; 127 is then three of it, and what lies beyond saturates. */
  rootMeanSquare: 42,
  /** UTF-16 units; bounds the work of one call. */
  maxTextLength: 100_000,
} as const

/** Concept that any run of digits shows; its value is not looked at. */
const NUMBER_CONCEPT = 'number'

/** FNV-1a, 32 bits: offset basis and prime. */
const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

const CONCEPTS_OF_WORD = new Map<string, string[]>()
const CONCEPTS_OF_PREFIX = new Map<string, string[]>()
for (const [concept, entries] of Object.entries(CONCEPT_LEXICON)) {
  for (const entry of entries.split(' ')) {
    const table = entry.endsWith('*') ? CONCEPTS_OF_PREFIX : CONCEPTS_OF_WORD
    const key = entry.endsWith('*') ? entry.slice(0, -1) : entry
    table.set(key, [...(table.get(key) ?? []), concept])
  }
}

/**
 * The frozen feature extractor of the demo: text to H integers in [-127, 127], the last one 127 (the bias).
 *
 * 1. Words: A-Z become lower case, apostrophes vanish, everything that is neither letter nor digit separates. Text is taken as
 *    it is otherwise; a caller who wants composed and decomposed accents to agree normalises first.
 * 2. Tokens: each word gives itself, its character n-grams (3 to 5, with word boundaries) and its concepts in the lexicon; a run
 *    of digits gives the concept `number`.
 * 3. Seeded projection: a token hashes to H - 1 signs, and its weight times these signs is added to the vector. That is a random
 *    sign projection of the bag of tokens; the lexicon is there because words alone share too little at 31 dimensions.
 * 4. The vector is scaled to a root mean square of 42, rounded (halves towards +infinity) and saturated at 127. A text without any
 *    token keeps zeros.
 *
 * Reproducible to the bit: integer sums, then one division, one multiplication and one square root per entry, all of which IEEE 754
 * fixes, and no table that depends on the Unicode version of the engine.
 *
 * @param text any well-formed string of at most 100,000 UTF-16 units; empty is allowed
 * @param featureCount H, in [2, 1024], the bias included
 * @throws InvalidInputError for anything else
 */
export function extractTextFeatures(text: string, featureCount: number): number[] {
  if (typeof text !== 'string') throw new InvalidInputError('text', 'a string', text)
  if (text.length > TEXT_EXTRACTOR.maxTextLength) {
    throw new InvalidInputError('text.length', `at most ${TEXT_EXTRACTOR.maxTextLength}`, text.length)
  }
  // A lone surrogate has no UTF-8 form: two different texts would hash alike.
  if (/\p{Surrogate}/u.test(text)) throw new InvalidInputError('text', 'well-formed, without lone surrogates', text)
  requireIntegerBetween('featureCount', featureCount, 2, 1024)

  const sums = new Float64Array(featureCount - 1)
  for (const word of splitWords(text)) {
    if (/^[0-9]/.test(word)) {
      addToken(sums, `concept:${NUMBER_CONCEPT}`, TEXT_EXTRACTOR.conceptWeight)
      continue
    }
    for (const concept of conceptsOf(word)) addToken(sums, `concept:${concept}`, TEXT_EXTRACTOR.conceptWeight)
    addToken(sums, `word:${word}`, TEXT_EXTRACTOR.wordWeight)
    const characters = Array.from(`^${word}$`)
    for (let size = TEXT_EXTRACTOR.shortestNgram; size <= TEXT_EXTRACTOR.longestNgram; size++) {
      for (let start = 0; start + size <= characters.length; start++) {
        addToken(sums, `ngram:${characters.slice(start, start + size).join('')}`, TEXT_EXTRACTOR.ngramWeight)
      }
    }
  }
  return [...quantise(sums), BIAS_FEATURE]
}

/** Lower-case words and runs of digits, in order. */
function splitWords(text: string): string[] {
  const lowered = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/['\u2019]/g, '')
  // Letters: a-z and everything from U+00C0 on but punctuation and symbols (U+2000..U+2BFF, CJK punctuation U+3000..U+303F).
  return lowered.match(/[a-z\u00c0-\u1fff\u2c00-\u2fff\u3040-\uffff]+|[0-9]+/g) ?? []
}

/** Concepts of a word in the order of first match: the whole word, then its prefixes by length; each once. */
function conceptsOf(word: string): Set<string> {
  const concepts = new Set(CONCEPTS_OF_WORD.get(word))
  for (let length = 1; length <= word.length; length++) {
    for (const concept of CONCEPTS_OF_PREFIX.get(word.slice(0, length)) ?? []) concepts.add(concept)
  }
  return concepts
}

/** Adds the weight times the H - 1 signs of the token: 32 signs from each 32-bit hash of (seed, block, token). */
function addToken(sums: Float64Array, token: string, weight: number): void {
  const bytes = new TextEncoder().encode(token)
  for (let block = 0; block * 32 < sums.length; block++) {
    const signs = hashToken(block, bytes)
    const end = Math.min(sums.length, block * 32 + 32)
    for (let j = block * 32; j < end; j++) sums[j]! += ((signs >>> (j % 32)) & 1) === 1 ? weight : -weight
  }
}

const SEED_BYTES = new TextEncoder().encode(TEXT_EXTRACTOR.seed)

/** FNV-1a over seed, a zero byte, the block (one byte) and the token, then the finaliser of MurmurHash3, so that all bits mix. */
function hashToken(block: number, token: Uint8Array): number {
  let hash = FNV_OFFSET
  for (const byte of SEED_BYTES) hash = Math.imul(hash ^ byte, FNV_PRIME)
  hash = Math.imul(hash, FNV_PRIME)
  hash = Math.imul(hash ^ block, FNV_PRIME)
  for (const byte of token) hash = Math.imul(hash ^ byte, FNV_PRIME)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** round(42 x_j / rms(x)), saturated at 127. */
function quantise(sums: Float64Array): number[] {
  let squares = 0
  for (const sum of sums) squares += sum * sum
  if (squares === 0) return Array.from(sums, () => 0)
  const rootMeanSquare = Math.sqrt(squares / sums.length)
  return Array.from(sums, (sum) => {
    const rounded = Math.round((TEXT_EXTRACTOR.rootMeanSquare * sum) / rootMeanSquare)
    // Adding 0 turns -0 into 0.
    return Math.max(-FEATURE_LIMIT, Math.min(FEATURE_LIMIT, rounded)) + 0
  })
}
