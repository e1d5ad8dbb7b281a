import { z } from 'zod'
import { describeValue, PoaError } from '../../src/errors.ts'

/** How many features a sample has, the bias included, and how many labels there are. */
export type SampleShape = { readonly features: number; readonly classes: number }

/** One labelled feature vector. */
export type Sample = { readonly features: readonly number[]; readonly label: number }

const FEATURE_BOUND = 'an integer in -127 .. 127'
const feature = z.int(FEATURE_BOUND).min(-127, FEATURE_BOUND).max(127, FEATURE_BOUND)

/**
 * Reads samples from JSON lines: `{"features": [...], "label": n}` each, nothing else. Nothing is dropped and nothing coerced.
 * @throws PoaError SAMPLES_INVALID naming the line, counted from 1
 */
export function parseSamples(text: string, { features, classes }: SampleShape): Sample[] {
  const schema = z.strictObject({
    features: z
      .array(feature)
      .length(features, `${features} integers`)
      .refine((vector) => vector.at(-1) === 127, `${features} integers, the last one the bias 127`),
    label: z
      .int(`a label in 0 .. ${classes - 1}`)
      .min(0, `a label in 0 .. ${classes - 1}`)
      .max(classes - 1, `a label in 0 .. ${classes - 1}`),
  })
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  if (lines.length === 0) throw new PoaError('SAMPLES_INVALID', 'there is no sample')
  return lines.map((line, i) => {
    const where = `line ${i + 1}`
    let json: unknown
    try {
      json = JSON.parse(line)
    } catch {
      throw new PoaError('SAMPLES_INVALID', `${where} is not JSON`)
    }
    const { data, error } = schema.safeParse(json)
    if (data !== undefined) return data
    const { path, message, code } = error!.issues[0]!
    const field = path.map((key) => (typeof key === 'number' ? `[${key}]` : String(key))).join('')
    if (code === 'unrecognized_keys' || field === '') {
      throw new PoaError('SAMPLES_INVALID', `${where} must be {"features": [...], "label": n} and nothing else`)
    }
    const value = path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], json)
    const shown = Array.isArray(value) ? `${value.length}` : describeValue(value)
    throw new PoaError('SAMPLES_INVALID', `${where}: ${field} must be ${message}, got ${shown}`)
  })
}

/** What `parseSamples` reads; equal samples give equal text. */
export function writeSamples(samples: readonly Sample[]): string {
  return samples.map(({ features, label }) => `${JSON.stringify({ features, label })}\n`).join('')
}
