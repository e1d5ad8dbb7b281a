import type { Kysely } from 'kysely'
import { type PolicyView, policyView } from '../../../src/api/views.ts'
import type { Tables } from '../../store/tables.ts'
import { toPlaceView } from './toPlaceView.ts'

/** Every policy that was published, in the order of their ids; the last one is current. */
export async function readPolicies(kysely: Kysely<Tables>): Promise<PolicyView[]> {
  const rows = await kysely
    .selectFrom('policies as p')
    .innerJoin('blocks as b', 'b.number', 'p.block_number')
    .select(['p.policy_id', 'p.policy', 'p.transaction_hash', 'p.block_number', 'b.timestamp'])
    .orderBy('p.policy_id')
    .execute()
  // The columns' names are those of the contract's struct, as the event has them.
  return rows.map((row) =>
    policyView.parse({ ...row.policy, policyId: `${row.policy_id}`, publication: toPlaceView(row) }),
  )
}
