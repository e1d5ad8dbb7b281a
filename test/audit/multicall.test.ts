/** An honest chain on which contracts act for accounts, many steps in one transaction: nothing of it is a fault, and every figure is right. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Address,
  createClient,
  encodeFunctionData,
  getAddress,
  type Hex,
  http,
  keccak256,
  parseAbi,
  parseEther,
  toBytes,
} from 'viem'
import { readContract, sendTransaction, waitForTransactionReceipt } from 'viem/actions'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readReferences } from '../../prover/audit/readReferences.ts'
import { openChildProcessBackend } from '../../prover/proving/childProcessBackend.ts'
import { proveBatch } from '../../prover/proving/proveBatch.ts'
import { REPOSITORY_ROOT } from '../../scripts/circuits/compileCircuit.ts'
import { passTime } from '../../scripts/demo/connect.ts'
import type { AuditRecord } from '../../src/audit/AuditRecord.ts'
import type { AuditRow } from '../../src/audit/AuditRow.ts'
import { type AuditSummary, auditRecords } from '../../src/audit/auditRecords.ts'
import { FINDING_CODES } from '../../src/audit/findingCodes.ts'
import { readChainRecords } from '../../src/audit/readChainRecords.ts'
import { epochLedgerAbi, inferenceEscrowAbi, verifierRegistryAbi } from '../../src/chain/abi.ts'
import { executeContract } from '../../src/chain/executeContract.ts'
import { payInference } from '../../src/chain/payInference.ts'
import { readBatchContext } from '../../src/chain/readBatchContext.ts'
import { registerIndex, registerModel } from '../../src/chain/registerModel.ts'
import { sealBatch } from '../../src/chain/sealBatch.ts'
import { settleArguments } from '../../src/chain/settleBatch.ts'
import { verifyProofs } from '../../src/proof/verifyProofs.ts'
import { sealTraces } from '../../src/statement/buildStatement.ts'
import {
  contributors,
  deployTiny,
  EPOCH_LENGTH,
  SEAL_WINDOW,
  SETTLE_WINDOW,
  stakers,
  type TinyDeployment,
  tiny,
  treasury,
} from '../chain/deployTiny.ts'

let at: TinyDeployment
let runner: Address
let records: AuditRecord[]
let summary: AuditSummary
const rows: AuditRow[] = []

type Call = { readonly target: Address; readonly data: Hex }
const RUNNER = parseAbi([
  'struct Call { address target; uint256 value; bytes data; }',
  'function run(Call[] calls) payable',
])
/** Many calls in one transaction, none of them the sender's own; some may fail. */
async function callAll(calls: readonly Call[]): Promise<void> {
  const valued = calls.map((call) => ({ ...call, value: 0n }))
  const data = encodeFunctionData({ abi: RUNNER, functionName: 'run', args: [valued] })
  const hash = await sendTransaction(at.clients.stranger, { to: runner, data })
  const { status } = await waitForTransactionReceipt(at.clients.stranger, { hash })
  expect(status).toBe('success')
}
/** verifier-contracts/test/differential/CallRunner.sol, which stands for smart accounts and multicalls. */
async function deployRunner(): Promise<Address> {
  const path = join(REPOSITORY_ROOT, 'verifier-contracts/out/CallRunner.sol/CallRunner.json')
  const { bytecode } = JSON.parse(await readFile(path, 'utf8')) as { bytecode: { object: Hex } }
  const hash = await sendTransaction(at.clients.stranger, { data: bytecode.object })
  return (await waitForTransactionReceipt(at.clients.stranger, { hash })).contractAddress!
}
const onLedger = (functionName: 'closeEpoch' | 'withdraw', ...args: readonly unknown[]): Call => ({
  target: at.deployment.epochLedger,
  data: encodeFunctionData({ abi: epochLedgerAbi, functionName, args } as never),
})

async function audit(of: readonly AuditRecord[]): Promise<{ summary: AuditSummary; rows: AuditRow[] }> {
  const all: AuditRow[] = []
  const summary = await auditRecords(
    (async function* () {
      yield* of
    })(),
    { verifyProofs: async (key, items) => verifyProofs(key, items), sinks: [{ row: (row) => void all.push(row) }] },
  )
  return { summary, rows: all }
}
const gravest = ({ findings }: AuditSummary) =>
  findings.filter(({ code }) => FINDING_CODES[code].severity !== 'anomaly').map(({ code, message }) => [code, message])

beforeAll(async () => {
  at = await deployTiny()
  const { clients, deployment, batch } = at
  runner = await deployRunner()
  const backend = openChildProcessBackend(at.artifacts)
  const payer = clients.payer.account.address
  const pay = (modelId: bigint, ether: string) =>
    payInference(clients.payer, deployment, {
      modelId,
      requestHash: keccak256(toBytes('?')),
      feeWei: parseEther(ether),
    })
  const seal = async (modelId: bigint, fees: readonly string[], client = clients.operator) => {
    const paid: Awaited<ReturnType<typeof pay>>[] = []
    for (const fee of fees) paid.push(await pay(modelId, fee))
    const traces = paid.map(({ requestId, poolWei }, i) => ({ ...batch.traces[i]!, requestId, poolWei }))
    const { batchId } = await sealBatch(client, deployment, { modelId, sealed: sealTraces(traces, tiny) })
    return { batchId, traces }
  }
  /** The call that settles a batch; `other` changes its proof. */
  const settlementOf = async (
    { batchId, traces }: Awaited<ReturnType<typeof seal>>,
    isBroken = false,
  ): Promise<Call> => {
    const context = await readBatchContext(clients.stranger, deployment, { batchId, prover: payer })
    const proven = await proveBatch({ ...batch, traces, context }, at.artifacts, backend)
    const [id, prover, leaves, earnings, digest, proof] = settleArguments(proven)
    const args = [id, prover, leaves, earnings, digest, isBroken ? { ...proof, c: proof.a } : proof] as const
    const data = encodeFunctionData({ abi: inferenceEscrowAbi, functionName: 'settle', args })
    return { target: deployment.inferenceEscrow, data }
  }
  try {
    // A model whose owner, operator, payer and only contributor are one, who is also the prover.
    const { modelId: other } = await registerModel(clients.payer, deployment, {
      head: batch.head,
      shape: tiny,
      circuitId: at.circuitId,
      operator: payer,
    })
    await registerIndex(clients.payer, deployment, {
      modelId: other,
      index: batch.index,
      shape: tiny,
      contributors: [payer],
    })
    const own = await seal(other, ['1', '1'], clients.payer)
    const first = await seal(at.modelId, ['1'])
    const second = await seal(at.modelId, ['2', '3'])
    // A settlement that fails stands before the one that succeeds, with the same batch, prover and earnings.
    await callAll([
      await settlementOf(first, true),
      await settlementOf(first),
      await settlementOf(second),
      await settlementOf(own),
    ])
    await passTime(clients.stranger, EPOCH_LENGTH)
    // An epoch without any settlement.
    await pay(at.modelId, '4')
    await passTime(clients.stranger, SEAL_WINDOW + 1)
    const refund = (requestId: bigint): Call => ({
      target: deployment.inferenceEscrow,
      data: encodeFunctionData({ abi: inferenceEscrowAbi, functionName: 'refund', args: [requestId] }),
    })
    await callAll([refund(6n), onLedger('withdraw', payer)])
    await passTime(clients.stranger, EPOCH_LENGTH)
    await callAll([
      onLedger('closeEpoch', at.modelId, 1n),
      onLedger('closeEpoch', at.modelId, 2n),
      onLedger('withdraw', contributors[0]),
      onLedger('withdraw', treasury),
      onLedger('closeEpoch', other, 1n),
      onLedger('withdraw', treasury),
      onLedger('withdraw', stakers),
    ])
    // A circuit that is retired while a batch is sealed under it.
    await seal(at.modelId, ['1'])
    await executeContract(clients.governance, {
      address: deployment.verifierRegistry,
      abi: verifierRegistryAbi,
      functionName: 'retire',
      args: [at.circuitId],
    })
    await passTime(clients.stranger, SEAL_WINDOW + SETTLE_WINDOW + 1)
    await callAll([refund(7n)])
  } finally {
    await backend.close()
  }
  records = []
  const client = createClient({ transport: http(at.chain.rpcUrl), batch: { multicall: { deployless: true } } })
  for await (const record of readChainRecords(client, { references: await readReferences(undefined) }))
    records.push(record)
  const audited = await audit(records)
  summary = audited.summary
  rows.push(...audited.rows)
})
afterAll(() => at?.chain.stop())

describe('auditRecords, where contracts act for accounts', () => {
  test('behavior: no fault and no gap, whatever failed in the same transaction', () => {
    expect(gravest(summary)).toEqual([])
    expect(summary).toMatchObject({
      ok: true,
      checked: { proofs: 3 },
      totals: { closedEpochs: 3, refundedRequests: 2 },
    })
  })

  test('behavior: what is left to withdraw is what the ledger says, also when it was credited and withdrawn at once', async () => {
    const accounts = rows.filter((row) => row.kind === 'account')
    expect(accounts.map(({ account }) => account)).toContain(getAddress(treasury))
    for (const { account, claimableWei, withdrawnWei, ...causes } of accounts) {
      const answer = await readContract(at.clients.stranger, {
        address: at.deployment.epochLedger,
        abi: epochLedgerAbi,
        functionName: 'claimableOf',
        args: [account],
      })
      expect([account, claimableWei]).toEqual([account, answer])
      const { earnedWei, refundedWei, modelOwnerWei, stakersWei, proverWei, treasuryWei } = causes
      const credited = earnedWei + refundedWei + modelOwnerWei + stakersWei + proverWei + treasuryWei
      expect(withdrawnWei + claimableWei).toBe(credited)
    }
  })
})
