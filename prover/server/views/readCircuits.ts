import type { Kysely } from 'kysely'
import type { Hex } from 'viem'
import type { CircuitView } from '../../../src/api/views.ts'
import type { Tables } from '../../store/tables.ts'
import type { Circuits } from '../../worker/openCircuits.ts'
import { toPlaceView } from './toPlaceView.ts'

/** Every circuit that was registered, and whether this node has its keys. */
export async function readCircuits(
  kysely: Kysely<Tables>,
  circuits: Pick<Circuits, 'get' | 'list'>,
): Promise<CircuitView[]> {
  const rows = await kysely
    .selectFrom('circuits as c')
    .innerJoin('blocks as b', 'b.number', 'c.block_number')
    .leftJoin('circuit_retirements as r', 'r.circuit_id', 'c.circuit_id')
    .select(['c.circuit_id', 'c.key_hash', 'c.verifier', 'c.verifier_codehash', 'c.traces', 'c.contributors'])
    .select(['c.transaction_hash', 'c.block_number', 'b.timestamp', 'r.circuit_id as retired_id'])
    .orderBy('c.block_number')
    .orderBy('c.log_index')
    .execute()
  const held = new Map(circuits.list().map(({ manifest }) => [manifest.circuitId, manifest.circuitKeyHash]))
  return rows.map((row) => {
    const manifest = circuits.get(row.key_hash as Hex)?.artifacts.manifest
    return {
      circuitId: row.circuit_id,
      keyHash: row.key_hash,
      verifier: row.verifier,
      verifierCodeHash: row.verifier_codehash,
      registration: toPlaceView(row),
      traces: row.traces,
      contributors: row.contributors,
      isRetired: row.retired_id !== null,
      nodeKeyHash: held.get(row.circuit_id) ?? null,
      setup: manifest?.setup ?? null,
      shape: manifest?.shape ?? null,
    }
  })
}
