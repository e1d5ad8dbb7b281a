import type { Kysely } from 'kysely'
import type { AttributionView } from '../../../src/api/views.ts'
import { attributeTrace } from '../../../src/statement/attributeTrace.ts'
import { earningWeiRoundedDown } from '../../../src/statement/bookBatch.ts'
import type { TraceBatch } from '../../../src/statement/buildStatement.ts'
import { fromPinnedBatches } from '../../store/fromPinnedBatches.ts'
import type { Tables } from '../../store/tables.ts'
import type { SealedAs } from '../Disclosures.ts'

/** A batch as the chain has it, and what a disclosure of it has to open. */
export type SealedBatch = SealedAs &
  Pick<AttributionView, 'batchId' | 'modelId' | 'epochId' | 'modelVersion' | 'indexVersion'> & {
    /** Payout addresses by slot. */
    readonly contributors: readonly string[]
  }

/** @returns undefined for a batch that the mirror does not have */
export async function readSealedBatch(kysely: Kysely<Tables>, batchId: bigint): Promise<SealedBatch | undefined> {
  const row = await fromPinnedBatches(kysely)
    .select(['b.batch_hash', 'b.model_id', 'b.epoch_id', 'e.model_version', 'e.index_version'])
    .select(['v.weights_commitment', 'i.index_commitment', 'i.contributors'])
    .where('b.batch_id', '=', batchId)
    .executeTakeFirst()
  return (
    row && {
      batchId: `${batchId}`,
      modelId: `${row.model_id}`,
      epochId: `${row.epoch_id}`,
      modelVersion: `${row.model_version}`,
      indexVersion: `${row.index_version}`,
      batchHash: row.batch_hash,
      weightsCommitment: row.weights_commitment,
      indexCommitment: row.index_commitment,
      contributors: row.contributors,
    }
  )
}

/**
 * Attributes every inference of a disclosed batch anew.
 * @param batch which opens the sealed one: `Disclosures` has checked it
 */
export function attributeBatch(
  { shape, head, index, traces }: TraceBatch,
  { batchId, modelId, epochId, modelVersion, indexVersion, contributors }: SealedBatch,
): AttributionView {
  const attributions = traces.map(({ features, label, poolWei }) =>
    attributeTrace(head, index, features, label, poolWei),
  )
  const slots = index.scales.map((_, slot) => ({ slot, contributor: contributors[slot] ?? null }))
  return {
    batchId,
    modelId,
    epochId,
    modelVersion,
    indexVersion,
    shape: shape.name,
    inferences: attributions.map(({ total, rate, scores, earnings }, position) => {
      const { requestId, poolWei, label } = traces[position]!
      return {
        position,
        requestId: `${requestId}`,
        poolWei: `${poolWei}`,
        label,
        total: `${total}`,
        rate: `${rate}`,
        contributors: slots.map(({ slot, contributor }) => ({
          slot,
          contributor,
          score: `${scores[slot]}`,
          earning: `${earnings[slot]}`,
        })),
      }
    }),
    earnings: slots.map(({ slot, contributor }) => {
      const earning = attributions.reduce((sum, { earnings }) => sum + earnings[slot]!, 0n)
      return { slot, contributor, earning: `${earning}`, earningWei: `${earningWeiRoundedDown(earning)}` }
    }),
  }
}
