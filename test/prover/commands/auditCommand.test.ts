/** `poa audit` against a chain that is as it should be, a chain that was tampered with, an RPC that lies, and bundles that were edited. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import {
  type Address,
  decodeFunctionData,
  encodeAbiParameters,
  encodeFunctionData,
  getAddress,
  type Hex,
  keccak256,
  toHex,
} from 'viem'
import { getBlock, getCode, readContract } from 'viem/actions'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { digestLine, FIRST_DIGEST, toLine } from '../../../prover/audit/bundleLines.ts'
import { inferenceEscrowAbi, verifierRegistryAbi } from '../../../src/chain/abi.ts'
import type { ContractEventName } from '../../../src/chain/decodeContractEvent.ts'
import { isEvent, type RawLog, withArgs } from '../../audit/alterEvents.ts'
import { type AuditedChain, deployAuditedChain } from '../../audit/auditedChain.ts'
import { type Alteration, type HostileRpc, startHostileRpc } from '../../audit/hostileRpc.ts'
import { account, contributors } from '../../chain/deployTiny.ts'
import { callPoa } from './callPoa.ts'
import { onlyJson } from './runPoa.ts'

let at: AuditedChain
let rpc: HostileRpc
let directory: string
let out: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-test-audit-'))
  out = join(directory, 'clean')
  at = await deployAuditedChain()
  rpc = await startHostileRpc(at.chain.rpcUrl)
})
afterAll(async () => {
  await rpc?.close()
  await at?.chain.stop()
  await rm(directory, { recursive: true, force: true })
})

const runAudit = async (to: string, ...more: readonly string[]) => {
  const run = await callPoa(['audit', 'run', '--rpc-url', rpc.url, '--out', to, ...more, '--json'])
  return { exitCode: run.exitCode, ...onlyJson(run) }
}
const verify = async (file: string, ...more: readonly string[]) => {
  const run = await callPoa(['audit', 'verify', file, ...more, '--json'])
  return { exitCode: run.exitCode, ...onlyJson(run) }
}
type Told = {
  code: string
  subject: Record<string, string>
  at: unknown
  expected: string | null
  found: string | null
}
/** Findings other than anomalies, which the clean chain has as well: small batches, an operator that stalled. */
const told = ({ findings }: { findings: readonly Told[] }) =>
  findings
    .filter(({ code }) => !['OPERATOR_STALLS', 'PROVER_STALLS', 'BATCH_TINY'].includes(code))
    .map(({ code, subject, expected, found }) => ({ code, subject, expected, found }))

/** Audits through an RPC that lies; the evidence goes on being the chain's. */
async function auditWith(alter: Alteration, ...more: readonly string[]) {
  rpc.alter = alter
  try {
    return await runAudit(join(directory, 'hostile'), ...more)
  } finally {
    rpc.alter = undefined
  }
}

type RpcLog = RawLog & { blockNumber: Hex; logIndex: Hex; transactionHash: Hex; blockHash: Hex }
/** An alteration of the logs of an answer. */
const inLogs =
  (change: (logs: RpcLog[]) => RpcLog[]): Alteration =>
  (answer) => {
    if (answer.method === 'eth_getLogs' && Array.isArray(answer.result)) answer.result = change(answer.result)
  }
type ArgsOf<Name extends ContractEventName> = Parameters<Parameters<typeof isEvent<Name>>[2] & object>[0]
const changeLog = <Name extends ContractEventName>(
  name: Name,
  where: (args: ArgsOf<Name>) => boolean,
  other: (args: ArgsOf<Name>) => Partial<ArgsOf<Name>>,
) =>
  inLogs((logs) => logs.map((log) => (isEvent(log, name, where as never) ? withArgs(log, name, other as never) : log)))
const hideLog = <Name extends ContractEventName>(name: Name, where: (args: ArgsOf<Name>) => boolean) =>
  inLogs((logs) => logs.filter((log) => !isEvent(log, name, where as never)))

/** Copies of logs, as if they happened once more in the last transaction of the chain. */
function repeatLogs(match: (log: RpcLog) => boolean): Alteration {
  const again: RpcLog[] = []
  return inLogs((logs) => {
    again.push(...logs.filter(match))
    const last = logs.at(-1)
    if (last === undefined || !isEvent(last, 'RequestPaid', ({ requestId }) => requestId === 15n)) return logs
    const { blockNumber, blockHash, transactionHash } = last
    const place = { blockNumber, blockHash, transactionHash }
    return [...logs, ...again.map((log, i) => ({ ...log, ...place, logIndex: toHex(100 + i) }))]
  })
}

type Call = { to: Address | null; input: Hex }
/** An alteration of the calldata of one function; `change` gets its decoded arguments. */
const changeCalldata =
  (functionName: 'settle' | 'register', change: (args: unknown[]) => unknown[] | undefined): Alteration =>
  (answer) => {
    if (answer.method !== 'eth_getTransactionByHash') return
    const transaction = answer.result as Call
    const abi = functionName === 'settle' ? inferenceEscrowAbi : verifierRegistryAbi
    try {
      const decoded = decodeFunctionData({ abi, data: transaction.input } as never) as {
        functionName: string
        args: unknown[]
      }
      const args = decoded.functionName === functionName ? change(structuredClone(decoded.args)) : undefined
      if (args !== undefined)
        answer.result = { ...transaction, input: encodeFunctionData({ abi, functionName, args } as never) }
    } catch {
      // Another call.
    }
  }

/** Changes the chain itself, audits it, and puts it back. */
async function auditAfter(tamper: () => Promise<unknown>) {
  const request = at.clients.stranger.request as (request: unknown) => Promise<unknown>
  const snapshot = await request({ method: 'evm_snapshot' })
  try {
    await tamper()
    return await runAudit(join(directory, 'tampered'))
  } finally {
    await request({ method: 'evm_revert', params: [snapshot] })
  }
}
const cheat = (method: string, ...params: readonly unknown[]) =>
  (at.clients.stranger.request as (request: unknown) => Promise<unknown>)({ method, params })
/** Storage slot of an entry of a mapping, whose own slot is `slot`. */
const entryOf = (type: 'uint256' | 'address', key: unknown, slot: Hex | bigint): Hex =>
  keccak256(encodeAbiParameters([{ type }, { type: 'uint256' }], [key, BigInt(slot)] as never))

describe('poa audit run', () => {
  test('default: clean, with every form of report and a bundle', async () => {
    const result = await runAudit(out, '--artifacts', 'build')
    expect(result).toMatchObject({
      exitCode: 0,
      ok: true,
      counts: { fault: 0, gap: 0, info: 0 },
      checked: { proofs: 4, disclosedBatches: 0 },
      totals: { settledBatches: 4, closedEpochs: 2 },
    })
    expect(told(result)).toEqual([])
    const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8'))
    expect(report).toMatchObject({ ok: true, digest: result.digest, totals: result.totals, block: { number: 45 } })
    expect(report.epochs).toHaveLength(3)
    for (const name of ['report.html', 'batches.csv', 'epochs.csv', 'accounts.csv', 'findings.csv'])
      expect((await readFile(join(out, name), 'utf8')).length).toBeGreaterThan(100)
  })

  test('behavior: two audits of one block write the same report, byte for byte, and no URL is in it', async () => {
    const again = join(directory, 'again')
    await runAudit(again, '--artifacts', 'build', '--block', '45', '--escrow', at.deployment.inferenceEscrow)
    const [one, two] = await Promise.all([out, again].map((path) => readFile(join(path, 'report.json'), 'utf8')))
    expect(two).toBe(one)
    expect(one).not.toContain('127.0.0.1')
  })

  test('behavior: an older block is audited as the chain stood then', async () => {
    const result = await runAudit(join(directory, 'old'), '--block', '20')
    expect(result).toMatchObject({ exitCode: 0, header: { block: { number: 20 } }, totals: { closedEpochs: 0 } })
  })

  test('behavior: people get a table and a verdict; with --strict anomalies fail', async () => {
    const args = ['audit', 'run', '--rpc-url', rpc.url, '--out', join(directory, 'people')]
    const run = await callPoa(args)
    expect(run.exitCode).toBe(0)
    expect(run.stdout).toContain('no fault: every amount is right; worth a look: 3 anomalies')
    expect((await callPoa([...args, '--strict'])).exitCode).toBe(1)
  })

  test('error: no RPC, an RPC that does not answer, no escrow, no such block', async () => {
    expect((await callPoa(['audit', 'run', '--out', out, '--config', join(directory, 'none.json')])).exitCode).toBe(2)
    const silent = ['audit', 'run', '--rpc-url', 'http://127.0.0.1:1', '--out', join(directory, 'x'), '--json']
    const unreachable = await callPoa(silent)
    expect(unreachable.exitCode).toBe(3)
    expect(onlyJson(unreachable)).toMatchObject({ ok: false, code: 'RPC_UNREACHABLE' })
    const refuse = async (...more: readonly string[]) => runAudit(join(directory, 'x'), ...more)
    expect(await refuse('--escrow', account('stranger').address)).toMatchObject({
      exitCode: 1,
      code: 'ESCROW_NOT_FOUND',
    })
    expect(await refuse('--block', '5')).toMatchObject({ exitCode: 1, code: 'ESCROW_NOT_FOUND' })
    expect(await refuse('--block', '99999')).toMatchObject({ exitCode: 1, code: 'BLOCK_NOT_FOUND' })
    expect(await refuse('--artifacts', directory)).toMatchObject({ exitCode: 1, code: 'INVALID_INPUT' })
    expect(await refuse('--traces', join(directory, 'none'))).toMatchObject({ exitCode: 1, code: 'INVALID_INPUT' })
  })

  test('error: an RPC that gives another block than was asked for, or a log of none', async () => {
    const other: Alteration = (answer) => {
      if (answer.method === 'eth_getBlockByNumber' && answer.params[0] !== 'latest')
        answer.result = { ...(answer.result as object), number: '0x1' }
    }
    expect(await auditWith(other)).toMatchObject({ exitCode: 1, code: 'RPC_UNUSABLE' })
    const pending = inLogs((logs) => logs.map((log) => ({ ...log, blockNumber: null as never })))
    expect(await auditWith(pending)).toMatchObject({ exitCode: 1, code: 'RPC_UNUSABLE' })
  })

  test('error: a chain that changes while it is read', async () => {
    let blocks = 0
    const result = await auditWith((answer) => {
      if (answer.method !== 'eth_getBlockByNumber' || ++blocks === 1) return
      const block = answer.result as { number: Hex; hash: Hex }
      if (BigInt(block.number) === 45n) answer.result = { ...block, hash: keccak256('0x') }
    })
    expect(result).toMatchObject({ exitCode: 1, code: 'CHAIN_MOVED' })
  })
})

describe('poa audit run names what was tampered with', () => {
  const exact = (result: { exitCode: number; findings: readonly Told[] }, ...expected: readonly Partial<Told>[]) => {
    expect(told(result)).toMatchObject(expected)
    expect(told(result)).toHaveLength(expected.length)
    expect(result.exitCode).toBe(1)
  }
  const prover = () => account('prover').address
  const batch1 = { batchId: '1', modelId: '1', epochId: '1' }

  test('error: payout', async () => {
    const lie = changeLog(
      'ContributorNetted',
      ({ epochId, slot }) => epochId === 1n && slot === 0n,
      ({ paidWei }) => ({ paidWei: paidWei + 1n }),
    )
    exact(await auditWith(lie), {
      ...{
        code: 'PAYOUT_DIFFERS',
        subject: { modelId: '1', epochId: '1', account: contributors[0]!, slot: 0 as never },
      },
      expected: '1234007101269850778 wei',
      found: '1234007101269850779 wei',
    })
  })

  test('error: earning', async () => {
    const lie = changeLog(
      'BatchBooked',
      ({ batchId }) => batchId === 1n,
      ({ earningsWei }) => ({ earningsWei: earningsWei.with(2, 7n) }),
    )
    exact(await auditWith(lie), {
      code: 'EARNING_DIFFERS',
      subject: { ...batch1, slot: 2 as never },
      expected: '-293383625399343100 wei',
      found: '7 wei',
    })
  })

  test('error: context', async () => {
    const { inferenceEscrow } = at.deployment
    const args = [1n, prover()] as const
    const context = await readContract(at.clients.stranger, {
      address: inferenceEscrow,
      abi: inferenceEscrowAbi,
      functionName: 'contextOf',
      args,
    })
    const word = context.toString(16).padStart(64, '0')
    const lie: Alteration = (answer) => {
      if (answer.method === 'eth_call')
        answer.result = String(answer.result).replaceAll(
          word,
          word.replace(/.$/, (d) => (d === '0' ? '1' : '0')),
        )
    }
    exact(await auditWith(lie), { code: 'CONTEXT_DIFFERS', subject: batch1, expected: `contextOf ${context}` })
  })

  test('error: key', async () => {
    const lie = changeCalldata('register', ([key, ...rest]) => [
      { ...(key as object), ic: (key as { ic: unknown[] }).ic.toReversed() },
      ...rest,
    ])
    exact(
      await auditWith(lie),
      {
        code: 'CIRCUIT_KEY_DIFFERS',
        subject: { circuitId: at.circuitId },
        expected: at.artifacts.manifest.circuitKeyHash,
      },
      // What follows: nothing can be verified under a key that is not known.
      ...['1', '2', '4', '5'].map((batchId) => ({
        code: 'PROOF_NOT_CHECKED',
        subject: expect.objectContaining({ batchId }),
      })),
    )
  })

  test('error: verifier bytecode', async () => {
    const code = (await getCode(at.clients.stranger, { address: at.verifier }))!
    const other: Hex = `0x${code.slice(2, -2)}00`
    exact(await auditAfter(() => cheat('anvil_setCode', at.verifier, other)), {
      code: 'VERIFIER_CODE_CHANGED',
      subject: { circuitId: at.circuitId, contract: expect.any(String) },
      expected: keccak256(code),
      found: keccak256(other),
    })
  })

  test('error: skipped batch: its seal is hidden', async () => {
    exact(await auditWith(hideLog('BatchSealed', ({ batchId }) => batchId === 2n)), {
      code: 'SUBJECT_UNKNOWN',
      subject: { batchId: '2', modelId: '1' },
      found: 'none',
    })
  })

  test('error: skipped batch: nothing of its settlement is told', async () => {
    const lie = inLogs((logs) => {
      const settled = logs.find((log) => isEvent(log, 'BatchSettled', ({ batchId }) => batchId === 5n))
      return logs.filter(({ transactionHash }) => transactionHash !== settled?.transactionHash)
    })
    const result = await auditWith(lie)
    expect(result.exitCode).toBe(1)
    expect(told(result)[0]).toEqual({
      code: 'BATCH_STATE_DIFFERS',
      subject: { batchId: '5', modelId: '1', epochId: '3' },
      expected: 'isSettled false',
      found: 'isSettled true',
    })
    // What follows: all that the settlement changed, and nothing else.
    const follows = told(result).slice(1)
    expect(follows.map(({ code, expected, found }) => [code, expected, found].join(' '))).toEqual([
      'REQUEST_STATE_DIFFERS state 2 state 3',
      'REQUEST_STATE_DIFFERS state 2 state 3',
      'EPOCH_STATE_DIFFERS outstanding 4 outstanding 2',
      'EPOCH_STATE_DIFFERS poolsWei 0 poolsWei 2000000000000000000',
      'BOOKED_STATE_DIFFERS bookedEarningOf 0 bookedEarningOf 1924853276460521451',
      'BOOKED_STATE_DIFFERS bookedEarningOf 0 bookedEarningOf -70343887492023217',
      'BOOKED_STATE_DIFFERS bookedEarningOf 0 bookedEarningOf 48860457244564851',
      'CLAIMABLE_DIFFERS claimableOf 3442000000000000199 claimableOf 4942000000000000199',
      'CLAIMABLE_DIFFERS claimableOf 1800000000000000149 claimableOf 2550000000000000149',
      'CLAIMABLE_DIFFERS claimableOf 2721658528449331976 claimableOf 3221658528449331976',
      'CLAIMABLE_DIFFERS claimableOf 600000000000000049 claimableOf 850000000000000049',
      'BALANCE_TOO_LOW 8000000000000000000 wei 3000000000000000000 wei',
      'BALANCE_EXCEEDS 21897528910419453395 wei 26897528910419453395 wei',
    ])
  })

  test('error: duplicated claim: a batch is settled twice', async () => {
    const lie = repeatLogs(
      (log) =>
        isEvent(log, 'BatchSettled', ({ batchId }) => batchId === 1n) ||
        isEvent(log, 'BatchBooked', ({ batchId }) => batchId === 1n),
    )
    exact(await auditWith(lie), { code: 'BATCH_SETTLED_TWICE', subject: { batchId: '1', modelId: '1' } })
  })

  test('error: duplicated claim: an account is credited twice', async () => {
    const lie = repeatLogs((log) =>
      isEvent(log, 'AccountCredited', (args) => args.account === contributors[0] && args.amountWei < 2n * 10n ** 18n),
    )
    exact(await auditWith(lie), {
      code: 'CREDIT_WITHOUT_CAUSE',
      subject: { account: contributors[0]! },
      found: '1234007101269850778 wei',
    })
  })

  test('error: duplicated claim: an account withdraws twice', async () => {
    const lie = repeatLogs((log) => isEvent(log, 'Withdrawn', (args) => args.account === prover()))
    exact(
      await auditWith(lie),
      {
        code: 'WITHDRAWAL_DIFFERS',
        subject: { account: prover() },
        expected: '850000000000000049 wei',
        found: '260500000000000000 wei',
      },
      // What follows: the ledger knows nothing of the second one.
      { code: 'CLAIMABLE_DIFFERS', subject: { account: prover() } },
      { code: 'BALANCE_EXCEEDS' },
    )
  })

  test('error: wrong policy', async () => {
    exact(
      await auditWith(
        changeLog(
          'EpochOpened',
          ({ epochId }) => epochId === 3n,
          () => ({ policyId: 1n }),
        ),
      ),
      {
        code: 'EPOCH_POLICY_DIFFERS',
        subject: { modelId: '1', epochId: '3' },
        expected: '2',
        found: '1',
      },
    )
  })

  test('error: reordered slots', async () => {
    const lie = changeCalldata('settle', ([batchId, prover, leaves, ...rest]) => {
      if (batchId !== 1n) return undefined
      const { requestIds, ...lists } = leaves as { requestIds: bigint[] }
      return [
        batchId,
        prover,
        { ...lists, requestIds: [requestIds[1], requestIds[0], ...requestIds.slice(2)] },
        ...rest,
      ]
    })
    exact(
      await auditWith(lie),
      {
        code: 'LEAVES_DIFFER',
        subject: { batchId: '1', position: 0 as never },
        expected: 'requestIds 1',
        found: 'requestIds 2',
      },
      {
        code: 'LEAVES_DIFFER',
        subject: { batchId: '1', position: 1 as never },
        expected: 'requestIds 2',
        found: 'requestIds 1',
      },
    )
  })

  test('error: replaced index', async () => {
    exact(
      await auditWith(
        changeLog(
          'IndexRegistered',
          ({ indexVersion }) => indexVersion === 2n,
          () => ({ indexCommitment: 5n }),
        ),
      ),
      { code: 'INDEX_STATE_DIFFERS', subject: { modelId: '1', indexVersion: '2' }, expected: 'indexCommitment 5' },
      // What follows: the proofs are about the index that was registered.
      { code: 'PROOF_INVALID', subject: { batchId: '4', modelId: '1', epochId: '2' } },
      { code: 'PROOF_INVALID', subject: { batchId: '5', modelId: '1', epochId: '3' } },
    )
  })

  test('error: hidden event', async () => {
    exact(
      await auditWith(
        hideLog(
          'AccountCredited',
          (args) => args.account === contributors[0] && args.amountWei === 1234007101269850778n,
        ),
      ),
      {
        code: 'CREDIT_MISSING',
        subject: { modelId: '1', epochId: '1', account: contributors[0]! },
        expected: '1234007101269850778 wei (earned)',
        found: 'no credit',
      },
    )
  })

  test('error: changed storage: what an account may withdraw', async () => {
    const slot = entryOf('address', contributors[0], 2n)
    exact(
      await auditAfter(() => cheat('anvil_setStorageAt', at.deployment.epochLedger, slot, toHex(5n, { size: 32 }))),
      {
        code: 'CLAIMABLE_DIFFERS',
        subject: { account: contributors[0]! },
        expected: 'claimableOf 5712348572820519404',
        found: 'claimableOf 5',
      },
    )
  })

  test('error: changed storage: a debt', async () => {
    const slot = entryOf('address', contributors[2], entryOf('uint256', at.modelId, 5n))
    const debt = toHex((2n << 128n) | 7n, { size: 32 })
    exact(await auditAfter(() => cheat('anvil_setStorageAt', at.deployment.epochLedger, slot, debt)), {
      code: 'DEBT_DIFFERS',
      subject: { modelId: '1', account: contributors[2]! },
      expected: 'amountWei 3739605538408974272',
      found: 'amountWei 7',
    })
  })

  test('behavior: coins that were forced into a contract are told of, and are no fault', async () => {
    const result = await auditAfter(() => cheat('anvil_setBalance', at.deployment.epochLedger, toHex(10n ** 24n)))
    expect(told(result)).toMatchObject([{ code: 'BALANCE_EXCEEDS', found: `${10n ** 24n} wei` }])
    expect(result.exitCode).toBe(0)
  })

  test('error: coins that are gone', async () => {
    exact(await auditAfter(() => cheat('anvil_setBalance', at.deployment.inferenceEscrow, toHex(1n))), {
      code: 'BALANCE_TOO_LOW',
      expected: `${3n * 10n ** 18n} wei`,
      found: '1 wei',
    })
  })

  test('error: altered calldata: the digest', async () => {
    const lie = changeCalldata('settle', (args) => (args[0] === 1n ? args.with(4, 5n) : undefined))
    exact(await auditWith(lie), { code: 'CALLDATA_DIFFERS', subject: { batchId: '1' }, found: 'digest 5' })
  })

  test('error: altered calldata: the proof', async () => {
    const lie = changeCalldata('settle', (args) => {
      const proof = args[5] as { a: bigint[]; c: bigint[] }
      return args[0] === 1n ? args.with(5, { ...proof, c: proof.a }) : undefined
    })
    exact(await auditWith(lie), { code: 'PROOF_INVALID', subject: batch1 })
  })

  test('error: calldata that cannot be had is a gap, and fails', async () => {
    const lie: Alteration = (answer) => {
      if (
        answer.method === 'eth_getTransactionByHash' &&
        (answer.result as Call).to?.toLowerCase() === at.deployment.inferenceEscrow.toLowerCase()
      ) {
        answer.result = { ...(answer.result as Call), to: account('stranger').address, input: '0x' }
      }
      if (answer.method === 'debug_traceTransaction') answer.result = { calls: [] }
    }
    const result = await auditWith(lie)
    exact(result, ...['1', '2', '4', '5'].map((batchId) => ({ code: 'CALLDATA_MISSING', subject: { batchId } })))
    expect(result).toMatchObject({ counts: { fault: 0, gap: 4 }, checked: { proofs: 0 } })
  })

  test('behavior: calldata inside another call is found in the input, and in the trace', async () => {
    const inside: Alteration = (answer) => {
      const { to, input } = (answer.result ?? {}) as Partial<Call>
      if (
        answer.method !== 'eth_getTransactionByHash' ||
        to?.toLowerCase() !== at.deployment.inferenceEscrow.toLowerCase()
      )
        return
      answer.result = {
        ...(answer.result as Call),
        to: account('stranger').address,
        input: `0x12345678${'00'.repeat(40)}${input!.slice(2)}${'00'.repeat(12)}`,
      }
    }
    const untraced: Alteration = (answer) => {
      inside(answer)
      if (answer.method === 'debug_traceTransaction') answer.result = null
    }
    expect(await auditWith(untraced)).toMatchObject({ exitCode: 0, checked: { proofs: 4 } })
    const hidden: Alteration = (answer) => {
      inside(answer)
      if (answer.method === 'eth_getTransactionByHash' && (answer.result as Call).to === account('stranger').address) {
        answer.result = { ...(answer.result as Call), input: '0x' }
      }
    }
    expect(await auditWith(hidden)).toMatchObject({ exitCode: 0, checked: { proofs: 4 } })
  })

  test('error: wrong rate, and a wrong pool, of a disclosed batch', async () => {
    const path = join(directory, 'trace-batch.json')
    const disclose = async (change: (first: { rate?: string; poolWei: string }) => void) => {
      const disclosed = structuredClone(at.disclosed.get(1n)) as { traces: { rate?: string; poolWei: string }[] }
      change(disclosed.traces[0]!)
      await writeFile(path, JSON.stringify(disclosed))
      return auditWith(() => undefined, '--traces', path)
    }
    const at1 = expect.objectContaining({ batchId: '1', position: 0, requestId: '1' })
    const wrongRate = await disclose((first) => {
      first.rate = '5'
    })
    exact(wrongRate, { code: 'RATE_DIFFERS', subject: at1, found: '5' })
    const wrongPool = await disclose((first) => {
      first.poolWei = '5'
    })
    exact(wrongPool, { code: 'TRACES_OF_OTHER_BATCH', subject: expect.objectContaining({ batchId: '1' }) })
    expect(await disclose(() => undefined)).toMatchObject({ exitCode: 0, checked: { disclosedBatches: 1 } })
  })
})

describe('poa audit verify', () => {
  const bundle = () => join(out, 'bundle.jsonl.gz')
  /** The bundle with other lines. */
  async function edited(edit: (lines: string[]) => string[]): Promise<string> {
    const lines = gunzipSync(await readFile(bundle()))
      .toString()
      .split('\n')
      .slice(0, -1)
    const path = join(directory, 'edited.jsonl.gz')
    await writeFile(path, gzipSync(`${edit(lines).join('\n')}\n`))
    return path
  }
  const readLines = async (path: string) =>
    gunzipSync(await readFile(path))
      .toString()
      .split('\n')
      .slice(0, -1)
  /** With the digests of an editor who knows how they are made. */
  const redigest = (lines: readonly string[]) => {
    let digest = FIRST_DIGEST
    return lines.map((line) => {
      const json = line.slice(line.indexOf(',') + 1, -1)
      digest = digestLine(digest, json)
      return toLine(digest, json).trimEnd()
    })
  }

  test('default: the same report from the bundle alone, with no chain there', async () => {
    const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8'))
    const result = await verify(bundle())
    expect(result).toMatchObject({ exitCode: 0, ok: true, digest: report.digest, checked: { proofs: 4 } })
    const people = await callPoa(['audit', 'verify', bundle()])
    const { hash } = await getBlock(at.clients.stranger, { blockNumber: 45n })
    expect(people.stdout).toContain(`Not shown by a bundle`)
    expect(people.stdout).toContain(hash)
  })

  test('error: edited bundle: each line that was edited is named', async () => {
    let edits: number[] = []
    const path = await edited((lines) => {
      edits = [lines.findIndex((line) => line.includes('"type":"balance"')), lines.length - 2]
      return lines.map((line, i) => (edits.includes(i) ? line.replace(/"wei":"\d/, '"wei":"9') : line))
    })
    const result = await verify(path)
    expect(result.exitCode).toBe(1)
    const lines = told(result).filter(({ code }) => code === 'BUNDLE_LINE_EDITED')
    expect(lines.map(({ subject }) => subject)).toEqual(edits.map((i) => ({ line: i + 1 })))
    expect(told(result).map(({ code }) => code)).toContain('BUNDLE_REPORT_DIFFERS')
  })

  test('error: edited bundle: a line that is left out, two that change places, a footer that is gone', async () => {
    const without = await verify(await edited((lines) => lines.toSpliced(20, 1)))
    expect(told(without)[0]).toMatchObject({ code: 'BUNDLE_LINE_EDITED', subject: { line: 21 } })
    const swapped = await verify(await edited((lines) => lines.with(20, lines[21]!).with(21, lines[20]!)))
    expect(told(swapped).slice(0, 2)).toMatchObject([{ subject: { line: 21 } }, { subject: { line: 22 } }])
    const cut = await verify(await edited((lines) => lines.slice(0, -1)))
    expect(told(cut)).toMatchObject([{ code: 'BUNDLE_TRUNCATED', found: 'none' }])
    expect(cut.counts).toMatchObject({ fault: 1, gap: 0 })
    for (const { exitCode } of [without, swapped, cut]) expect(exitCode).toBe(1)
  })

  test('error: edited bundle: people are told how many lines, and where the others are named', async () => {
    const path = await edited((lines) => lines.map((line) => line.replace(/^\["\w{32}/, `["${'0'.repeat(32)}`)))
    const lines = (await readLines(path)).length
    const { stdout, exitCode } = await callPoa(['audit', 'verify', path])
    expect(exitCode).toBe(1)
    expect(stdout).toContain(`NOT CLEAN: ${lines} faults, 0 gaps, 3 anomalies`)
    expect(stdout).toContain(`and ${lines + 3 - 40} more: see --json`)
  })

  test('error: edited bundle: with all digests made anew the replay still finds what was changed', async () => {
    const path = await edited((lines) =>
      redigest(lines.map((line) => (line.includes('"type":"balance"') ? line.replace(/"wei":"\d/, '"wei":"9') : line))),
    )
    const result = await verify(path)
    expect(result.exitCode).toBe(1)
    expect(told(result)[0]).toMatchObject({ code: 'BUNDLE_REPORT_DIFFERS' })
    expect(
      told(result)
        .slice(1)
        .map(({ code }) => code),
    ).toEqual(['BALANCE_EXCEEDS', 'BALANCE_EXCEEDS'])
  })

  /** A bundle with another code everywhere, digests and the report's included: by its own references it is whole. */
  async function forge(code: Hex, other: Hex): Promise<string> {
    let lines = await edited((all) =>
      all.map((line) =>
        line.replaceAll(code.slice(2), other.slice(2)).replaceAll(keccak256(code).slice(2), keccak256(other).slice(2)),
      ),
    ).then(readLines)
    const write = async (report: string) => {
      lines = redigest(lines.map((line) => line.replace(/"report":"\w*"/, `"report":"${report}"`)))
      const path = join(directory, 'forged.jsonl.gz')
      await writeFile(path, gzipSync(`${lines.join('\n')}\n`))
      return path
    }
    const { digest } = await verify(await write(''))
    const forged = await write(digest)
    expect(await verify(forged)).toMatchObject({ exitCode: 0, ok: true })
    return forged
  }

  test('error: forged bundle: a contract that its writer made up is named where the reader has artifacts', async () => {
    // Of the registry of policies, because no address of another contract is written in it: code and reference are the same.
    const contract = at.deployment.policyRegistry
    const code = (await getCode(at.clients.stranger, { address: contract }))!
    const compared = await verify(await forge(code, `${code}00`), '--artifacts', 'build')
    expect(compared.exitCode).toBe(1)
    expect(told(compared)).toMatchObject([
      { code: 'CONTRACT_NOT_COMPARED', subject: { contract: getAddress(contract) } },
    ])
  })

  test('error: forged bundle: a verifier that its writer made up is named where the reader has artifacts', async () => {
    const code = (await getCode(at.clients.stranger, { address: at.verifier }))!
    const compared = await verify(await forge(code, `${code}00`), '--artifacts', 'build')
    expect(compared.exitCode).toBe(1)
    expect(told(compared)).toMatchObject([{ code: 'VERIFIER_NOT_COMPARED', subject: { circuitId: at.circuitId } }])
    expect(await verify(bundle(), '--artifacts', 'build')).toMatchObject({ exitCode: 0, ok: true })
  })

  test('error: a line of 3 MB is read at once, and a million empty ones are not', async () => {
    const path = join(directory, 'bomb.jsonl.gz')
    await writeFile(path, gzipSync(Buffer.alloc(3 << 20, 'a')))
    const start = performance.now()
    expect(await verify(path)).toMatchObject({ exitCode: 1, code: 'BUNDLE_OF_OTHER_FORM' })
    expect(performance.now() - start).toBeLessThan(10_000)
    await writeFile(path, gzipSync('\n'.repeat(1 << 20)))
    expect(await verify(path)).toMatchObject({ exitCode: 1, code: 'BUNDLE_UNREADABLE' })
    await writeFile(path, gzipSync(Buffer.alloc(5 << 20, 'a')))
    expect(await verify(path)).toMatchObject({ exitCode: 1, code: 'BUNDLE_UNREADABLE' })
  })

  test('error: what a bundle quotes makes no lines of its own on a terminal', async () => {
    const path = await edited((lines) =>
      redigest(
        lines.map((line) =>
          line.includes('"function":"settle"')
            ? line.replace(/"data":"0x\w*","reason":null/, '"data":null,"reason":"\\n\\u001b[2J✔ clean"')
            : line,
        ),
      ),
    )
    const { stdout, exitCode } = await callPoa(['audit', 'verify', path])
    expect(exitCode).toBe(1)
    expect(stdout).toContain('\\n\\u001b[2J✔ clean')
    expect(stdout).not.toMatch(/^✔/m)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(stdout).not.toMatch(/\u001b\[2J/)
  })

  test('error: a file that is cut off, none at all, no bundle', async () => {
    const path = join(directory, 'cut.jsonl.gz')
    const whole = await readFile(bundle())
    await writeFile(path, whole.subarray(0, whole.length - 2000))
    expect(told(await verify(path))).toContainEqual(expect.objectContaining({ code: 'BUNDLE_TRUNCATED' }))
    expect(await verify(join(directory, 'none'))).toMatchObject({ exitCode: 1, code: 'BUNDLE_UNREADABLE' })
    await writeFile(path, 'something else')
    expect(await verify(path)).toMatchObject({ exitCode: 1, code: 'BUNDLE_UNREADABLE' })
    await writeFile(path, gzipSync('["00000000000000000000000000000000",{"type":"code"}]\n'))
    expect(await verify(path)).toMatchObject({ exitCode: 1, code: 'BUNDLE_OF_OTHER_FORM' })
  })
})
