import type { AttributionView } from '../../../src/api/views.ts'
import { earningWeiRoundedDown } from '../../../src/statement/bookBatch.ts'
import { formatCount, formatShare } from './formatFigures.ts'
import { formatOpen } from './formatOpen.ts'

export type Inference = AttributionView['inferences'][number]

/** The sums of the positive and of the negative scores, both as magnitudes; the larger one is T. */
export function massesOf({ contributors }: Inference): { readonly positive: bigint; readonly negative: bigint } {
  let positive = 0n
  let negative = 0n
  for (const { score } of contributors) {
    const value = BigInt(score)
    if (value > 0n) positive += value
    else negative -= value
  }
  return { positive, negative }
}

/** Why one inference earned the contributor in this slot what it did. */
export function explainInference(inference: Inference, slot: number): string {
  const { score, earning } = inference.contributors.find((one) => one.slot === slot)!
  const { poolWei, total, label } = inference
  const value = BigInt(score)
  const pool = `${formatOpen(BigInt(poolWei))} OPEN`
  if (value === 0n) return `The model answered class ${label}; the contributor's data had no influence on that.`
  const amount = earningWeiRoundedDown(BigInt(earning))
  const way = value > 0n ? 'towards' : 'against'
  return [
    `The model answered class ${label}, and the contributor's data pushed ${way} that answer:`,
    `${formatShare(value, BigInt(total))} of the pool of ${pool} is ${formatOpen(amount)} OPEN.`,
    `Its score is ${formatCount(value)}, and T, the larger of all positive and all negative scores together, ${formatCount(total)}.`,
  ].join(' ')
}
