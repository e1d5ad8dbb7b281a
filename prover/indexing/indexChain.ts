import { type Kysely, sql, type Transaction } from 'kysely'
import type { Logger } from 'pino'
import type { Hex } from 'viem'
import { getBlock } from 'viem/actions'
import { PoaError } from '../../src/errors.ts'
import type { OnStep } from '../steps.ts'
import type { NodeDatabase } from '../store/openDatabase.ts'
import { recordEvent } from '../store/recordEvent.ts'
import type { Tables } from '../store/tables.ts'
import type { NodeChain } from './connectChain.ts'
import { type EventRows, eventRows, type MirrorTable } from './eventRows.ts'
import { describeRpcFailure } from './openRpcs.ts'
import { type ContractLog, readHeader, readSpan, type Span } from './readSpan.ts'

/** Blocks of history in one request for logs. */
const DEFAULT_MAX_BLOCK_RANGE = 2_000n
/** Newest blocks that stay although nothing happened in them, so that a reorganisation is followed to the very block. */
const KEPT_BLOCKS = 512
/** PostgreSQL takes 65,535 parameters in one statement, and no table here has 30 columns. */
const ROWS_AT_ONCE = 2_000

export type IndexRound = {
  /** First and last block that were read. */
  readonly from: bigint
  readonly to: bigint
  /** Set when blocks were taken back: the highest one that stayed, or the one before `startBlock`. */
  readonly rolledBackTo?: bigint
  /** Logs of the contracts, ignored ones included. */
  readonly events: number
}

export type IndexChainOptions = {
  readonly db: Pick<NodeDatabase, 'kysely'>
  readonly chain: NodeChain
  /** Where to begin when nothing is mirrored yet: the block of the deployment, or an earlier one. */
  readonly startBlock: bigint
  readonly onStep: OnStep
  readonly logger: Logger
  readonly maxBlockRange?: bigint
}

type StoredBlock = { readonly number: bigint; readonly hash: string }
/** What a round found on the chain. */
type Found = { readonly kept: StoredBlock | undefined; readonly from: bigint; readonly to: bigint; readonly span: Span }

/**
 * One round: finds the newest block that mirror and chain share, reads the blocks that follow it, and in one database transaction takes back what
 * is above it and writes these. Call again at once when it returns something. Several indexers may run at the same time.
 * @returns undefined when there is nothing to do, when the chain changed while it was read, or when another indexer was faster
 * @throws PoaError RPC_UNREACHABLE, WRONG_CHAIN, RPC_REFUSED, UNKNOWN_EVENT, MIRROR_OF_OTHER_CONTRACTS, and what the database and `onStep` throw:
 * nothing is written then
 */
export async function indexChain(options: IndexChainOptions): Promise<IndexRound | undefined> {
  const { db, chain, logger } = options
  await requireSameContracts(db.kysely, chain)
  const cursor = await readNewestBlock(db.kysely)
  const found = await readNext(options, cursor).catch((error) => {
    const failure = describeRpcFailure(error)
    if (!(failure instanceof PoaError) || failure.code !== 'CHAIN_MOVED') throw failure
    logger.info({ reason: failure.message }, 'indexing round given up')
    return undefined
  })
  if (found === undefined) return undefined
  const round = await writeRound(options, cursor, found)
  if (round?.rolledBackTo !== undefined) logger.warn(toLogFields(round), 'chain reorganised')
  else if (round !== undefined) logger.debug(toLogFields(round), 'blocks indexed')
  return round
}

async function readNext(
  { db, chain, startBlock, maxBlockRange = DEFAULT_MAX_BLOCK_RANGE }: IndexChainOptions,
  cursor: StoredBlock | undefined,
): Promise<Found | undefined> {
  const latest = await getBlock(chain.client, { blockTag: 'latest' })
  let kept = cursor
  if (cursor !== undefined) {
    if (cursor.hash === latest.hash) return undefined
    const comparable = cursor.number <= latest.number ? cursor : await readNewestBlock(db.kysely, latest.number)
    // An RPC that lags behind shows an older part of the same chain: that takes nothing back.
    if (comparable === undefined) return undefined
    const isShared = (await readHeader(chain, comparable.number)).hash === comparable.hash
    if (isShared && cursor.number >= latest.number) return undefined
    if (!isShared) kept = await findNewestShared(db.kysely, chain, comparable.number)
  }
  const from = kept === undefined ? startBlock : kept.number + 1n
  if (from > latest.number) return undefined
  const parentHash = kept?.hash as Hex | undefined
  const span = await readSpan(chain, { from, latest: latest.number, parentHash, maxBlockRange })
  return { kept, from, to: span.headers.at(-1)!.number, span }
}

/** Bisects the stored blocks: below a block that the chain still has, it has all of them. */
async function findNewestShared(
  kysely: Kysely<Tables>,
  chain: NodeChain,
  below: bigint,
): Promise<StoredBlock | undefined> {
  const stored = await kysely
    .selectFrom('blocks')
    .select(['number', 'hash'])
    .where('number', '<', below)
    .orderBy('number')
    .execute()
  let shared = 0
  let end = stored.length
  while (shared < end) {
    const middle = (shared + end) >> 1
    const { number, hash } = stored[middle]!
    if ((await readHeader(chain, number)).hash === hash) shared = middle + 1
    else end = middle
  }
  return stored[shared - 1]
}

function writeRound(
  { db, chain, startBlock, onStep }: IndexChainOptions,
  cursor: StoredBlock | undefined,
  { kept, from, to, span }: Found,
): Promise<IndexRound | undefined> {
  return db.kysely.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended('poa index', 0))`.execute(trx)
    if ((await readNewestBlock(trx))?.hash !== cursor?.hash) return undefined
    await trx
      .insertInto('mirrored_deployment')
      .values({ chain_id: BigInt(chain.chainId), escrow: chain.deployment.inferenceEscrow })
      .onConflict((conflict) => conflict.doNothing())
      .execute()

    const round: IndexRound = {
      from,
      to,
      events: span.logs.length,
      ...(kept?.hash === cursor?.hash ? {} : { rolledBackTo: kept?.number ?? startBlock - 1n }),
    }
    if (round.rolledBackTo !== undefined) {
      await trx.deleteFrom('blocks').where('number', '>', round.rolledBackTo).execute()
      await recordEvent(trx, { kind: 'chain.rolled-back', data: { to: String(round.rolledBackTo) } })
    }
    await insertSpan(trx, span)
    await sql`delete from blocks where not has_events and number <=
      (select number from blocks order by number desc offset ${KEPT_BLOCKS} limit 1)`.execute(trx)
    await onStep('index.written')
    return round
  })
}

async function insertSpan(trx: Transaction<Tables>, { headers, logs }: Span): Promise<void> {
  const eventful = new Set(logs.map(({ blockNumber }) => blockNumber))
  const blocks = headers.map(({ number, hash, parentHash, timestamp }) => {
    return { number, hash, parent_hash: parentHash, timestamp, has_events: eventful.has(number) }
  })
  await insertRows(trx, 'blocks', blocks)

  const rowsByTable = new Map<MirrorTable, object[]>()
  const nodeEvents: NonNullable<EventRows['nodeEvent']>[] = []
  for (const log of logs) {
    const { rows, nodeEvent } = eventRows(log)
    for (const { table, row } of rows) {
      if (!rowsByTable.has(table)) rowsByTable.set(table, [])
      rowsByTable.get(table)!.push({ ...row, ...placeOf(log) })
    }
    if (nodeEvent !== undefined) nodeEvents.push(nodeEvent)
  }
  for (const [table, rows] of rowsByTable) await insertRows(trx, table, rows)
  for (const nodeEvent of nodeEvents) await recordEvent(trx, nodeEvent)
}

const placeOf = ({ blockNumber, logIndex, transactionHash }: ContractLog) => {
  return { block_number: blockNumber, log_index: logIndex, transaction_hash: transactionHash }
}

async function insertRows(trx: Transaction<Tables>, table: MirrorTable | 'blocks', rows: readonly object[]) {
  for (let i = 0; i < rows.length; i += ROWS_AT_ONCE) {
    // eventRows has typed each row by its table.
    const values = rows.slice(i, i + ROWS_AT_ONCE) as never[]
    await trx.insertInto(table).values(values).execute()
  }
}

/** The newest mirrored block, of those up to `upTo` if given. */
async function readNewestBlock(kysely: Kysely<Tables>, upTo?: bigint): Promise<StoredBlock | undefined> {
  const query = kysely.selectFrom('blocks').select(['number', 'hash']).orderBy('number', 'desc').limit(1)
  return await (upTo === undefined ? query : query.where('number', '<=', upTo)).executeTakeFirst()
}

/** @throws PoaError MIRROR_OF_OTHER_CONTRACTS: two deployments in one mirror could not be told apart */
async function requireSameContracts(kysely: Kysely<Tables>, { chainId, deployment }: NodeChain): Promise<void> {
  const mirrored = await kysely.selectFrom('mirrored_deployment').select(['chain_id', 'escrow']).executeTakeFirst()
  if (mirrored === undefined) return
  if (mirrored.chain_id === BigInt(chainId) && mirrored.escrow === deployment.inferenceEscrow) return
  throw new PoaError(
    'MIRROR_OF_OTHER_CONTRACTS',
    `the database mirrors the escrow ${mirrored.escrow} on chain ${mirrored.chain_id}, configured is ` +
      `${deployment.inferenceEscrow} on chain ${chainId}`,
    { hint: 'Give each escrow a database of its own: another dataDir or databaseUrl.' },
  )
}

const toLogFields = ({ from, to, rolledBackTo, events }: IndexRound) => {
  return { from: String(from), to: String(to), rolledBackTo: rolledBackTo?.toString(), events }
}
