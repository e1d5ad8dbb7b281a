import type { Insertable, Kysely } from 'kysely'
import { getAddress, type Hex, keccak256, toBytes } from 'viem'
import type { MirrorTable } from '../../../prover/indexing/eventRows.ts'
import type { Tables } from '../../../prover/store/tables.ts'
import { randomBatch, seededRandom, TEST_CONTEXT } from '../../../scripts/randomBatch.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { computeLogits, predictLabel } from '../../../src/statement/attributeTrace.ts'
import { bookBatch, type PolicyShares } from '../../../src/statement/bookBatch.ts'
import { buildStatement, type TraceBatch } from '../../../src/statement/buildStatement.ts'
import { commitIndex, commitWeights } from '../../../src/statement/commitments.ts'
import { hashBatch } from '../../../src/statement/context.ts'
import { type Debts, netEpoch } from '../../../src/statement/netEpoch.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'

export const tiny = shapeNamed('tiny')
const addressOf = (digit: string) => getAddress(`0x${digit.repeat(40)}`)
export const CONTRIBUTORS = ['1', '2', '3'].map(addressOf)
export const NEWCOMER = addressOf('4')
export const PROVERS = [TEST_CONTEXT.prover, addressOf('9')] as const
export const CIRCUIT_ID = TEST_CONTEXT.circuitKeyHash.slice(0, 10)
export const FEE_WEI = 10n ** 16n
const POLICY: PolicyShares = {
  contributorsBps: 5000,
  modelOwnerBps: 2000,
  stakersBps: 1000,
  proverBps: 1000,
  treasuryBps: 1000,
}
const START = 1_700_000_000n
/** Seconds from a seal within which a batch has to be settled. */
const SETTLE_SECONDS = 1000n

/** What a test can compare answers with: computed by the reference of the statement, not by a database. */
export type MirroredLedger = {
  readonly batches: readonly TraceBatch[]
  readonly bookings: readonly ReturnType<typeof bookBatch>[]
  readonly nettings: readonly ReturnType<typeof netEpoch>[]
}

/**
 * Mirrors two closed epochs and an open one of model 1, a settled batch each in all but the second, which has two; a batch that was never settled; refunded
 * and waiting requests; a withdrawal. Epochs 1 and 2 pin index 1, epoch 3 pins index 2, in which the newcomer stands for the last contributor.
 */
export async function mirrorLedger(kysely: Kysely<Tables>): Promise<MirroredLedger> {
  let blockNumber = 0n
  let logIndex = 0
  const nextBlock = async (seconds: bigint) => {
    blockNumber += 1n
    logIndex = 0
    time += seconds
    const hash = hashOf(`block ${blockNumber}`)
    const parent = hashOf(`block ${blockNumber - 1n}`)
    await kysely
      .insertInto('blocks')
      .values({ number: blockNumber, hash, parent_hash: parent, timestamp: time, has_events: true })
      .execute()
  }
  let time = START
  const mirror = async <Table extends MirrorTable>(
    table: Table,
    row: Omit<Insertable<Tables[Table]>, 'block_number' | 'log_index' | 'transaction_hash'>,
  ) => {
    const place = {
      block_number: blockNumber,
      log_index: logIndex++,
      transaction_hash: hashOf(`transaction of ${blockNumber}`),
    }
    await kysely
      .insertInto(table)
      .values({ ...row, ...place } as never)
      .execute()
  }

  const random = seededRandom(6)
  const { head, index } = randomBatch(tiny, random, { traces: 1, weight: () => random.integer(-40, 40) })
  await nextBlock(0n)
  await mirror('policies', {
    policy_id: 1n,
    policy: toJson({
      ...POLICY,
      treasury: addressOf('a'),
      stakers: addressOf('b'),
      epochLength: 600,
      sealWindow: 600,
      settleWindow: 1200,
    }),
  })
  await mirror('circuits', {
    circuit_id: CIRCUIT_ID,
    key_hash: TEST_CONTEXT.circuitKeyHash,
    verifier: addressOf('7'),
    verifier_codehash: hashOf('code'),
    traces: tiny.traces,
    contributors: tiny.contributors,
  })
  await mirror('models', { model_id: 1n, owner: addressOf('6'), operator: addressOf('5') })
  await mirror('model_versions', {
    model_id: 1n,
    model_version: 1n,
    weights_commitment: commitWeights(head, tiny),
    circuit_id: CIRCUIT_ID,
  })
  const indexes = [CONTRIBUTORS, [...CONTRIBUTORS.slice(0, 2), NEWCOMER]]
  for (const [i, contributors] of indexes.entries())
    await mirror('influence_indexes', {
      model_id: 1n,
      index_version: BigInt(i + 1),
      model_version: 1n,
      index_commitment: commitIndex(index, tiny),
      contributors: toJson(contributors),
    })

  let requestId = 0n
  const pay = async (epochId: bigint) => {
    requestId += 1n
    await mirror('requests', {
      request_id: requestId,
      model_id: 1n,
      epoch_id: epochId,
      payer: addressOf('8'),
      fee_wei: FEE_WEI,
      pool_wei: FEE_WEI / 2n,
      request_hash: hashOf('request'),
      seal_deadline: time + 600n,
    })
    return requestId
  }
  const batches: TraceBatch[] = []
  const bookings: ReturnType<typeof bookBatch>[] = []
  let batchId = 0n
  const seal = async (epochId: bigint, indexVersion: bigint, traces: number) => {
    await nextBlock(10n)
    batchId += 1n
    const drawn = randomBatch(tiny, random, { traces })
    const ids: bigint[] = []
    for (let i = 0; i < traces; i++) ids.push(await pay(epochId))
    const batch: TraceBatch = {
      shape: tiny,
      head,
      index,
      batchSalt: 5n,
      traces: drawn.traces.map((trace, i) => ({
        ...trace,
        label: predictLabel(computeLogits(head, trace.features)),
        requestId: ids[i]!,
        poolWei: FEE_WEI / 2n,
      })),
      context: { ...TEST_CONTEXT, batchId, modelId: 1n, modelVersion: 1n, indexVersion, policyId: 1n, epochId },
    }
    const { sealed, earnings } = buildStatement(batch)
    await nextBlock(10n)
    await mirror('batches', {
      batch_id: batchId,
      model_id: 1n,
      epoch_id: epochId,
      batch_hash: hashBatch(sealed),
      settle_deadline: time + SETTLE_SECONDS,
    })
    for (const [position, request] of ids.entries())
      await mirror('batch_requests', {
        batch_id: batchId,
        position,
        request_id: request,
        pool_wei: FEE_WEI / 2n,
        input_commitment: sealed.inputCommitments[position]!,
        output_commitment: sealed.outputCommitments[position]!,
      })
    batches.push(batch)
    return { batch, earnings }
  }
  const settle = async (
    { batch, earnings }: Awaited<ReturnType<typeof seal>>,
    { after, prover }: { after: bigint; prover: string },
  ) => {
    await nextBlock(after)
    const feesWei = FEE_WEI * BigInt(batch.traces.length)
    const booking = bookBatch(feesWei, feesWei / 2n, earnings, POLICY)
    const { epochId, batchId } = batch.context
    await mirror('settlements', { batch_id: batchId, model_id: 1n, prover, digest: 5n })
    await mirror('batch_bookings', {
      batch_id: batchId,
      model_id: 1n,
      epoch_id: epochId,
      fees_wei: feesWei,
      pools_wei: booking.poolsWei,
      model_owner_wei: booking.modelOwnerWei,
      stakers_wei: booking.stakersWei,
      prover_wei: booking.proverWei,
      treasury_wei: booking.treasuryWei,
      earnings_wei: toJson(booking.earningsWei),
    })
    bookings.push(booking)
    return booking
  }
  const open = async (epochId: bigint, indexVersion: bigint) => {
    await nextBlock(5n)
    await mirror('epochs', {
      model_id: 1n,
      epoch_id: epochId,
      model_version: 1n,
      index_version: indexVersion,
      circuit_id: CIRCUIT_ID,
      policy_id: 1n,
      ends_at: time + 600n,
    })
  }
  let debts: Debts = new Map()
  const nettings: ReturnType<typeof netEpoch>[] = []
  const close = async (epochId: bigint, booked: readonly ReturnType<typeof bookBatch>[]) => {
    await nextBlock(700n)
    const netted = netEpoch({ indexVersion: 1n, contributors: CONTRIBUTORS, batches: booked }, debts)
    debts = netted.debts
    for (const [slot, account] of netted.accounts.entries())
      await mirror('contributor_nettings', {
        model_id: 1n,
        epoch_id: epochId,
        contributor: account.contributor,
        slot,
        opening_wei: account.openingWei,
        booked_wei: account.bookedWei,
        paid_wei: account.paidWei,
        carried_wei: account.carriedWei,
      })
    await mirror('epoch_closures', {
      model_id: 1n,
      epoch_id: epochId,
      pools_wei: netted.poolsWei,
      paid_wei: netted.paidWei,
      treasury_wei: netted.treasuryWei,
    })
    nettings.push(netted)
  }

  await open(1n, 1n)
  const first = await settle(await seal(1n, 1n, 2), { after: 20n, prover: PROVERS[0] })
  await close(1n, [first])
  await open(2n, 1n)
  const second = [
    await settle(await seal(2n, 1n, 2), { after: 40n, prover: PROVERS[0] }),
    // In the last tenth of its time.
    await settle(await seal(2n, 1n, 1), { after: 950n, prover: PROVERS[0] }),
  ]
  await close(2n, second)
  await open(3n, 2n)
  await settle(await seal(3n, 2n, 2), { after: 30n, prover: PROVERS[1] })
  const unsettled = await seal(3n, 2n, 1)
  const refunded = await pay(3n)
  await nextBlock(SETTLE_SECONDS + 1n)
  for (const request of [unsettled.batch.traces[0]!.requestId, refunded])
    await mirror('refunds', { request_id: request, payer: addressOf('8'), fee_wei: FEE_WEI })
  await mirror('withdrawals', { account: CONTRIBUTORS[0]!, amount_wei: 7n })
  await pay(3n)
  return { batches, bookings, nettings }
}

function hashOf(text: string): Hex {
  return keccak256(toBytes(text))
}
