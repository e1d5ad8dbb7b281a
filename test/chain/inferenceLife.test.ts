/** The life of paid inferences through the viem actions, on a real chain with real proofs of the shape `tiny`. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { type Address, type Hex, hexToBytes, keccak256, parseEther, toBytes, zeroAddress } from 'viem'
import { getBalance, readContract } from 'viem/actions'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeProofBundle } from '../../prover/commands/writeProofBundle.ts'
import { openChildProcessBackend } from '../../prover/proving/childProcessBackend.ts'
import { type ProvenBatch, proveBatch } from '../../prover/proving/proveBatch.ts'
import { submitProof } from '../../prover/proving/submitProof.ts'
import { connect, passTime } from '../../scripts/demo/connect.ts'
import { seededRandom } from '../../scripts/randomBatch.ts'
import { startLocalChain } from '../../scripts/startLocalChain.ts'
import { epochLedgerAbi, inferenceEscrowAbi, verifierRegistryAbi } from '../../src/chain/abi.ts'
import { approveSealer } from '../../src/chain/approveSealer.ts'
import { closeEpoch } from '../../src/chain/closeEpoch.ts'
import { ContractRevertError, executeContract } from '../../src/chain/executeContract.ts'
import { type PaidRequest, payInference } from '../../src/chain/payInference.ts'
import { readBatchContext } from '../../src/chain/readBatchContext.ts'
import { readPayments } from '../../src/chain/readPayments.ts'
import { refundRequest } from '../../src/chain/refundRequest.ts'
import { registerCircuit } from '../../src/chain/registerCircuit.ts'
import { registerIndex, registerModel } from '../../src/chain/registerModel.ts'
import { sealBatch } from '../../src/chain/sealBatch.ts'
import { settleBatch } from '../../src/chain/settleBatch.ts'
import { verifyOnChain } from '../../src/chain/verifyOnChain.ts'
import { withdraw } from '../../src/chain/withdraw.ts'
import { FIELD_ORDER } from '../../src/field.ts'
import { sealTraces, type TraceBatch } from '../../src/statement/buildStatement.ts'
import { computeContext, hashBatch, type SealedTraces } from '../../src/statement/context.ts'
import { derivePublicSignals, type SettlementClaim } from '../../src/statement/settlementClaim.ts'
import { negateG1, negateG2, rerandomise } from '../proof/pointJson.ts'
import {
  account,
  contributors,
  deployTiny,
  EPOCH_LENGTH,
  genesisBalances,
  SEAL_WINDOW,
  SETTLE_WINDOW,
  stakers,
  type TinyDeployment,
  tiny,
  treasury,
} from './deployTiny.ts'

let at: TinyDeployment
beforeAll(async () => {
  at = await deployTiny()
})
afterAll(() => at?.chain.stop())

const requestHash = keccak256(toBytes('a question'))
const pay = (feeWei: bigint, modelId = at.modelId): Promise<PaidRequest> =>
  payInference(at.clients.payer, at.deployment, { modelId, requestHash, feeWei })
/** Registers the model's index once more, as it is. */
const registerAnew = () => {
  const { modelId, batch } = at
  return registerIndex(at.clients.modelOwner, at.deployment, { modelId, index: batch.index, shape: tiny, contributors })
}
const indexVersionOf = async (epochId: bigint) => {
  const { epochLedger: address } = at.deployment
  const query = { address, abi: epochLedgerAbi, functionName: 'epochOf', args: [at.modelId, epochId] } as const
  return (await readContract(at.clients.stranger, query)).indexVersion
}
const claimableOf = (who: Address) =>
  readContract(at.clients.stranger, {
    address: at.deployment.epochLedger,
    abi: epochLedgerAbi,
    functionName: 'claimableOf',
    args: [who],
  })
const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n)

/** The action is refused by a contract with exactly this custom error and these values. */
async function expectRevert(action: Promise<unknown>, error: string, args?: readonly unknown[]): Promise<void> {
  const failure = await action.then(
    () => undefined,
    (reason) => reason,
  )
  expect(failure).toBeInstanceOf(ContractRevertError)
  expect(failure).toMatchObject({ name: 'ContractRevertError', code: 'CONTRACT_REVERTED', error })
  if (args !== undefined) expect(failure.args).toEqual(args)
  expect(failure.message).toContain(`reverted with ${error}(`)
}

describe('startLocalChain', () => {
  test('default: genesis holds the given balances and nothing else: exactly 1,000,000,000 OPEN', async () => {
    const chain = await startLocalChain(genesisBalances())
    try {
      const client = connect(chain, account('stranger'))
      const dump = (await client.request({ method: 'anvil_dumpState' } as never)) as Hex
      const state = JSON.parse(gunzipSync(hexToBytes(dump)).toString()) as {
        accounts: Record<string, { balance: string; code: string }>
      }
      const balances = Object.values(state.accounts).map(({ balance }) => BigInt(balance))
      expect(sum(balances)).toBe(10n ** 27n)
      expect(sum([...genesisBalances().values()])).toBe(10n ** 27n)
      for (const [address, wei] of genesisBalances()) expect(await getBalance(client, { address })).toBe(wei)
      // The accounts whose keys every anvil user knows hold nothing here.
      expect(await getBalance(client, { address: '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266' })).toBe(0n)
    } finally {
      await chain.stop()
    }
    await chain.stop() // once more does nothing
    await expect(fetch(chain.rpcUrl)).rejects.toThrow()
  })
})

describe('a batch from payment to withdrawal', () => {
  const feesWei = [10n ** 18n, 2n * 10n ** 18n, 1_500_000_000_000_000_001n]
  const fees = sum(feesWei)
  const pools = feesWei.map((fee) => fee / 2n)
  let paid: PaidRequest[]
  let sealed: SealedTraces
  let batchId: bigint
  let batch: TraceBatch
  let proven: ProvenBatch

  const proverAddress = () => at.clients.prover.account.address
  const withClaim = (change: Partial<SettlementClaim>) => ({ ...proven, claim: { ...proven.claim, ...change } })

  beforeAll(async () => {
    paid = []
    for (const fee of feesWei) {
      paid.push(await pay(fee))
      // The running epoch keeps its index, and the proof is made for that one.
      await registerAnew()
    }
    const traces = at.batch.traces.slice(0, 3).map((trace, i) => {
      const { requestId, poolWei } = paid[i]!
      return { ...trace, requestId, poolWei }
    })
    sealed = sealTraces(traces, tiny)
    batchId = (await sealBatch(at.clients.operator, at.deployment, { modelId: at.modelId, sealed })).batchId
    const context = await readBatchContext(at.clients.stranger, at.deployment, { batchId, prover: proverAddress() })
    batch = { ...at.batch, traces, context }
    const backend = openChildProcessBackend(at.artifacts)
    try {
      proven = await proveBatch(batch, at.artifacts, backend)
    } finally {
      await backend.close()
    }
  })

  test('default: payments count requests up and pin one epoch and half of the fee, rounded down', () => {
    expect(paid.map(({ requestId }) => requestId)).toEqual([1n, 2n, 3n])
    expect(paid.map(({ poolWei }) => poolWei)).toEqual(pools)
    expect(paid.map(({ epochId }) => epochId)).toEqual([1n, 1n, 1n])
    expect(batchId).toBe(1n)
  })

  test('behavior: an index that is registered between payments waits for the next epoch', async () => {
    expect(await indexVersionOf(1n)).toBe(1)
  })

  test('behavior: the context read from the chain is the one that the contract derives, for any prover', async () => {
    for (const prover of [proverAddress(), treasury, zeroAddress]) {
      const context = await readBatchContext(at.clients.stranger, at.deployment, { batchId, prover })
      const { inferenceEscrow: address } = at.deployment
      const onChain = await readContract(at.clients.stranger, {
        address,
        abi: inferenceEscrowAbi,
        functionName: 'contextOf',
        args: [batchId, prover],
      })
      expect(computeContext(context, hashBatch(sealed))).toBe(onChain)
      expect(context).toMatchObject({ chainId: 31337n, settlement: address, batchId, prover, policyId: 1n })
      expect(context.circuitKeyHash).toBe(at.artifacts.manifest.circuitKeyHash)
    }
  })

  test('behavior: verifyOnChain accepts the claim and no other earnings, prover or digest', async () => {
    const { inferenceEscrow } = at.deployment
    const ask = async (claim: Partial<SettlementClaim>, proof = proven.proof) =>
      verifyOnChain(at.clients.stranger, inferenceEscrow, { ...withClaim(claim), proof })
    expect(await ask({})).toEqual({ isAccepted: true, isSettled: false })
    const no = { isAccepted: false, isSettled: false }
    const { earnings, context, digest } = proven.claim
    expect(await ask({ earnings: [earnings[1]!, earnings[0]!, earnings[2]!] })).toEqual(no)
    expect(await ask({ context: { ...context, prover: treasury } })).toEqual(no)
    expect(await ask({ digest: digest - 1n })).toEqual(no)
    expect(await ask({}, { ...proven.proof, pi_a: negateG1(proven.proof.pi_a) })).toEqual(no)
  })

  test('error: a circuit is not registered with a contract that is not its verifier', async () => {
    const { verificationKey } = at.artifacts
    const circuit = { verificationKey, verifier: at.deployment.epochLedger, shape: tiny }
    await expect(registerCircuit(at.clients.governance, at.deployment, circuit)).rejects.toMatchObject({
      code: 'VERIFIER_OF_OTHER_KEY',
    })
  })

  test('error: an escrow that is no contract settles and refunds nothing', async () => {
    const lost = { ...at.deployment, inferenceEscrow: account('nobody').address }
    await expect(settleBatch(at.clients.stranger, lost, proven)).rejects.toMatchObject({ code: 'EVENT_MISSING' })
    await expect(refundRequest(at.clients.stranger, lost, { requestId: 1n })).rejects.toMatchObject({
      code: 'EVENT_MISSING',
    })
  })

  test('error: verifyOnChain refuses a claim that is not about a batch of this escrow', async () => {
    const { inferenceEscrow, epochLedger } = at.deployment
    const { context, sealed, weightsCommitment } = proven.claim
    const ask = (claim: Partial<SettlementClaim>) =>
      verifyOnChain(at.clients.stranger, inferenceEscrow, withClaim(claim))
    const inContext = (change: Partial<typeof context>) => ask({ context: { ...context, ...change } })
    await expect(inContext({ chainId: 1n })).rejects.toMatchObject({ code: 'CLAIM_FOR_OTHER_CHAIN' })
    await expect(inContext({ settlement: epochLedger })).rejects.toMatchObject({ code: 'CLAIM_FOR_OTHER_ESCROW' })
    await expectRevert(inContext({ batchId: 77n }), 'UnknownBatch', [77n])
    // One call after the other: a promise that fails before anybody awaits it is an error of its own.
    for (const other of [
      () => inContext({ modelId: 2n }),
      () => inContext({ indexVersion: 2n }),
      () => inContext({ circuitKeyHash: `0x${'12'.repeat(32)}` }),
      () => ask({ weightsCommitment: weightsCommitment - 1n }),
    ]) {
      await expect(other()).rejects.toMatchObject({ code: 'CLAIM_OF_OTHER_BATCH' })
    }
    const pools = [sealed.pools[0]! + 1n, ...sealed.pools.slice(1)]
    await expect(ask({ sealed: { ...sealed, pools } })).rejects.toMatchObject({ error: 'BatchHashMismatch' })
  })

  test('error: verifyOnChain without an escrow or a chain to answer', async () => {
    const nobody = account('nobody').address
    const lost = withClaim({ context: { ...proven.claim.context, settlement: nobody } })
    await expect(verifyOnChain(at.clients.stranger, nobody, lost)).rejects.toMatchObject({ code: 'TRANSACTION_FAILED' })
    const offline = connect({ ...at.chain, rpcUrl: 'http://127.0.0.1:1' }, account('stranger'))
    await expect(verifyOnChain(offline, at.deployment.inferenceEscrow, proven)).rejects.toMatchObject({
      code: 'TRANSACTION_FAILED',
    })
  })

  test('behavior: poa proof verify --onchain asks the same escrow', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'poa-onchain-'))
    try {
      const files = await writeProofBundle(directory, proven)
      const poa = fileURLToPath(new URL('../../prover/poa.mjs', import.meta.url))
      const where = ['--onchain', '--rpc-url', at.chain.rpcUrl, '--escrow', at.deployment.inferenceEscrow]
      const args = [poa, 'proof', 'verify', '--proof', files.proof, '--public', files.public, ...where, '--json']
      const stdout = await new Promise<string>((resolve) => execFile(process.execPath, args, (_, out) => resolve(out)))
      expect(JSON.parse(stdout)).toMatchObject({
        ok: true,
        isValid: true,
        isDevKey: true,
        onChain: { isAccepted: true, isSettled: false },
      })
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  test('error: forgeries before the settlement, each with the error of the contract that refused', async () => {
    const { stranger } = at.clients
    const { context, earnings, digest } = proven.claim
    const settle = (change: Partial<SettlementClaim>) => settleBatch(stranger, at.deployment, withClaim(change))
    // Raised by the registry, two calls down.
    const rejected = ['ProofRejected', [at.circuitId]] as const
    await expectRevert(settle({ context: { ...context, prover: stranger.account.address } }), ...rejected)
    await expectRevert(settle({ earnings: [earnings[2]!, earnings[1]!, earnings[0]!] }), ...rejected)
    await expectRevert(settle({ digest: digest + 1n }), ...rejected)
    await expectRevert(settle({ digest: digest + FIELD_ORDER }), ...rejected)
    await expectRevert(settle({ context: { ...context, prover: zeroAddress } }), 'ProverIsZero', [])
    const twoPools = { ...sealed, pools: [sealed.pools[1]!, sealed.pools[0]!, sealed.pools[2]!] }
    await expectRevert(settle({ sealed: twoPools }), 'BatchHashMismatch', [1n, hashBatch(twoPools), hashBatch(sealed)])
    await expectRevert(settle({ earnings: earnings.slice(1) }), 'EarningsLengthMismatch', [2n, 3n])
    await expectRevert(settle({ earnings: earnings.with(1, 2n ** 180n) }), 'EarningNotCanonical', [1n, 2n ** 181n])
    await expectRevert(settle({ context: { ...context, batchId: 77n } }), 'UnknownBatch', [77n])
    expect(await claimableOf(proverAddress())).toBe(0n)
  })

  test('error: a proof for another chain or contract is not even sent', async () => {
    const { context } = proven.claim
    const submit = (change: Partial<typeof context>) =>
      submitProof(at.clients.prover, at.deployment, withClaim({ context: { ...context, ...change } }))
    await expect(submit({ chainId: 1n })).rejects.toMatchObject({
      code: 'PROOF_FOR_OTHER_CHAIN',
      message: 'the proof is for chain 1, the client is connected to 31337',
    })
    await expect(submit({ settlement: at.deployment.epochLedger })).rejects.toMatchObject({
      code: 'PROOF_FOR_OTHER_CONTRACT',
    })
  })

  test('error: an epoch does not close before its end, nor with open requests', async () => {
    const close = (epochId: bigint) => closeEpoch(at.clients.stranger, at.deployment, { modelId: at.modelId, epochId })
    await expectRevert(close(1n), 'EpochNotEnded')
    await expectRevert(close(2n), 'UnknownEpoch', [at.modelId, 2n])
  })

  test('behavior: a copy sent by a stranger settles, and pays the original prover', async () => {
    const { gasUsed } = await submitProof(at.clients.stranger, at.deployment, proven)
    expect(gasUsed).toBeGreaterThan(200_000n)
    expect(await claimableOf(proverAddress())).toBe((fees * 500n) / 10_000n)
    expect(await claimableOf(at.clients.stranger.account.address)).toBe(0n)
    expect(await claimableOf(at.clients.modelOwner.account.address)).toBe((fees * 2000n) / 10_000n)
    expect(await claimableOf(stakers)).toBe((fees * 1500n) / 10_000n)
    const fixed = [500n, 2000n, 1500n].map((bps) => (fees * bps) / 10_000n)
    expect(await claimableOf(treasury)).toBe(fees - sum(pools) - sum(fixed))
    for (const contributor of contributors) expect(await claimableOf(contributor)).toBe(0n)
  })

  test('error: settled again: the same proof, the malleated one, the one blinded anew, and one by another prover', async () => {
    const { pi_a, pi_b } = proven.proof
    const malleated = { ...proven.proof, pi_a: negateG1(pi_a), pi_b: negateG2(pi_b) }
    const blinded = rerandomise(proven.proof, at.artifacts.verificationKey, 12345n, 67890n)
    // They are as good as the original; only the state of the batch stops them.
    for (const proof of [malleated, blinded]) {
      const answer = await verifyOnChain(at.clients.stranger, at.deployment.inferenceEscrow, { ...proven, proof })
      expect(answer).toEqual({ isAccepted: true, isSettled: true })
    }
    const variants = [
      proven,
      { ...proven, proof: malleated },
      { ...proven, proof: blinded },
      withClaim({ context: { ...proven.claim.context, prover: treasury } }),
    ]
    for (const variant of variants) {
      await expectRevert(settleBatch(at.clients.prover, at.deployment, variant), 'BatchAlreadySettled', [1n])
    }
    await expectRevert(refundRequest(at.clients.payer, at.deployment, { requestId: 1n }), 'RequestNotRefundable', [
      1n,
      3,
    ])
  })

  test('default: the epoch nets to the wei, and everybody withdraws what is theirs', async () => {
    await passTime(at.clients.stranger, EPOCH_LENGTH)
    const closing = { modelId: at.modelId, epochId: 1n }
    const epoch = await closeEpoch(at.clients.stranger, at.deployment, closing)
    const bookedWei = proven.statement.earnings.map((earning) => earning >> 64n)
    expect(epoch.contributors.map((entry) => entry.account)).toEqual(contributors)
    expect(epoch.contributors.map((entry) => entry.bookedWei)).toEqual(bookedWei)
    expect(epoch.contributors.map((entry) => entry.paidWei)).toEqual(bookedWei.map((wei) => (wei > 0n ? wei : 0n)))
    expect(epoch.contributors.map((entry) => entry.carriedWei)).toEqual(bookedWei.map((wei) => (wei < 0n ? -wei : 0n)))
    expect(epoch.contributors.map((entry) => entry.openingWei)).toEqual([0n, 0n, 0n])
    // Both signs occur, or this test shows little.
    expect([bookedWei.some((wei) => wei > 0n), bookedWei.some((wei) => wei < 0n)]).toEqual([true, true])
    expect(epoch.poolsWei).toBe(sum(pools))
    expect(epoch.paidWei + epoch.treasuryWei).toBe(epoch.poolsWei)
    expect(sum(epoch.contributors.map((entry) => entry.paidWei))).toBe(epoch.paidWei)

    const shares = [proverAddress(), at.clients.modelOwner.account.address, stakers, treasury]
    let withdrawn = 0n
    for (const who of [...contributors, ...shares]) {
      const owed = await claimableOf(who)
      const before = await getBalance(at.clients.stranger, { address: who })
      const withdrawing = withdraw(at.clients.stranger, at.deployment, { account: who })
      if (owed === 0n) {
        await expectRevert(withdrawing, 'NothingToWithdraw', [who])
        continue
      }
      expect((await withdrawing).amountWei).toBe(owed)
      expect((await getBalance(at.clients.stranger, { address: who })) - before).toBe(owed)
      await expectRevert(withdraw(at.clients.stranger, at.deployment, { account: who }), 'NothingToWithdraw', [who])
      withdrawn += owed
    }
    expect(withdrawn).toBe(fees)
    for (const address of [at.deployment.inferenceEscrow, at.deployment.epochLedger]) {
      expect(await getBalance(at.clients.stranger, { address })).toBe(0n)
    }
    await expectRevert(closeEpoch(at.clients.stranger, at.deployment, closing), 'EpochAlreadyClosed', [at.modelId, 1n])
  })

  test('behavior: the next epoch has the newest index', async () => {
    const { requestId, epochId } = await pay(1n)
    expect(epochId).toBe(2n)
    expect(await indexVersionOf(2n)).toBe(1 + feesWei.length)
    await passTime(at.clients.stranger, SEAL_WINDOW + 1)
    await refundRequest(at.clients.stranger, at.deployment, { requestId })
    await withdraw(at.clients.stranger, at.deployment, { account: at.clients.payer.account.address })
  })
})

describe('publicSignalsOf and derivePublicSignals', () => {
  const random = seededRandom(99)
  const commitment = () => random.pick([1n, FIELD_ORDER - 1n, random.bigBits(253) + 1n])
  const earning = () =>
    random.pick([
      -(2n ** 180n),
      2n ** 180n - 1n,
      0n,
      -1n,
      random.bigBits(180),
      -random.bigBits(180),
      random.bigBits(60),
    ])
  const digest = () => random.pick([0n, 1n, FIELD_ORDER - 1n, random.bigBits(253)])

  test.each([1, 2, 4])('default: the same for random claims and extremes, %i traces', async (count) => {
    const fee = () => random.pick([1n, 2n, parseEther('75000'), 1n + random.bigBits(75)])
    const paid: PaidRequest[] = []
    for (let i = 0; i < count; i++) paid.push(await pay(fee()))
    const draw = <Item>(item: () => Item) => Array.from({ length: count }, item)
    const sealed: SealedTraces = {
      requestIds: paid.map(({ requestId }) => requestId).toReversed(),
      pools: paid.map(({ poolWei }) => poolWei).toReversed(),
      inputCommitments: draw(commitment),
      outputCommitments: draw(commitment),
    }
    const { batchId } = await sealBatch(at.clients.operator, at.deployment, { modelId: at.modelId, sealed })
    const seen = new Set<bigint>()
    for (let i = 0; i < 8; i++) {
      const prover = random.pick([treasury, stakers, `0x${'f'.repeat(40)}` as Address])
      const context = await readBatchContext(at.clients.stranger, at.deployment, { batchId, prover })
      const claim: SettlementClaim = {
        shape: tiny,
        context,
        sealed,
        earnings: [earning(), earning(), earning()],
        digest: digest(),
        weightsCommitment: 0n,
        indexCommitment: 0n,
      }
      const encoded = claim.earnings.map((value) => value + 2n ** 180n)
      const onChain = await readContract(at.clients.stranger, {
        address: at.deployment.inferenceEscrow,
        abi: inferenceEscrowAbi,
        functionName: 'publicSignalsOf',
        args: [batchId, prover, sealed, encoded, claim.digest],
      })
      const { weightsCommitment, indexCommitment } = onChain
      expect(derivePublicSignals({ ...claim, weightsCommitment, indexCommitment })).toEqual(onChain)
      seen.add(onChain.evaluation)
    }
    expect(seen.size).toBe(8)
  })
})

describe('what users run into', () => {
  test('error: paying', async () => {
    await expectRevert(pay(0n), 'FeeOutOfRange', [0n, 1n, 2n ** 76n - 1n])
    // From the registry, two calls down.
    await expectRevert(pay(1n, 999n), 'UnknownModel', [999n])
    const poor = connect(at.chain, account('pauper'))
    const request = { modelId: at.modelId, requestHash, feeWei: 1n }
    await expect(payInference(poor, at.deployment, request)).rejects.toMatchObject({ code: 'TRANSACTION_FAILED' })
    await expect(
      payInference(at.clients.payer, at.deployment, { ...request, feeWei: 10n ** 28n }),
    ).rejects.toMatchObject({ code: 'TRANSACTION_FAILED' })
  })

  test('error: sealing', async () => {
    const { requestId } = await pay(10n)
    const seal = (sealed: Omit<SealedTraces, 'pools'>, client = at.clients.operator) =>
      sealBatch(client, at.deployment, { modelId: at.modelId, sealed })
    const good = { requestIds: [requestId], inputCommitments: [5n], outputCommitments: [6n] }
    const { operator, stranger } = at.clients
    await expectRevert(seal(good, stranger), 'NotOperatorOrSealer', [
      stranger.account.address,
      operator.account.address,
    ])
    await expectRevert(seal({ requestIds: [], inputCommitments: [], outputCommitments: [] }), 'BatchIsEmpty', [])
    await expectRevert(seal({ ...good, inputCommitments: [] }), 'CommitmentsLengthMismatch', [1n, 0n, 1n])
    await expectRevert(seal({ ...good, outputCommitments: [0n] }), 'CommitmentNotCanonical', [0n, 0n])
    await expectRevert(seal({ ...good, inputCommitments: [FIELD_ORDER] }), 'CommitmentNotCanonical', [0n, FIELD_ORDER])
    await expectRevert(seal({ ...good, requestIds: [12345n] }), 'UnknownRequest', [12345n])
    const twice = { requestIds: [requestId, requestId], inputCommitments: [5n, 5n], outputCommitments: [6n, 6n] }
    await expectRevert(seal(twice), 'RequestNotPaid', [requestId, 2])
    const five = Array.from({ length: 5 }, () => requestId)
    await expectRevert(seal({ requestIds: five, inputCommitments: five, outputCommitments: five }), 'BatchTooLarge', [
      5n,
      4n,
    ])
    await seal(good)
    await expectRevert(seal(good), 'RequestNotPaid', [requestId, 2])
  })

  test('error: registering', async () => {
    const { governance, stranger, modelOwner } = at.clients
    const { verificationKey } = at.artifacts
    const circuit = { verificationKey, verifier: at.verifier, shape: tiny }
    const stranger_ = stranger.account.address
    await expectRevert(registerCircuit(stranger, at.deployment, circuit), 'OwnableUnauthorizedAccount', [stranger_])
    await expectRevert(registerCircuit(governance, at.deployment, circuit), 'CircuitIdTaken', [at.circuitId])
    const untouched = { ...circuit, verificationKey: { ...verificationKey, vk_delta_2: verificationKey.vk_gamma_2 } }
    await expect(registerCircuit(governance, at.deployment, untouched)).rejects.toMatchObject({
      code: 'VKEY_GAMMA_EQUALS_DELTA',
    })
    const { head, index } = at.batch
    const model = { head, shape: tiny, operator: stranger_, circuitId: '0x12345678' } as const
    await expectRevert(registerModel(stranger, at.deployment, model), 'UnknownCircuit', ['0x12345678'])
    const nobody = { ...model, circuitId: at.circuitId, operator: zeroAddress }
    await expectRevert(registerModel(stranger, at.deployment, nobody), 'OperatorIsZero', [])
    await expect(registerModel(stranger, at.deployment, { ...model, head: head.slice(1) })).rejects.toMatchObject({
      field: 'weights.length',
    })
    const { modelId } = at
    const [first, second] = contributors as [Address, Address]
    const register = (who: readonly Address[], client = modelOwner) =>
      registerIndex(client, at.deployment, { modelId, index, shape: tiny, contributors: who })
    await expectRevert(register([first], stranger), 'NotModelOwner', [stranger_, modelOwner.account.address])
    await expectRevert(register([first, second, first]), 'ContributorRepeated', [first, 2n, 0n])
    await expectRevert(register([]), 'ContributorCountOutOfRange', [0n, 1n, 3n])
    await expectRevert(register([...contributors, treasury]), 'ContributorCountOutOfRange', [4n, 1n, 3n])
    await expectRevert(register([first, zeroAddress]), 'ContributorIsZero', [1n])
  })

  test('error: reading a batch that does not exist', async () => {
    const reading = readBatchContext(at.clients.stranger, at.deployment, { batchId: 4242n, prover: treasury })
    await expectRevert(reading, 'UnknownBatch', [4242n])
  })
})

describe('readPayments', () => {
  test('default: what a transaction paid, to this escrow', async () => {
    const { requestId, epochId, poolWei, transactionHash } = await pay(4321n)
    const [payment, ...others] = await readPayments(at.clients.stranger, at.deployment, { transactionHash })
    const payer = at.clients.payer.account.address
    const paid = { requestId, epochId, poolWei, payer, modelId: at.modelId, feeWei: 4321n, requestHash }
    expect(payment).toEqual({ ...paid, sealDeadline: expect.any(BigInt) })
    expect(others).toEqual([])
    const elsewhere = { inferenceEscrow: at.deployment.epochLedger }
    expect(await readPayments(at.clients.stranger, elsewhere, { transactionHash })).toEqual([])
  })

  test('behavior: nothing for a transaction that nobody knows', async () => {
    const transactionHash = keccak256(toBytes('no such transaction'))
    expect(await readPayments(at.clients.stranger, at.deployment, { transactionHash })).toEqual([])
  })
})

describe('sealers', () => {
  const prover = () => at.clients.prover.account.address
  const approve = (isApproved: boolean, sealer = prover()) =>
    approveSealer(at.clients.operator, at.deployment, { sealer, isApproved })

  test('default: an approved account seals until it is revoked', async () => {
    const seal = async () => {
      const sealed = { requestIds: [(await pay(10n)).requestId], inputCommitments: [5n], outputCommitments: [6n] }
      return sealBatch(at.clients.prover, at.deployment, { modelId: at.modelId, sealed })
    }
    const refusal = ['NotOperatorOrSealer', [prover(), at.clients.operator.account.address]] as const
    await expectRevert(seal(), ...refusal)
    await approve(true)
    expect((await seal()).batchId).toBeGreaterThan(0n)
    await approve(false)
    await expectRevert(seal(), ...refusal)
  })

  test('error: nobody has no key', async () => {
    await expectRevert(approve(true, zeroAddress), 'SealerIsZero', [])
  })
})

describe('refunds', () => {
  test('default: what is not sealed in time goes back whole, once, to the payer', async () => {
    const payer = at.clients.payer.account.address
    const { requestId } = await pay(123_457n)
    const refund = () => refundRequest(at.clients.stranger, at.deployment, { requestId })
    await expectRevert(refund(), 'DeadlineNotPassed')
    await passTime(at.clients.stranger, SEAL_WINDOW + 1)
    const sealed = { requestIds: [requestId], inputCommitments: [5n], outputCommitments: [6n] }
    const sealing = sealBatch(at.clients.operator, at.deployment, { modelId: at.modelId, sealed })
    await expectRevert(sealing, 'SealDeadlinePassed')
    const before = await claimableOf(payer)
    await refund()
    expect((await claimableOf(payer)) - before).toBe(123_457n)
    await expectRevert(refund(), 'RequestNotRefundable', [requestId, 4])
    await expectRevert(refundRequest(at.clients.stranger, at.deployment, { requestId: 9999n }), 'UnknownRequest', [
      9999n,
    ])
    const { amountWei } = await withdraw(at.clients.stranger, at.deployment, { account: payer })
    expect(amountWei).toBe(before + 123_457n)
  })

  test('behavior: what is sealed and not settled in time goes back too, and can no longer be settled', async () => {
    const { requestId, poolWei } = await pay(1000n)
    const [trace] = at.batch.traces
    const sealed = sealTraces([{ ...trace!, requestId, poolWei }], tiny)
    const { batchId } = await sealBatch(at.clients.operator, at.deployment, { modelId: at.modelId, sealed })
    const prover = treasury
    const context = await readBatchContext(at.clients.stranger, at.deployment, { batchId, prover })
    await expectRevert(refundRequest(at.clients.stranger, at.deployment, { requestId }), 'DeadlineNotPassed')
    await passTime(at.clients.stranger, SEAL_WINDOW + SETTLE_WINDOW + 1)
    const { vk_alpha_1, vk_beta_2 } = at.artifacts.verificationKey
    const proof = { protocol: 'groth16', curve: 'bn128', pi_a: vk_alpha_1, pi_b: vk_beta_2, pi_c: vk_alpha_1 } as const
    const claim = {
      shape: tiny,
      context,
      sealed,
      earnings: [0n, 0n, 0n],
      digest: 1n,
      weightsCommitment: 1n,
      indexCommitment: 1n,
    }
    await expectRevert(settleBatch(at.clients.stranger, at.deployment, { claim, proof }), 'SettleDeadlinePassed')
    await refundRequest(at.clients.stranger, at.deployment, { requestId })
    expect(await claimableOf(at.clients.payer.account.address)).toBe(1000n)
  })
})

describe('a retired circuit', () => {
  test('error: nothing is accepted under it any more, and its id is not given away', async () => {
    const { requestId } = await pay(10n)
    await executeContract(at.clients.governance, {
      address: at.deployment.verifierRegistry,
      abi: verifierRegistryAbi,
      functionName: 'retire',
      args: [at.circuitId],
    })
    await expectRevert(pay(10n), 'RetiredCircuit', [at.circuitId])
    const sealed = { requestIds: [requestId], inputCommitments: [5n], outputCommitments: [6n] }
    await expectRevert(sealBatch(at.clients.operator, at.deployment, { modelId: at.modelId, sealed }), 'RetiredCircuit')
    const circuit = { verificationKey: at.artifacts.verificationKey, verifier: at.verifier, shape: tiny }
    await expectRevert(registerCircuit(at.clients.governance, at.deployment, circuit), 'CircuitIdTaken', [at.circuitId])
  })
})
