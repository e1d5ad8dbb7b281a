import type { Address, Hex } from 'viem'
import { randomBatch, seededRandom } from '../../../scripts/randomBatch.ts'
import type { DisclosedBatch } from '../../../src/audit/DisclosedBatch.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { buildStatement, type TraceBatch } from '../../../src/statement/buildStatement.ts'
import { toJson, traceBatchToJson } from '../../../src/statement/traceBatchSchema.ts'

export const tiny = shapeNamed('tiny')

export const contributors: readonly Address[] = [
  '0x1111111111111111111111111111111111111111',
  '0x2222222222222222222222222222222222222222',
  '0x3333333333333333333333333333333333333333',
]

/** What an operator's file holds. */
export const fileOf = (batch: TraceBatch): unknown => JSON.parse(toJson(traceBatchToJson(batch)))

/** A batch of which no class and no contributor stands out, so that every score counts. */
export const drawBatch = (seed = 5): TraceBatch => {
  const random = seededRandom(seed)
  return randomBatch(tiny, random, {
    traces: 4,
    weight: () => random.integer(-40, 40),
    poolWei: () => random.bigBits(60),
  })
}

/** A settled batch as the chain has it, disclosed by its operator in full. */
export function disclose(batch: TraceBatch, change: Partial<DisclosedBatch> = {}): DisclosedBatch {
  const { sealed, earnings, publicSignals } = buildStatement(batch)
  const { weightsCommitment, indexCommitment } = publicSignals
  return {
    traceBatch: fileOf(batch),
    batchId: batch.context.batchId,
    shape: tiny,
    context: batch.context,
    sealed,
    earnings,
    weightsCommitment,
    indexCommitment,
    contributors,
    at: { transaction: `0x${'cd'.repeat(32)}` as Hex, block: 12, logIndex: 3 },
    ...change,
  }
}
