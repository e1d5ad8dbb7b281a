/** `poa batch disclose` on an embedded database, as a node leaves it. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate } from '../../../prover/store/migrate.ts'
import { openDatabase } from '../../../prover/store/openDatabase.ts'
import { TEST_CONTEXT } from '../../../scripts/randomBatch.ts'
import { buildStatement } from '../../../src/statement/buildStatement.ts'
import { hashBatch } from '../../../src/statement/context.ts'
import { parseTraceBatch } from '../../../src/statement/traceBatchSchema.ts'
import { silent } from '../store/openTestDatabase.ts'
import { type StoredBatch, storeSealedBatch } from '../worker/storeSealedBatch.ts'
import { callPoa } from './callPoa.ts'
import { onlyJson } from './runPoa.ts'

let directory: string
let stored: StoredBatch
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-disclose-'))
  const db = await openDatabase({ directory: join(directory, 'database') }, silent)
  await migrate(db)
  const { chainId, settlement, circuitKeyHash, prover } = TEST_CONTEXT
  await db.kysely.insertInto('mirrored_deployment').values({ chain_id: chainId, escrow: settlement }).execute()
  stored = await storeSealedBatch(db.kysely, { batchId: 3n, circuitKeyHash })
  await storeSealedBatch(db.kysely, { batchId: 4n, circuitKeyHash })
  await db.kysely
    .insertInto('settlements')
    .values({
      batch_id: 3n,
      model_id: 3n,
      prover,
      digest: 5n,
      block_number: 3n,
      log_index: 99,
      transaction_hash: '0x',
    })
    .execute()
  await db.close()
})
afterAll(() => rm(directory, { recursive: true }))

const disclose = (id: string, out: string) =>
  callPoa(['batch', 'disclose', id, '--out', out, '--data-dir', directory, '--log-level', 'silent', '--json'])

test('default: a settled batch, for its owner alone to read, in the form that the node and the audit read', async () => {
  const file = join(directory, 'disclosed', '3.json')
  expect(onlyJson(await disclose('3', file))).toEqual({ ok: true, batchId: '3', file, traces: 2 })
  const batch = parseTraceBatch(JSON.parse(await readFile(file, 'utf8')))
  expect(batch).toEqual({ ...stored.batch, batchSalt: 0n })
  expect(hashBatch(buildStatement(batch).sealed)).toBe(stored.batchHash)
  expect((await stat(file)).mode & 0o077).toBe(0)
  const again = await disclose('3', file)
  expect([again.exitCode, onlyJson(again).code]).toEqual([1, 'FILE_EXISTS'])
  expect(await readdir(join(directory, 'disclosed'))).toEqual(['3.json'])
})

test.each([
  ['4', 'BATCH_NOT_SETTLED'],
  ['5', 'BATCH_UNKNOWN'],
])('error: batch %s: %s', async (id, code) => {
  const out = join(directory, `${code}.json`)
  const run = await disclose(id, out)
  expect([run.exitCode, onlyJson(run).code]).toEqual([1, code])
  await expect(stat(out)).rejects.toThrow('ENOENT')
})
