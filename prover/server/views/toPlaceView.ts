import type { PlaceView } from '../../../src/api/views.ts'

/** A mirrored row and its block's time, as `select … transaction_hash, block_number, timestamp` gives them. */
export type PlaceRow = { readonly transaction_hash: string; readonly block_number: bigint; readonly timestamp: bigint }

export function toPlaceView({ transaction_hash, block_number, timestamp }: PlaceRow): PlaceView {
  return { transactionHash: transaction_hash, blockNumber: `${block_number}`, timestamp: `${timestamp}` }
}
