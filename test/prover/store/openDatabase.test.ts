import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { NodeDatabase } from '../../../prover/store/openDatabase.ts'
import { KINDS, useDatabases } from './useDatabases.ts'

const databases = useDatabases()

/** A secret that a refused row holds, and that no error may show. */
const SECRET = 1234567n

const insertBlock = ({ kysely }: Pick<NodeDatabase, 'kysely'>, number: bigint) =>
  kysely
    .insertInto('blocks')
    .values({ number, hash: `0x${number}`, parent_hash: '0x', timestamp: 1n, has_events: false })
    .execute()
const countBlocks = async ({ kysely }: NodeDatabase) =>
  (await kysely.selectFrom('blocks').select(kysely.fn.countAll<bigint>().as('count')).executeTakeFirstOrThrow()).count

/** What a promise is rejected with. */
const rejectionOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error) => error,
  )

describe.each(KINDS)('%s', (kind) => {
  test('default: Kysely reads int8 and numeric as bigint, executeSql as the driver does', async () => {
    const db = await databases.clear(kind)
    const query = `select 1::int8 as "int8", ${2n ** 256n - 1n}::numeric(78) as "numeric", 3 as "int4", '{"a":1}'::jsonb as "json",
      array[null, 4]::numeric[] as "list", 'epoch'::timestamptz as "instant", null::int8 as "nothing"`
    const rest = { int4: 3, json: { a: 1 }, instant: new Date(0), nothing: null }
    const { rows } = await sql.raw(query).execute(db.kysely)
    expect(rows).toEqual([{ ...rest, int8: 1n, numeric: 2n ** 256n - 1n, list: [null, 4n] }])
    const plain = await db.executeSql(query)
    expect(plain.rows).toEqual([{ ...rest, int8: '1', numeric: String(2n ** 256n - 1n), list: [null, 4] }])
    expect(db.kind).toBe(kind)
  })

  test('behavior: bigints and texts go in as they come out', async () => {
    const { kysely } = await databases.clear(kind)
    const witness = { trace_id: '0x1', label: 1, features: '[1,-2]', input_salt: 2n ** 248n - 1n, output_salt: 0n }
    await kysely.insertInto('traces').values(traceRow('0x1', 1n)).execute()
    await kysely.insertInto('trace_witnesses').values(witness).execute()
    expect(await kysely.selectFrom('trace_witnesses').selectAll().execute()).toEqual([
      { ...witness, features: [1, -2] },
    ])
    const { numUpdatedRows } = await kysely
      .updateTable('traces')
      .set({ cancelled_at: new Date(5) })
      .where('trace_id', '=', '0x1')
      .executeTakeFirst()
    expect(numUpdatedRows).toBe(1n)
    const { cancelled_at } = await kysely.selectFrom('traces').select('cancelled_at').executeTakeFirstOrThrow()
    expect(cancelled_at).toEqual(new Date(5))
  })

  test('behavior: executeSql runs several statements and joins their rows', async () => {
    const { executeSql } = await databases.clear(kind)
    expect(await executeSql('begin; select 1 as a; select 2 as a; commit')).toEqual({ rows: [{ a: 1 }, { a: 2 }] })
    expect(await executeSql('select $1::text as a', ['x'])).toEqual({ rows: [{ a: 'x' }] })
  })

  test('behavior: a failed block of statements leaves no transaction behind', async () => {
    const db = await databases.clear(kind)
    // More often than there are connections.
    for (let i = 0; i < 12; i++) {
      const error = await rejectionOf(
        db.executeSql(`begin; insert into blocks values (${i}, '', '', 0, false); select 1/0; commit`),
      )
      expect(error).toMatchObject({ code: '22012' })
    }
    expect(await countBlocks(db)).toBe(0n)
  })

  test('behavior: transactions do not see each other, and queries beside them keep their own', async () => {
    const db = await databases.clear(kind)
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const number = BigInt(i)
        if (i % 2 === 0) return insertBlock(db, number)
        return db.kysely.transaction().execute(async (kysely) => {
          await insertBlock({ kysely }, number)
          // Half of the transactions take back what they wrote.
          if (i % 4 === 1) throw new Error('rolled back')
        })
      }).map((promise) => promise.catch((error) => expect(error.message).toBe('rolled back'))),
    )
    const rows = await db.kysely.selectFrom('blocks').select('number').orderBy('number').execute()
    expect(rows.map(({ number }) => number)).toEqual([
      0n,
      2n,
      3n,
      4n,
      6n,
      7n,
      8n,
      10n,
      11n,
      12n,
      14n,
      15n,
      16n,
      18n,
      19n,
    ])
  })

  test('error: what the database refuses keeps its code and its constraint, and loses the row', async () => {
    const { kysely } = await databases.clear(kind)
    await kysely.insertInto('traces').values(traceRow('0x1', SECRET)).execute()
    const twice = await rejectionOf(kysely.insertInto('traces').values(traceRow('0x2', SECRET)).execute())
    expect(twice).toMatchObject({ code: '23505', constraint: 'traces_live_request', table: 'traces' })
    const incomplete = await rejectionOf(
      sql`insert into trace_witnesses (trace_id, input_salt) values ('0x1', ${SECRET})`.execute(kysely),
    )
    expect(incomplete).toMatchObject({ code: '23502', column: 'features' })
    const malformed = await rejectionOf(sql`select ${`x${SECRET}`}::numeric`.execute(kysely))
    expect(malformed).toMatchObject({ code: '22P02', message: 'invalid input syntax for type numeric: (withheld)' })
    for (const error of [twice, incomplete, malformed])
      expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain(String(SECRET))
  })

  test('behavior: a lock has one holder at a time', async () => {
    const db = await databases.open(kind)
    const held = await db.tryLock('submitter 0x1')
    expect(held?.isHeld()).toBe(true)
    expect(await db.tryLock('submitter 0x1')).toBeUndefined()
    const other = await db.tryLock('submitter 0x2')
    expect(other?.isHeld()).toBe(true)
    await held?.release()
    expect(held?.isHeld()).toBe(false)
    const again = await db.tryLock('submitter 0x1')
    expect(again?.isHeld()).toBe(true)
    // Releasing once more does not take the lock away from its next holder.
    await held?.release()
    expect(await db.tryLock('submitter 0x1')).toBeUndefined()
  })

  test('behavior: close lets running queries end, and refuses whatever comes later', async () => {
    const db = await databases.open(kind)
    const running = Array.from({ length: 10 }, (_, i) =>
      db.executeSql('select pg_sleep(0.02), $1::int as a', [i]).then(({ rows }) => rows[0].a),
    )
    const settled = Promise.allSettled(running)
    await running[0]
    const closing = db.close()
    await expect(db.ping()).rejects.toMatchObject({ code: 'DATABASE_CLOSED' })
    await expect(insertBlock(db, 1n)).rejects.toMatchObject({ code: 'DATABASE_CLOSED' })
    await expect(db.tryLock('x')).rejects.toMatchObject({ code: 'DATABASE_CLOSED' })
    await closing
    await db.close()
    // Each had its connection or was told that it will get none.
    for (const [i, outcome] of (await settled).entries()) {
      if (outcome.status === 'fulfilled') expect(outcome.value).toBe(i)
      else expect(outcome.reason).toMatchObject({ code: 'DATABASE_CLOSED' })
    }
  })
})

function traceRow(trace_id: string, request_id: bigint) {
  return {
    trace_id,
    request_id,
    model_id: 1n,
    operator: '0x',
    input_commitment: 1n,
    output_commitment: 2n,
    nonce: 0n,
    deadline: 0n,
    signature: '0x',
    file_hash: '',
  }
}
