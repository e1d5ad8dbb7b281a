import { InvalidInputError, PoaError } from '../errors.ts'
import { requireIntegerHead, WEIGHT_LIMIT } from './quantiseHead.ts'
import { BIAS_FEATURE, requireIntegerBetween } from './requireSamples.ts'

/** Bias of a padded class; its other weights are 0, so its logit is this times 127 for every input. */
export const PADDED_CLASS_BIAS = -WEIGHT_LIMIT

/** The circuit proves features in -128..127, so bounds use -128 although honest features stop at -127. */
const LOWEST_PROVED_FEATURE = -128

/** A gap of 255 steps of 2^7 reaches the last entry of the weight table, which is 0 (PROTOCOL section 1). */
const GAP_WITHOUT_WEIGHT = 255 << 7

/** The real classes of a padded head can fall so low that a padded class could be emitted or could carry weight. */
export class PaddedClassCanWinError extends PoaError {
  readonly lowestRealLogit: number
  readonly neededLogit: number

  constructor(emittedClass: number, lowestRealLogit: number, neededLogit: number) {
    super(
      'PADDED_CLASS_CAN_WIN',
      `without class ${emittedClass} the best real class is only known to reach z = ${lowestRealLogit}, ` +
        `it must reach ${neededLogit} for every input`,
      { hint: 'train with a larger weightDecay, or use a circuit shape with exactly as many classes' },
    )
    this.lowestRealLogit = lowestRealLogit
    this.neededLogit = neededLogit
  }
}

/**
 * Fills a head up to the classes of a larger circuit shape: zero weights, bias -32767.
 * @param weights C x H integers
 * @param classes classes of the shape, at least C
 * @returns classes x H integers; the input is not changed
 * @throws InvalidInputError for weights out of range or fewer classes than the head has
 */
export function padHead(weights: readonly (readonly number[])[], classes: number): number[][] {
  const shape = requireIntegerHead(weights)
  requireIntegerBetween('classes', classes, shape.classes, 1024)
  const padded = weights.map((row) => [...row])
  while (padded.length < classes) {
    const row = new Array<number>(shape.features).fill(0)
    row[shape.features - 1] = PADDED_CLASS_BIAS
    padded.push(row)
  }
  return padded
}

/**
 * Registration check: for every feature vector that the circuit accepts, no padded class is the argmax (not even on a tie),
 * and none has a weight in the margin gradient, so that a padded head pays exactly what the head itself would pay.
 *
 * For every class y that may be emitted, some other real class must stay 255 * 2^7 above a padded logit. Sufficient and
 * exact in integers: the best of the other classes is at least the smallest value over the feature box of any one of them,
 * and at least that of their mean. The mean is what makes the check pass in practice: weight decay keeps the sum of all
 * rows near 0.
 *
 * @param weights classes x H integers of the padded head
 * @param realClasses how many leading rows are real, at least 2
 * @throws InvalidInputError when a row after `realClasses` is not a padded row
 * @throws PaddedClassCanWinError when the bound does not show it
 */
export function requirePaddedClassesLose(weights: readonly (readonly number[])[], realClasses: number): void {
  const { classes, features } = requireIntegerHead(weights)
  requireIntegerBetween('realClasses', realClasses, 2, classes)
  for (let k = realClasses; k < classes; k++) {
    for (let j = 0; j < features; j++) {
      const expected = j === features - 1 ? PADDED_CLASS_BIAS : 0
      if (weights[k]![j] !== expected) {
        throw new InvalidInputError(`weights[${k}][${j}]`, `${expected}, the entry of a padded class`, weights[k]![j])
      }
    }
  }
  if (realClasses === classes) return

  const neededLogit = PADDED_CLASS_BIAS * BIAS_FEATURE + GAP_WITHOUT_WEIGHT
  for (let emitted = 0; emitted < realClasses; emitted++) {
    const others = weights.slice(0, realClasses).filter((_row, k) => k !== emitted)
    const sum = others[0]!.map((_unused, j) => others.reduce((total, row) => total + row[j]!, 0))
    // Logits are integers and the best one is at least the mean, so the mean may be rounded up.
    const lowestRealLogit = Math.max(...others.map(lowestLogit), Math.ceil(lowestLogit(sum) / others.length))
    if (lowestRealLogit < neededLogit) throw new PaddedClassCanWinError(emitted, lowestRealLogit, neededLogit)
  }
}

/** Smallest w h over features in [-128, 127] with the bias at 127. Below 2^53: exact. */
function lowestLogit(row: readonly number[]): number {
  let lowest = 0
  row.forEach((weight, j) => {
    const isBias = j === row.length - 1
    lowest += weight * (isBias || weight < 0 ? BIAS_FEATURE : LOWEST_PROVED_FEATURE)
  })
  return lowest
}
