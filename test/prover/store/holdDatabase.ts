/** A process with an embedded database: opens the directory named by its argument, writes blocks one after the other, and prints each number once it is stored. */
import { openDatabase } from '../../../prover/store/openDatabase.ts'
import { silent } from './openTestDatabase.ts'

const { kysely } = await openDatabase({ directory: process.argv[2]! }, silent)
for (let number = 0n; ; number++) {
  const block = { number, hash: '', parent_hash: '', timestamp: 0n, has_events: false }
  await kysely.insertInto('blocks').values(block).execute()
  process.stdout.write(`${number}\n`)
}
