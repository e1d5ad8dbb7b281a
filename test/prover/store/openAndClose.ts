/** A process that opens a database, uses all of it, closes it and does nothing to end itself. Its argument is what openDatabase takes, as JSON. */
import { openDatabase } from '../../../prover/store/openDatabase.ts'
import { silent } from './openTestDatabase.ts'

const db = await openDatabase(JSON.parse(process.argv[2]!), silent)
await db.kysely.transaction().execute((trx) => trx.selectFrom('blocks').selectAll().execute())
await db.tryLock('never released')
// A transaction that nobody ever ends.
const started = new Promise<void>((resolve) => {
  db.kysely.transaction().execute(() => {
    resolve()
    return new Promise(() => {})
  })
})
await started
await db.close()
process.stdout.write('closed')
