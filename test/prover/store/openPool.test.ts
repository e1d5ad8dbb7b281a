import { expect, test } from 'vitest'
import { openPool } from '../../../prover/store/openPool.ts'
import { silent } from './openTestDatabase.ts'
import { useDatabases } from './useDatabases.ts'

const databases = useDatabases()
const newUrl = async () => (await databases.postgres()).createDatabase()
const rollback = (code: string) => expect.objectContaining({ code })

test('behavior: a transaction without a query for too long is rolled back, and the next one gets its connection', async () => {
  const pool = openPool({ connectionString: await newUrl(), max: 1 }, silent, 100)
  await pool.executeSql('create table numbers (number integer)')
  const forgotten = await pool.connect()
  await forgotten.query('begin', [])
  await forgotten.query('insert into numbers values (1)', [])
  expect(await pool.executeSql('select * from numbers')).toEqual({ rows: [] })
  await expect(forgotten.query('commit', [])).rejects.toEqual(rollback('TRANSACTION_TIMED_OUT'))
  forgotten.release()
  await pool.end()
})

test('behavior: a long query is no idle transaction, also when a shorter one beside it has ended', async () => {
  const pool = openPool({ connectionString: await newUrl(), max: 1 }, silent, 100)
  const busy = await pool.connect()
  const [, slept] = await Promise.all([
    busy.query('select 1', []),
    busy.query("select pg_sleep(0.3), 'slept' as what", []),
  ])
  expect(slept.rows).toMatchObject([{ what: 'slept' }])
  busy.release()
  await pool.end()
})

test('behavior: a connection that is given back in mid-transaction is not given to anyone', async () => {
  const pool = openPool({ connectionString: await newUrl(), max: 1 }, silent)
  await pool.executeSql('create table numbers (number integer)')
  const careless = await pool.connect()
  await careless.query('begin', [])
  await careless.query('insert into numbers values (1)', [])
  careless.release()
  expect(await pool.executeSql('select * from numbers')).toEqual({ rows: [] })
  await pool.end()
})
