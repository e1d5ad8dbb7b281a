/** Full batches of the shape `standard`, from payment to withdrawal: real keys, real proofs, the generated verifier, a real chain. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Address, keccak256, toBytes } from 'viem'
import { getBalance } from 'viem/actions'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openChildProcessBackend } from '../../prover/proving/childProcessBackend.ts'
import type { ProvingBackend } from '../../prover/proving/ProvingBackend.ts'
import { type ProvenBatch, proveBatch } from '../../prover/proving/proveBatch.ts'
import { submitProof } from '../../prover/proving/submitProof.ts'
import { REPOSITORY_ROOT } from '../../scripts/circuits/compileCircuit.ts'
import { passTime } from '../../scripts/demo/connect.ts'
import { seededRandom } from '../../scripts/randomBatch.ts'
import { closeEpoch } from '../../src/chain/closeEpoch.ts'
import { payInference } from '../../src/chain/payInference.ts'
import { readBatchContext } from '../../src/chain/readBatchContext.ts'
import { sealBatch } from '../../src/chain/sealBatch.ts'
import { verifyOnChain } from '../../src/chain/verifyOnChain.ts'
import { withdraw } from '../../src/chain/withdraw.ts'
import { verifyProof } from '../../src/proof/verifyProof.ts'
import { shapeNamed } from '../../src/shape.ts'
import { listPublicSignals, sealTraces } from '../../src/statement/buildStatement.ts'
import { deployShape, EPOCH_LENGTH, type ShapeDeployment, stakers, treasury } from '../chain/deployTiny.ts'

const standard = shapeNamed('standard')
/** All calls by operator and prover: 16,000 for each trace. */
const GAS_A_BATCH = 16_000 * standard.traces

let at: ShapeDeployment
let backend: ProvingBackend
const gas: Record<string, number> = {}
const random = seededRandom(2026)
const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n)

beforeAll(async () => {
  at = await deployShape(standard)
  backend = openChildProcessBackend(at.artifacts)
})
afterAll(async () => {
  await backend?.close()
  await at?.chain.stop()
  const directory = join(REPOSITORY_ROOT, 'build', 'test-results')
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'standard-gas.json'), `${JSON.stringify(gas, null, 2)}\n`)
})

type Settled = { readonly proven: ProvenBatch; readonly feesWei: readonly bigint[]; readonly gasUsed: number }

/** Pays for a full batch with fees that are not round, seals, proves and settles it. Notes the gas of each call under a name. */
async function settleFullBatch(name: string): Promise<Settled> {
  const { operator, payer, prover, stranger } = at.clients
  const feesWei = at.batch.traces.map(() => 10n ** 15n + random.bigBits(56))
  const traces = []
  for (const [i, trace] of at.batch.traces.entries()) {
    const request = { modelId: at.modelId, requestHash: keccak256(toBytes(`${name} ${i}`)), feeWei: feesWei[i]! }
    const { requestId, poolWei } = await payInference(payer, at.deployment, request)
    traces.push({ ...trace, requestId, poolWei })
  }
  const sealing = { modelId: at.modelId, sealed: sealTraces(traces, standard) }
  const { batchId, gasUsed: sealGas } = await sealBatch(operator, at.deployment, sealing)
  const context = await readBatchContext(stranger, at.deployment, { batchId, prover: prover.account.address })
  const proven = await proveBatch({ ...at.batch, traces, context }, at.artifacts, backend)
  expect(await verifyOnChain(stranger, at.deployment.inferenceEscrow, proven)).toEqual({
    isAccepted: true,
    isSettled: false,
  })
  const { gasUsed: settleGas } = await submitProof(prover, at.deployment, proven)
  gas[`seal, ${name}`] = Number(sealGas)
  gas[`settle, ${name}`] = Number(settleGas)
  gas[`both a trace, ${name}`] = Math.ceil(Number(sealGas + settleGas) / standard.traces)
  return { proven, feesWei, gasUsed: Number(sealGas + settleGas) }
}

describe('standard', () => {
  const settled: Settled[] = []

  test('default: a batch of 64 traces with 32 contributors is proved and settled', async () => {
    const batch = await settleFullBatch('first of the epoch')
    settled.push(batch)
    const { proven } = batch
    expect(proven.claim.sealed.requestIds).toHaveLength(64)
    expect(proven.claim.earnings).toHaveLength(32)
    const publicSignals = listPublicSignals(proven.statement.publicSignals)
    const { verificationKey } = at.artifacts
    expect(verifyProof({ verificationKey, publicSignals, proof: proven.proof })).toBe(true)
  })

  test('behavior: sealing and settling the next one takes at most 16,000 gas a trace', async () => {
    const batch = await settleFullBatch('later in the epoch')
    settled.push(batch)
    expect(batch.gasUsed).toBeLessThanOrEqual(GAS_A_BATCH)
  })

  test('behavior: the epoch nets both, and everybody withdraws what is theirs, to the wei', async () => {
    await passTime(at.clients.stranger, EPOCH_LENGTH)
    const epoch = await closeEpoch(at.clients.stranger, at.deployment, { modelId: at.modelId, epochId: 1n })
    const bookedWei = at.contributors.map((_, slot) =>
      sum(settled.map(({ proven }) => proven.statement.earnings[slot]! >> 64n)),
    )
    expect(epoch.contributors.map((entry) => entry.bookedWei)).toEqual(bookedWei)
    expect(epoch.contributors.map((entry) => entry.paidWei)).toEqual(bookedWei.map((wei) => (wei > 0n ? wei : 0n)))
    expect([bookedWei.some((wei) => wei > 0n), bookedWei.some((wei) => wei < 0n)]).toEqual([true, true])
    const feesWei = settled.flatMap((batch) => batch.feesWei)
    expect(epoch.poolsWei).toBe(sum(feesWei.map((fee) => fee / 2n)))
    expect(epoch.paidWei + epoch.treasuryWei).toBe(epoch.poolsWei)
    gas.closeEpoch = Number(epoch.gasUsed)

    const paid = at.contributors.filter((_, slot) => bookedWei[slot]! > 0n)
    const { modelOwner, prover } = at.clients
    const accounts: Address[] = [...paid, modelOwner.account.address, prover.account.address, stakers, treasury]
    let withdrawn = 0n
    for (const account of accounts) {
      withdrawn += (await withdraw(at.clients.stranger, at.deployment, { account })).amountWei
    }
    expect(withdrawn).toBe(sum(feesWei))
    for (const address of [at.deployment.inferenceEscrow, at.deployment.epochLedger]) {
      expect(await getBalance(at.clients.stranger, { address })).toBe(0n)
    }
  })
})
