/** `poa explain` and the files of an audit, on a real chain with real proofs. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Address } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BUNDLE_FILE, runAudit } from '../../../prover/audit/runAudit.ts'
import { FINDING_CODES } from '../../../src/audit/findingCodes.ts'
import { signTrace } from '../../../src/client/signTrace.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'
import { type AuditedChain, deployAuditedChain } from '../../audit/auditedChain.ts'
import { account, contributors, tiny } from '../../chain/deployTiny.ts'
import { sendJson, startStubNode, TRACE_ID, traceWith } from '../../client/stubNode.ts'
import { callPoa } from './callPoa.ts'
import { onlyJson } from './runPoa.ts'

let at: AuditedChain
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-explain-'))
  at = await deployAuditedChain()
  await mkdir(join(directory, 'traces'))
  for (const [batchId, json] of at.disclosed) {
    // Batch 2 stays private.
    if (batchId !== 2n) await writeFile(join(directory, 'traces', `${batchId}.json`), toJson(json))
  }
})
afterAll(async () => {
  await at?.chain.stop()
  await rm(directory, { recursive: true })
})

const chain = () => ['--rpc-url', at.chain.rpcUrl, '--traces', join(directory, 'traces')]
// biome-ignore lint/suspicious/noExplicitAny: the shape of the object is what is tested
async function explainJson(...args: readonly string[]): Promise<any> {
  const run = await callPoa(['explain', ...args, '--json'])
  expect(run.exitCode, run.stdout).toBe(0)
  return onlyJson(run)
}

describe('poa explain', () => {
  test('default: a contributor, from the sum of its life down to inferences', async () => {
    const who = contributors[0]!
    const { contributor, faults, chainId } = await explainJson('--contributor', who, ...chain())
    expect([faults, chainId]).toEqual([0, 31337])
    expect(contributor.account).toBe(who)
    expect(contributor.earnings.map(({ epochId }: { epochId: string }) => epochId)).toEqual(['1', '2', '3'])
    for (const { account, batches } of contributor.earnings) {
      // Every amount follows from the batches that are told.
      const sum = batches.reduce((total: bigint, batch: { earningWei: string }) => total + BigInt(batch.earningWei), 0n)
      expect(BigInt(account.bookedWei)).toBe(sum)
      for (const { disclosed, earningWei, batchId } of batches) {
        if (batchId === '2') expect(disclosed).toBeNull()
        else {
          const earned = disclosed.reduce(
            (total: bigint, { earning }: { earning: string }) => total + BigInt(earning),
            0n,
          )
          expect(earned >> 64n).toBe(BigInt(earningWei))
        }
      }
    }
    const [first] = contributor.earnings
    expect(first.reasons.join(' ')).toContain('The inferences of batch 2 are not disclosed')
    expect(first.reasons.join(' ')).toMatch(/Of the 3 answers disclosed, its data spoke for \d, pushed against \d/)
  })

  test('default: an epoch, its pools to the wei', async () => {
    const { epochs } = await explainJson('--epoch', '2', ...chain())
    const [{ balance, earnings, epoch }] = epochs
    expect(BigInt(balance.poolsWei)).toBe(BigInt(balance.paidWei) + BigInt(balance.treasuryWei))
    expect(BigInt(balance.treasuryWei)).toBe(
      BigInt(balance.unearnedWei) + BigInt(balance.forDebtsWei) - BigInt(balance.newDebtsWei),
    )
    expect(earnings.map(({ account }: { account: { contributor: Address } }) => account.contributor)).toEqual(
      contributors,
    )
    expect(epoch.closing).not.toBeNull()
    // Epoch 1 left debts under another index, of which a quarter counts.
    expect(BigInt(balance.forDebtsWei)).toBeGreaterThan(0n)
  })

  test('default: a request, each score of it', async () => {
    const { inference } = await explainJson('--trace', '2', ...chain())
    const { traces } = at.disclosed.get(1n) as { traces: { requestId: string; label: number }[] }
    expect(inference.inference.label).toBe(traces.find(({ requestId }) => requestId === '2')!.label)
    expect(inference.slots).toHaveLength(3)
    const positive = inference.slots.reduce(
      (sum: bigint, { earning }: { earning: string }) => (BigInt(earning) > 0n ? sum + BigInt(earning) : sum),
      0n,
    )
    expect(positive >> 64n).toBeLessThanOrEqual(BigInt(inference.request.poolWei))
    const refunded = await explainJson('--trace', '6', ...chain())
    expect(refunded.inference.headline).toMatch(/was refunded at .*no operator sealed it by/)
    const stuck = await explainJson('--trace', '7', ...chain())
    expect(stuck.inference.headline).toMatch(/was refunded at .*its batch 3 was not settled by/)
  })

  test('behavior: a trace names its request: by the file that was signed, or by its id and a node that knows it', async () => {
    const { chainId } = await explainJson('--trace', '2', ...chain())
    const { traces } = at.disclosed.get(1n) as { traces: { features: number[]; label: number }[] }
    const { features, label } = traces[0]!
    const trace = await signTrace(account('operator'), {
      chainId: BigInt(chainId),
      escrow: at.deployment.inferenceEscrow,
      shape: tiny,
      modelId: at.modelId,
      requestId: 2n,
      features,
      label,
      deadline: 1n,
    })
    const file = join(directory, 'trace.json')
    await writeFile(file, toJson(trace))
    const bySigned = await explainJson('--trace', file, ...chain())
    expect(bySigned.inference.request.requestId).toBe('2')
    const node = await startStubNode((_, response) => sendJson(response, 200, traceWith('settled', { requestId: '2' })))
    try {
      const byId = await explainJson('--trace', TRACE_ID, '--node-url', node.url, ...chain())
      expect(byId).toEqual(bySigned)
      expect(node.requests.map(({ path }) => path)).toEqual([`/v1/traces/${TRACE_ID}`])
    } finally {
      await node.stop()
    }
  })

  test('behavior: for people: one headline, its reasons, a table', async () => {
    const { stdout, exitCode } = await callPoa(['explain', '--epoch', '1', '--model', '1', ...chain()])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^Epoch 1 of model 1 paid .* of its pools of .* to \d of 3 contributors;/)
    expect(stdout).toContain("\n  - The treasury's ")
    expect(stdout).toMatch(/\nslot +contributor +opening +booked +paid +carried\n/)
  })

  test('behavior: an audit leaves page, tables and a bundle, which explains without the chain', async () => {
    const out = join(directory, 'audit')
    const traces = [join(directory, 'traces')]
    const { summary } = await runAudit({ rpcUrls: [at.chain.rpcUrl], traces }, out)
    expect(summary.counts.fault).toBe(0)
    const page = await readFile(join(out, 'report.html'), 'utf8')
    expect(page).toContain(summary.header.block.hash)
    expect(page.match(/<svg /g)).toHaveLength(3)
    const rowsOf = async (name: string) => (await readFile(join(out, name), 'utf8')).split('\r\n').slice(1, -1)
    // Batch 3 is in none: its one request was refunded.
    // Batch 3, of which all was refunded, and batch 6, which waits, among them.
    expect(await rowsOf('batches.csv')).toHaveLength(6)
    expect(await rowsOf('epochs.csv')).toHaveLength(3)
    expect(await rowsOf('findings.csv')).toHaveLength(summary.findings.length)
    const bundle = ['--bundle', join(out, BUNDLE_FILE)]
    const who = contributors[1]!
    expect(await explainJson('--contributor', who, ...bundle)).toEqual(
      await explainJson('--contributor', who, ...chain()),
    )
    const lines = gunzipSync(await readFile(join(out, BUNDLE_FILE)))
      .toString()
      .split('\n')
    await writeFile(join(out, 'edited.gz'), gzipSync(lines.toSpliced(20, 1).join('\n')))
    const edited = await callPoa(['explain', '--contributor', who, '--bundle', join(out, 'edited.gz'), '--json'])
    expect([edited.exitCode, onlyJson(edited).code]).toEqual([1, 'BUNDLE_EDITED'])
  })

  test('behavior: an audit without disclosed traces names small batches all the same', async () => {
    const { summary } = await runAudit({ rpcUrls: [at.chain.rpcUrl] }, join(directory, 'again'))
    const anomalies = summary.findings.filter(({ code }) => code === 'BATCH_TINY')
    expect(anomalies).toMatchObject([{ found: '4 of 4 batches smaller, 0 of a single inference' }])
  })

  test('error: disclosed traces that lie are named where they lie, and nothing else is', async () => {
    const lies = join(directory, 'lies')
    await mkdir(lies)
    const lie = async (batchId: bigint, change: (trace: Record<string, unknown>) => void) => {
      const json = structuredClone(at.disclosed.get(batchId)) as { traces: Record<string, unknown>[] }
      change(json.traces[1]!)
      await writeFile(join(lies, `${batchId}.json`), toJson(json))
    }
    await lie(1n, (trace) => {
      trace.rate = '5'
    })
    await lie(4n, (trace) => {
      trace.label = ((trace.label as number) + 1) % tiny.classes
    })
    const { summary } = await runAudit({ rpcUrls: [at.chain.rpcUrl], traces: [lies] }, join(directory, 'lied'))
    const faults = summary.findings.filter(({ code }) => FINDING_CODES[code].severity === 'fault')
    expect(faults).toMatchObject([
      { code: 'RATE_DIFFERS', subject: { batchId: 1n, requestId: 2n, position: 1 }, found: '5' },
      { code: 'OUTPUT_COMMITMENT_DIFFERS', subject: { batchId: 4n, position: 1 } },
    ])
    expect(summary.ok).toBe(false)
  })

  test('error: questions that are none, or have no answer', async () => {
    const who = contributors[0]!
    const ask = async (...args: readonly string[]) => {
      const { exitCode, stdout } = await callPoa(['explain', ...args, '--json'])
      return [exitCode, (JSON.parse(stdout) as { code: string }).code]
    }
    expect(await ask(...chain())).toEqual([1, 'INVALID_INPUT'])
    expect(await ask('--contributor', who, '--trace', '1', ...chain())).toEqual([1, 'INVALID_INPUT'])
    expect(await ask('--trace', '1', '--model', '1', ...chain())).toEqual([1, 'INVALID_INPUT'])
    expect(await ask('--contributor', '0x12', ...chain())).toEqual([1, 'INVALID_INPUT'])
    expect(await ask('--contributor', who)).toEqual([2, 'SETTING_MISSING'])
    expect(await ask('--trace', '99', ...chain())).toEqual([1, 'REQUEST_NOT_FOUND'])
    expect(await ask('--epoch', '9', ...chain())).toEqual([1, 'EPOCH_NOT_FOUND'])
    expect(await ask('--epoch', '1', '--rpc-url', 'http://127.0.0.1:9')).toEqual([3, 'RPC_UNREACHABLE'])
    expect(await ask('--epoch', '1', '--rpc-url', 'x', '--bundle', 'y')).toEqual([2, 'USAGE'])
  })
})
