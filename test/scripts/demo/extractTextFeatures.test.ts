import { describe, expect, test } from 'vitest'
import { CONCEPT_LEXICON } from '../../../scripts/demo/conceptLexicon.ts'
import { extractTextFeatures, TEXT_EXTRACTOR } from '../../../scripts/demo/extractTextFeatures.ts'
import { InvalidInputError } from '../../../src/errors.ts'

describe('extractTextFeatures', () => {
  test('default', () => {
    // Pinned: a changed vector means a changed extractor, which needs a new seed name and a new model version.
    expect(extractTextFeatures('Toddler with fever of 39.4, can’t keep fluids down.', 32)).toEqual([
      -33, -37, 104, -37, -29, -33, -25, 62, -17, 19, 0, -29, 8, -37, -8, 33, -31, -39, 19, 0, -33, -75, -64, -8, 79,
      -52, 12, 31, 46, -29, 54, 127,
    ])
    expect(extractTextFeatures('Ñandú 漢字 — naïve 😀', 6)).toEqual([-42, -56, 0, 28, -56, 127])
    // One token: its signs at the root mean square.
    expect(extractTextFeatures('12', 6)).toEqual([-42, 42, 42, -42, -42, 127])
  })

  test.each([2, 3, 32, 33, 64, 65, 1024])('behavior: %i integers in [-127, 127], the bias last', (featureCount) => {
    const vector = extractTextFeatures('The tenant shall pay the rent within five days.', featureCount)
    expect(vector).toHaveLength(featureCount)
    expect(vector.at(-1)).toBe(127)
    for (const value of vector) {
      expect(Number.isInteger(value) && Math.abs(value) <= 127 && !Object.is(value, -0)).toBe(true)
    }
  })

  test('behavior: signs of different blocks of 32 features differ', () => {
    const vector = extractTextFeatures('zzz', 129).slice(0, 128)
    const blocks = [0, 32, 64, 96].map((start) => vector.slice(start, start + 32).join())
    expect(new Set(blocks).size).toBe(4)
  })

  test('behavior: case, apostrophes, punctuation and the value of numbers do not matter', () => {
    const vector = extractTextFeatures("I can't log in since 9 May", 32)
    expect(extractTextFeatures('i CANT   log-in; since 17 may!', 32)).toEqual(vector)
    expect(extractTextFeatures('i can’t log in — since 3 MAY', 32)).toEqual(vector)
    expect(extractTextFeatures('i can not log in since 9 may', 32)).not.toEqual(vector)
  })

  test('behavior: a text without tokens is all zeros but the bias', () => {
    expect(extractTextFeatures('', 4)).toEqual([0, 0, 0, 127])
    expect(extractTextFeatures(' … — !? ', 4)).toEqual([0, 0, 0, 127])
  })

  test('behavior: repeating a text does not change its features', () => {
    const text = 'Shares fell as yields rose. '
    expect(extractTextFeatures(text.repeat(40), 32)).toEqual(extractTextFeatures(text, 32))
  })

  test('behavior: the lexicon holds lower-case words, none twice in a concept', () => {
    for (const [concept, entries] of Object.entries(CONCEPT_LEXICON)) {
      const words = entries.split(' ')
      expect(new Set(words).size, concept).toBe(words.length)
      for (const word of words) expect(word, concept).toMatch(/^[a-z]+\*?$/)
    }
  })

  test('error: not a string, a lone surrogate, too long, H out of range', () => {
    expect(() => extractTextFeatures(7 as unknown as string, 32)).toThrow('text must be a string, got 7')
    expect(() => extractTextFeatures('a\ud800', 32)).toThrow('text must be well-formed, without lone surrogates')
    const longest = ' '.repeat(TEXT_EXTRACTOR.maxTextLength)
    expect(() => extractTextFeatures(longest, 32)).not.toThrow()
    expect(() => extractTextFeatures(`${longest} `, 32)).toThrow('text.length must be at most 100000, got 100001')
    expect(() => extractTextFeatures('a', 1)).toThrow('featureCount must be an integer in [2, 1024], got 1')
    expect(() => extractTextFeatures('a', 2.5)).toThrow(InvalidInputError)
  })
})
