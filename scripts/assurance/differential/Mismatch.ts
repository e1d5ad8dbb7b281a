import { describeValue } from '../../../src/errors.ts'

/** One disagreement between two implementations, with what is needed to see it again. */
export type Mismatch = {
  /** What was compared: `statement`. */
  readonly comparison: string
  /** Seed of the case; all of it is drawn from there. */
  readonly seed: number
  readonly difference: Difference
}

/** The first place in which two values differ, as a path, and what each side has there. */
export type Difference = { readonly field: string; readonly left: unknown; readonly right: unknown }

/**
 * Compares two values of plain objects, lists and primitives, all the way down. An absent entry counts as undefined.
 * @param field what the whole is called
 */
export function firstDifference(field: string, left: unknown, right: unknown): Difference | undefined {
  if (Object.is(left, right)) return undefined
  if (!isNested(left) || !isNested(right) || Array.isArray(left) !== Array.isArray(right)) return { field, left, right }
  const keys = new Set([...Object.keys(left), ...Object.keys(right)])
  for (const key of keys) {
    const path = Array.isArray(left) ? `${field}[${key}]` : field === '' ? key : `${field}.${key}`
    const found = firstDifference(path, left[key], right[key])
    if (found !== undefined) return found
  }
  return undefined
}

function isNested(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** One line for a person: where to look and what each side says. */
export function describeMismatch({ comparison, seed, difference }: Mismatch): string {
  const { field, left, right } = difference
  return `${comparison}, seed ${seed}: ${field} is ${describeValue(left)} in TypeScript and ${describeValue(right)} elsewhere`
}
