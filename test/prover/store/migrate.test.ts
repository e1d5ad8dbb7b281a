import { describe, expect, test } from 'vitest'
import { migrate, requireMigrated } from '../../../prover/store/migrate.ts'
import { MIGRATIONS } from '../../../prover/store/migrations/index.ts'
import { openDatabase } from '../../../prover/store/openDatabase.ts'
import { silent } from './openTestDatabase.ts'
import { KINDS, useDatabases } from './useDatabases.ts'

const databases = useDatabases()

describe.each(KINDS)('%s', (kind) => {
  test('behavior: a migrated database is left alone, and one that a later version has been at is refused', async () => {
    const db = await databases.open(kind)
    expect(await migrate(db)).toEqual([])
    await requireMigrated(db)
    await db.executeSql("insert into kysely_migration (name, timestamp) values ('9999-later', now()::text)")
    await expect(requireMigrated(db)).rejects.toMatchObject({ code: 'DATABASE_TOO_NEW' })
    await expect(migrate(db)).rejects.toMatchObject({ code: 'DATABASE_TOO_NEW' })
  })
})

test('default: several processes may migrate at once; one does it', async () => {
  const url = await (await databases.postgres()).createDatabase()
  const nodes = await Promise.all([1, 2, 3].map(() => openDatabase({ url }, silent)))
  await expect(requireMigrated(nodes[0]!)).rejects.toMatchObject({
    code: 'DATABASE_NOT_MIGRATED',
    hint: 'poa db migrate',
  })
  const applied = await Promise.all(nodes.map((node) => migrate(node)))
  expect(applied.flat()).toEqual(Object.keys(MIGRATIONS))
  await Promise.all(nodes.map((node) => requireMigrated(node)))
  await Promise.all(nodes.map((node) => node.close()))
})
