import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { pruneEvents } from '../../../prover/store/pruneEvents.ts'
import { readEvents, readLastPosition } from '../../../prover/store/readEvents.ts'
import { recordEvent } from '../../../prover/store/recordEvent.ts'
import { KINDS, useDatabases } from './useDatabases.ts'

const databases = useDatabases()

describe.each(KINDS)('%s', (kind) => {
  test('default: events are read in order, from where one stopped', async () => {
    const { kysely } = await databases.clear(kind)
    expect((await readLastPosition(kysely)).event_id).toBe(0n)
    await recordEvent(kysely, { kind: 'trace.accepted', traceId: '0x1' })
    await recordEvent(kysely, { kind: 'batch.sealed', batchId: 2n ** 255n, data: { poolWei: 5n } })
    await recordEvent(kysely, { kind: 'trace.cancelled', traceId: '0x1' })
    const [first, ...rest] = await readEvents(kysely, { after: 0n, limit: 2 })
    expect(first).toEqual({
      event_id: 1n,
      writer: expect.any(BigInt),
      at: expect.any(Date),
      kind: 'trace.accepted',
      trace_id: '0x1',
      batch_id: null,
      data: {},
    })
    expect(rest).toMatchObject([{ event_id: 2n, kind: 'batch.sealed', batch_id: 2n ** 255n, data: { poolWei: '5' } }])
    expect(await readEvents(kysely, { after: 2n, limit: 2 })).toMatchObject([{ kind: 'trace.cancelled' }])
    expect(await readEvents(kysely, { after: 0n, until: 2n, limit: 10 })).toHaveLength(2)
    expect((await readLastPosition(kysely)).event_id).toBe(3n)
  })

  test('behavior: what is old is forgotten, and so is what another server wrote; whoever goes on from there misses nothing', async () => {
    const { kysely } = await databases.clear(kind)
    const read = async (after: bigint) =>
      (await readEvents(kysely, { after, limit: 10 })).map(({ event_id }) => event_id)
    for (let i = 0; i < 3; i++) await recordEvent(kysely, { kind: 'happened' })
    await sql`update events set at = now() - make_interval(days => 10 * (3 - event_id)::integer)`.execute(kysely)
    expect(await pruneEvents(kysely, 15)).toBe(1n)
    expect(await read(0n)).toEqual([2n, 3n])
    expect(await read(1n)).toEqual([2n, 3n])
    expect(await read(123456789n)).toEqual([2n, 3n])
    // As in a dump of a server with more transactions behind it than this one.
    await sql`update events set writer = '1000000000' where event_id = 2`.execute(kysely)
    expect(await pruneEvents(kysely, 15)).toBe(1n)
    expect(await read(0n)).toEqual([3n])
  })

  test('behavior: the events of a trace are also those of its batch', async () => {
    const { kysely } = await databases.clear(kind)
    const commitments = { input_commitment: 1n, output_commitment: 2n }
    const trace = {
      ...commitments,
      model_id: 1n,
      operator: '0x',
      nonce: 0n,
      deadline: 0n,
      signature: '',
      file_hash: '',
    }
    const rows = [
      { ...trace, trace_id: '0x1', request_id: 5n },
      { ...trace, trace_id: '0x2', request_id: 6n },
    ]
    await kysely.insertInto('traces').values(rows).execute()
    const block = { number: 1n, hash: '0x', parent_hash: '0x', timestamp: 1n, has_events: true }
    await kysely.insertInto('blocks').values(block).execute()
    const mirrored = { block_number: 1n, log_index: 0, transaction_hash: '0x' }
    const sealed = { batch_id: 8n, position: 0, request_id: 5n, pool_wei: 1n, ...commitments, ...mirrored }
    await kysely.insertInto('batch_requests').values(sealed).execute()
    await recordEvent(kysely, { kind: 'trace.accepted', traceId: '0x1' })
    await recordEvent(kysely, { kind: 'trace.accepted', traceId: '0x2' })
    await recordEvent(kysely, { kind: 'batch.sealed', batchId: 8n })
    await recordEvent(kysely, { kind: 'batch.sealed', batchId: 9n })
    const eventsOf = async (traceId: string) =>
      (await readEvents(kysely, { after: 0n, limit: 10, traceId })).map(({ event_id }) => event_id)
    expect(await eventsOf('0x1')).toEqual([1n, 3n])
    expect(await eventsOf('0x2')).toEqual([2n])
  })
})

test('behavior: a reader misses nothing of a transaction that drew a lower id and commits later', async () => {
  const { kysely } = await databases.clear('postgres')
  const read = async (after: bigint, until?: bigint) =>
    (await readEvents(kysely, { after, until, limit: 10 })).map(({ kind }) => kind)
  const [early, late] = [await kysely.startTransaction().execute(), await kysely.startTransaction().execute()]
  await recordEvent(early, { kind: 'early 1' })
  await recordEvent(late, { kind: 'late 2' })
  await recordEvent(early, { kind: 'early 3' })
  await recordEvent(kysely, { kind: 'after them 4' })
  // Committed, but of a transaction that began after ones that still run.
  expect(await read(0n)).toEqual([])
  await early.commit().execute()
  expect(await read(0n)).toEqual(['early 1', 'early 3'])
  await late.commit().execute()
  expect(await read(3n)).toEqual(['late 2', 'after them 4'])
  expect(await read(0n)).toEqual(['early 1', 'early 3', 'late 2', 'after them 4'])
  expect(await read(0n, 3n)).toEqual(['early 1', 'early 3'])
  expect((await readLastPosition(kysely)).event_id).toBe(4n)
})

test('behavior: an event whose transaction was rolled back is not waited for', async () => {
  const { kysely } = await databases.clear('postgres')
  const rolledBack = kysely.transaction().execute(async (trx) => {
    await recordEvent(trx, { kind: 'first' })
    throw new Error('rolled back')
  })
  await expect(rolledBack).rejects.toThrow('rolled back')
  await recordEvent(kysely, { kind: 'second' })
  expect(await readEvents(kysely, { after: 0n, limit: 10 })).toMatchObject([{ event_id: 2n, kind: 'second' }])
})
