import type { Insertable } from 'kysely'
import type { Hex } from 'viem'
import { type ContractEvent, type ContractEventName, decodeContractEvent } from '../../src/chain/decodeContractEvent.ts'
import { toJson } from '../../src/statement/traceBatchSchema.ts'
import type { Tables } from '../store/tables.ts'

export type EventName = ContractEventName
type ArgsOf<Name extends EventName> = Extract<ContractEvent, { eventName: Name }>['args']

/** Tables whose rows come from events. */
export type MirrorTable = {
  [Table in keyof Tables]: Tables[Table] extends { block_number: bigint } ? Table : never
}[keyof Tables]
type Place = 'block_number' | 'log_index' | 'transaction_hash'
/** A row of the mirror, without the place on the chain that it comes from. */
export type MirrorRow = {
  [Table in MirrorTable]: { readonly table: Table; readonly row: Omit<Insertable<Tables[Table]>, Place> }
}[MirrorTable]

/** What listeners of the node are told; ids are decimal strings in `data`. */
export type NodeEvent = {
  readonly kind: string
  readonly batchId?: bigint
  readonly data: Readonly<Record<string, string>>
}
export type EventRows = { readonly rows: readonly MirrorRow[]; readonly nodeEvent?: NodeEvent }

type Mapping<Name extends EventName> = ((args: ArgsOf<Name>) => EventRows) | { readonly ignoredBecause: string }

/** What becomes of each event of the contracts. */
export const EVENT_MAPPINGS: { readonly [Name in EventName]: Mapping<Name> } = {
  PolicyPublished: ({ policyId, policy }) => ({
    rows: [{ table: 'policies', row: { policy_id: policyId, policy: toJson(policy) } }],
  }),
  CircuitRegistered: ({ circuitId, keyHash, verifier, verifierCodehash, traces, contributors }) => ({
    rows: [
      {
        table: 'circuits',
        row: {
          circuit_id: circuitId,
          key_hash: keyHash,
          verifier,
          verifier_codehash: verifierCodehash,
          traces,
          contributors,
        },
      },
    ],
  }),
  CircuitRetired: ({ circuitId }) => ({ rows: [{ table: 'circuit_retirements', row: { circuit_id: circuitId } }] }),
  ModelRegistered: ({ modelId, owner, operator }) => ({
    rows: [{ table: 'models', row: { model_id: modelId, owner, operator } }],
  }),
  ModelVersionRegistered: ({ modelId, modelVersion, weightsCommitment, circuitId }) => ({
    rows: [
      {
        table: 'model_versions',
        row: {
          model_id: modelId,
          model_version: modelVersion,
          weights_commitment: weightsCommitment,
          circuit_id: circuitId,
        },
      },
    ],
  }),
  IndexRegistered: ({ modelId, indexVersion, modelVersion, indexCommitment, contributors }) => ({
    rows: [
      {
        table: 'influence_indexes',
        row: {
          model_id: modelId,
          index_version: indexVersion,
          model_version: modelVersion,
          index_commitment: indexCommitment,
          contributors: toJson(contributors),
        },
      },
    ],
  }),
  OperatorChanged: ({ modelId, newOperator }) => ({
    rows: [{ table: 'operator_changes', row: { model_id: modelId, new_operator: newOperator } }],
  }),
  SealerApproved: ({ operator, sealer, isApproved }) => ({
    rows: [{ table: 'sealer_approvals', row: { operator, sealer, is_approved: isApproved } }],
  }),
  EpochOpened: ({ modelId, epochId, modelVersion, indexVersion, circuitId, policyId, endsAt }) => ({
    rows: [
      {
        table: 'epochs',
        row: {
          model_id: modelId,
          epoch_id: epochId,
          model_version: modelVersion,
          index_version: indexVersion,
          circuit_id: circuitId,
          policy_id: policyId,
          ends_at: endsAt,
        },
      },
    ],
  }),
  EpochClosed: ({ modelId, epochId, poolsWei, paidWei, treasuryWei }) => ({
    rows: [
      {
        table: 'epoch_closures',
        row: {
          model_id: modelId,
          epoch_id: epochId,
          pools_wei: poolsWei,
          paid_wei: paidWei,
          treasury_wei: treasuryWei,
        },
      },
    ],
    nodeEvent: { kind: 'epoch.closed', data: { modelId: String(modelId), epochId: String(epochId) } },
  }),
  ContributorNetted: ({ modelId, epochId, contributor, slot, openingWei, bookedWei, paidWei, carriedWei }) => ({
    rows: [
      {
        table: 'contributor_nettings',
        row: {
          model_id: modelId,
          epoch_id: epochId,
          contributor,
          slot: Number(slot),
          opening_wei: openingWei,
          booked_wei: bookedWei,
          paid_wei: paidWei,
          carried_wei: carriedWei,
        },
      },
    ],
  }),
  RequestPaid: ({ requestId, modelId, epochId, payer, feeWei, poolWei, requestHash, sealDeadline }) => ({
    rows: [
      {
        table: 'requests',
        row: {
          request_id: requestId,
          model_id: modelId,
          epoch_id: epochId,
          payer,
          fee_wei: feeWei,
          pool_wei: poolWei,
          request_hash: requestHash,
          seal_deadline: sealDeadline,
        },
      },
    ],
    nodeEvent: { kind: 'request.paid', data: { requestId: String(requestId), modelId: String(modelId) } },
  }),
  RequestRefunded: ({ requestId, modelId, payer, feeWei }) => ({
    rows: [{ table: 'refunds', row: { request_id: requestId, payer, fee_wei: feeWei } }],
    nodeEvent: { kind: 'request.refunded', data: { requestId: String(requestId), modelId: String(modelId) } },
  }),
  BatchSealed: ({ batchId, modelId, epochId, batchHash, settleDeadline, leaves }) => ({
    rows: [
      {
        table: 'batches',
        row: {
          batch_id: batchId,
          model_id: modelId,
          epoch_id: epochId,
          batch_hash: batchHash,
          settle_deadline: settleDeadline,
        },
      },
      ...leaves.requestIds.map((requestId, position) => ({
        table: 'batch_requests' as const,
        row: {
          batch_id: batchId,
          position,
          request_id: requestId,
          pool_wei: leaves.pools[position]!,
          input_commitment: leaves.inputCommitments[position]!,
          output_commitment: leaves.outputCommitments[position]!,
        },
      })),
    ],
    nodeEvent: { kind: 'batch.sealed', batchId, data: { batchHash, modelId: String(modelId) } },
  }),
  BatchSettled: ({ batchId, modelId, prover, digest }) => ({
    rows: [{ table: 'settlements', row: { batch_id: batchId, model_id: modelId, prover, digest } }],
    nodeEvent: { kind: 'batch.settled', batchId, data: { prover } },
  }),
  BatchBooked: ({
    modelId,
    epochId,
    batchId,
    feesWei,
    poolsWei,
    modelOwnerWei,
    stakersWei,
    proverWei,
    treasuryWei,
    earningsWei,
  }) => ({
    rows: [
      {
        table: 'batch_bookings',
        row: {
          batch_id: batchId,
          model_id: modelId,
          epoch_id: epochId,
          fees_wei: feesWei,
          pools_wei: poolsWei,
          model_owner_wei: modelOwnerWei,
          stakers_wei: stakersWei,
          prover_wei: proverWei,
          treasury_wei: treasuryWei,
          earnings_wei: toJson(earningsWei),
        },
      },
    ],
  }),
  Withdrawn: ({ account, amountWei }) => ({
    rows: [{ table: 'withdrawals', row: { account, amount_wei: amountWei } }],
  }),
  AccountCredited: { ignoredBecause: 'the ledger itself is asked for what it owes an account (claimableOf)' },
  OwnershipTransferStarted: { ignoredBecause: 'who governs the registries changes nothing of what a node does' },
  OwnershipTransferred: { ignoredBecause: 'who governs the registries changes nothing of what a node does' },
}

/**
 * The rows that one log of the contracts stands for; none for an event that is ignored.
 * @throws PoaError UNKNOWN_EVENT for one that is not in the ABI: mirroring on without it could leave out what matters
 */
export function eventRows(log: { readonly topics: readonly Hex[]; readonly data: Hex }): EventRows {
  const event = decodeContractEvent(log)
  const mapping = EVENT_MAPPINGS[event.eventName] as Mapping<EventName>
  // Each mapping takes the arguments of its own event, which was just matched by name.
  return typeof mapping === 'function' ? mapping(event.args as never) : { rows: [] }
}
