/** A batch whose shares round to nothing: the ledger credits nobody with 0, and so nobody is known by it. */
import { createClient, http, keccak256, toBytes } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readReferences } from '../../prover/audit/readReferences.ts'
import { openChildProcessBackend } from '../../prover/proving/childProcessBackend.ts'
import { proveBatch } from '../../prover/proving/proveBatch.ts'
import type { AuditRow } from '../../src/audit/AuditRow.ts'
import { auditRecords } from '../../src/audit/auditRecords.ts'
import { readChainRecords } from '../../src/audit/readChainRecords.ts'
import { payInference } from '../../src/chain/payInference.ts'
import { readBatchContext } from '../../src/chain/readBatchContext.ts'
import { sealBatch } from '../../src/chain/sealBatch.ts'
import { settleBatch } from '../../src/chain/settleBatch.ts'
import { verifyProofs } from '../../src/proof/verifyProofs.ts'
import { sealTraces } from '../../src/statement/buildStatement.ts'
import { account, contributors, deployTiny, type TinyDeployment, tiny, treasury } from '../chain/deployTiny.ts'

let at: TinyDeployment
beforeAll(async () => {
  at = await deployTiny()
})
afterAll(() => at?.chain.stop())

test('behavior: a fee of 1 wei, of which nothing is left for owner, stakers and prover, leaves nothing unchecked', async () => {
  const { clients, deployment, modelId, batch } = at
  const backend = openChildProcessBackend(at.artifacts)
  try {
    const requestHash = keccak256(toBytes('a question'))
    const paid = await payInference(clients.payer, deployment, { modelId, requestHash, feeWei: 1n })
    const traces = [{ ...batch.traces[0]!, requestId: paid.requestId, poolWei: paid.poolWei }]
    const { batchId } = await sealBatch(clients.operator, deployment, { modelId, sealed: sealTraces(traces, tiny) })
    const prover = account('a prover who was never credited').address
    const context = await readBatchContext(clients.stranger, deployment, { batchId, prover })
    await settleBatch(
      clients.stranger,
      deployment,
      await proveBatch({ ...batch, traces, context }, at.artifacts, backend),
    )
  } finally {
    await backend.close()
  }
  const client = createClient({ transport: http(at.chain.rpcUrl), batch: { multicall: { deployless: true } } })
  const records = readChainRecords(client, { references: await readReferences(undefined) })
  const rows: AuditRow[] = []
  const summary = await auditRecords(records, {
    verifyProofs: async (key, items) => verifyProofs(key, items),
    sinks: [{ row: (row) => void rows.push(row) }],
  })
  expect(summary.findings.filter(({ code }) => code !== 'BATCH_TINY')).toEqual([])
  expect(summary).toMatchObject({ ok: true, checked: { proofs: 1 }, totals: { treasuryWei: 1n, claimableWei: 1n } })
  const accounts = rows.flatMap((row) => (row.kind === 'account' ? [row.account] : []))
  expect(accounts.toSorted()).toEqual([...contributors, treasury].toSorted())
})
