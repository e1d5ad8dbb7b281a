import { seededRandom } from '../../scripts/randomBatch.ts'
import type { Shape } from '../../src/shape.ts'

/** The smallest shape in which nothing coincides: its index takes two words of vector entries, its weights one full word and a rest. */
export const COMMITMENT_SHAPE: Shape = { name: 'test', traces: 2, contributors: 4, classes: 2, features: 9 }

export const shapeParameters = ({ traces, contributors, classes, features }: Shape): number[] => [
  traces,
  contributors,
  classes,
  features,
]

const { integer } = seededRandom(3)
export const randomIntegers = (length: number, lowest: number, highest: number): number[] =>
  Array.from({ length }, () => integer(lowest, highest))
