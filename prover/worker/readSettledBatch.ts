import type { Kysely } from 'kysely'
import { getAddress } from 'viem'
import { PoaError } from '../../src/errors.ts'
import type { TraceBatch } from '../../src/statement/buildStatement.ts'
import type { Tables } from '../store/tables.ts'
import { contextOfBatch, selectSealedBatches } from '../submission/openBatches.ts'
import { readTraces } from './readTraces.ts'

/**
 * A settled batch with all that a disclosure shows. Private until somebody discloses it. The salt of its proof is not kept, and opens nothing that the chain
 * has: 0 stands in its place.
 * @throws PoaError BATCH_UNKNOWN, BATCH_NOT_SETTLED, and those of readTraces
 */
export async function readSettledBatch(kysely: Kysely<Tables>, batchId: bigint): Promise<TraceBatch> {
  const batch = await selectSealedBatches(kysely).where('b.batch_id', '=', batchId).executeTakeFirst()
  const mirrored = await kysely.selectFrom('mirrored_deployment').select(['chain_id', 'escrow']).executeTakeFirst()
  if (batch === undefined || mirrored === undefined)
    throw new PoaError('BATCH_UNKNOWN', `there is no batch ${batchId}, as far as this node has read the chain`)
  const settlement = await kysely
    .selectFrom('settlements')
    .select('prover')
    .where('batch_id', '=', batchId)
    .executeTakeFirst()
  if (settlement === undefined)
    throw new PoaError('BATCH_NOT_SETTLED', `batch ${batchId} is not settled`, {
      hint: 'Disclose it once it is: until then nothing shows that it says what will be settled.',
    })
  const chain = {
    chainId: Number(mirrored.chain_id),
    deployment: { inferenceEscrow: getAddress(mirrored.escrow) },
  }
  const context = contextOfBatch(batch, chain, getAddress(settlement.prover))
  return { ...(await readTraces(kysely, batch)), batchSalt: 0n, context }
}
