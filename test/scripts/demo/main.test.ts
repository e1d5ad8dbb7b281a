/** The demo as its users run it: one process from training to withdrawal, and one JSON object. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { REPOSITORY_ROOT } from '../../../scripts/circuits/compileCircuit.ts'
import { spearman } from '../../../scripts/demo/leaveOneOut.ts'
import { DATANETS, loadCorpus } from '../../../scripts/demo/loadCorpus.ts'
import {
  type AttributionView,
  attributionView,
  type BatchView,
  batchView,
  type ContributorView,
  contributorView,
  type LineageView,
  modelView,
  type OverviewView,
  overviewView,
  pageOf,
} from '../../../src/api/views.ts'
import { requestNode } from '../../../src/client/requestNode.ts'

type Run = { readonly exitCode: number; readonly stdout: string; readonly stderr: string }

// Node's own deprecation warnings are none of ours.
const OPTIONS = { cwd: REPOSITORY_ROOT, env: { ...process.env, NODE_NO_WARNINGS: '1' } }

function run(...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { ...OPTIONS, maxBuffer: 1 << 24 }, (error, stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
    )
  })
}

type Contributor = {
  readonly id: string
  readonly kind: string
  readonly samples: number
  readonly earningWei: string
  readonly paidWei: string
  readonly leaveOneOut: number
}

let demo: Run
// biome-ignore lint/suspicious/noExplicitAny: its fields are what is tested
let result: any
let contributors: readonly Contributor[]

/** What the explorer of `--serve` was told while it was up. */
type Shown = {
  readonly page: string
  readonly overview: OverviewView
  readonly contributors: readonly ContributorView[]
  readonly lineage: LineageView | null | undefined
  readonly batches: readonly BatchView[]
  readonly attribution: AttributionView
}
let shown: Shown
let url: string

// Makes keys of `small` too when there are none yet.
beforeAll(async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/demo/main.ts', '--json', '--serve'], {
    ...OPTIONS,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  const told = { stdout: '', stderr: '' }
  const collect = (name: 'stdout' | 'stderr', whenServed: () => void) =>
    child[name].setEncoding('utf8').on('data', (text) => {
      told[name] += text
      if (/poa explain .*\n/.test(told.stderr)) whenServed()
    })
  const served = new Promise<void>((resolve) => {
    collect('stdout', resolve)
    collect('stderr', resolve)
  })
  await Promise.race([served, ended])
  url = told.stderr.match(/http:\/\/127\.0\.0\.1:\d+(?=\/ )/)?.[0] ?? ''
  if (url === '') throw new Error(`the demo ended with ${child.exitCode}: ${told.stderr}`)
  try {
    shown = await look(url)
  } finally {
    child.kill('SIGINT')
    await ended
  }
  demo = { exitCode: child.exitCode ?? 1, ...told }
  result = JSON.parse(demo.stdout)
  contributors = result.contributors
}, 600_000)

async function look(nodeUrl: string): Promise<Shown> {
  const ask = <Schema extends z.ZodType>(path: string, answer: Schema) => requestNode(nodeUrl, { path, answer })
  const batches = (await ask('/v1/batches', pageOf(batchView))).items
  return {
    page: await (await fetch(nodeUrl)).text(),
    overview: await ask('/v1/overview', overviewView),
    contributors: (await ask('/v1/contributors', pageOf(contributorView))).items,
    lineage: (await ask('/v1/models/1', modelView)).indexes[0]?.lineage,
    batches,
    attribution: await ask(`/v1/batches/${batches[0]!.batchId}/attribution`, attributionView),
  }
}

const sum = (values: readonly string[]) => values.reduce((total, wei) => total + BigInt(wei), 0n)
const ofKind = (kind: string) => contributors.filter((contributor) => contributor.kind === kind)
/** Millionths of a wei for each sample, exactly. */
const payASample = (kind: string): bigint =>
  (sum(ofKind(kind).map(({ paidWei }) => paidWei)) * 1_000_000n) /
  BigInt(ofKind(kind).reduce((total, { samples }) => total + samples, 0))

describe('npm run demo -- --serve', () => {
  test('default: the explorer shows the sums that the demo found', () => {
    expect(shown.page).toContain('<div id="app">')
    const { overview } = shown
    expect(overview.requests).toEqual({ paid: 0, sealed: 0, settled: result.tracesSettled, refunded: 0 })
    expect(overview.totals).toMatchObject({
      feesWei: result.feesWei,
      settledFeesWei: result.feesWei,
      poolsWei: result.epochPoolWei,
      modelOwnerWei: result.sharesWei.modelOwner,
      stakersWei: result.sharesWei.stakers,
      proverWei: result.sharesWei.prover,
      treasuryWei: result.sharesWei.treasury,
      paidWei: result.paidWei,
      poolsToTreasuryWei: result.treasuryWei,
      // By everybody: not a wei of the fees is left in the contracts.
      withdrawnWei: result.feesWei,
    })
    const paid = contributors.map(({ paidWei }) => BigInt(paidWei)).toSorted((a, b) => (a < b ? 1 : -1))
    expect(shown.contributors.map(({ paidWei }) => BigInt(paidWei))).toEqual(paid)
  })

  test('default: every batch is disclosed, and its inferences add up to what was booked', () => {
    expect(shown.batches.map(({ isDisclosed }) => isDisclosed)).toEqual(Array(result.batches).fill(true))
    const { attribution } = shown
    const { booking, requests, proof } = shown.batches[0]!
    expect(proof!.proveSeconds).toBeGreaterThan(0)
    expect(attribution.inferences).toHaveLength(requests.length)
    for (const { slot, earning, earningWei } of attribution.earnings) {
      const earnings = attribution.inferences.map(({ contributors }) => BigInt(contributors[slot]!.earning))
      expect(earnings.reduce((total, each) => total + each, 0n)).toBe(BigInt(earning))
      expect(booking!.earnings[slot]!.earningWei).toBe(earningWei)
    }
  })

  test('default: the model tells the four datanets that it was trained on', () => {
    expect(shown.lineage?.datanets.map(({ name }) => name)).toEqual([...DATANETS])
  })

  test('behavior: Ctrl-C ends the node too', async () => {
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })
})

describe('npm run demo -- --json', () => {
  test('default: ends well and prints one JSON object and nothing else', () => {
    expect([demo.exitCode, demo.stderr.slice(0, 20)]).toEqual([0, '\nThe explorer is at '])
    expect(demo.stdout.trim().split('\n')).toHaveLength(1)
    expect(result).toMatchObject({ ok: true, failures: [] })
  })

  test('default: every field of the contract with its users is there, wei as decimal strings', () => {
    const wei = expect.stringMatching(/^(0|[1-9]\d*)$/)
    expect(result).toMatchObject({
      batches: expect.any(Number),
      tracesSettled: expect.any(Number),
      proofsVerifiedOnChain: expect.any(Number),
      epochPoolWei: wei,
      paidWei: wei,
      treasuryWei: wei,
      withdrawnWei: wei,
      looRankCorrelation: expect.any(Number),
      forgedProofRejected: true,
      seconds: expect.any(Object),
      gas: expect.any(Object),
      constraints: expect.any(Number),
      prover: expect.stringMatching(/^(native|snarkjs)/),
    })
    expect(contributors).toHaveLength(12)
    for (const contributor of contributors) {
      expect(contributor).toMatchObject({
        id: expect.stringMatching(/./),
        kind: expect.stringMatching(/^(honest|mislabelled|copy|noise)$/),
        samples: expect.any(Number),
        earningWei: expect.stringMatching(/^(0|-?[1-9]\d*)$/),
        paidWei: wei,
      })
    }
    const counts = ['honest', 'mislabelled', 'copy', 'noise'].map((kind) => ofKind(kind).length)
    expect(counts).toEqual([9, 1, 1, 1])
    for (const measured of [...Object.values(result.seconds), ...Object.values(result.gas)]) {
      expect(measured).toBeGreaterThanOrEqual(0)
    }
  })

  test('default: at least 64 inferences in at least 4 batches, each settled by a proof', () => {
    expect(result.batches).toBeGreaterThanOrEqual(4)
    expect(result.tracesSettled).toBeGreaterThanOrEqual(64)
    expect(result.proofsVerifiedOnChain).toBe(result.batches)
    expect(result.tracesSettled).toBeLessThanOrEqual(16 * result.batches)
  })

  test('behavior: every wei of the fees is accounted for', () => {
    const { paidWei, treasuryWei, epochPoolWei, feesWei, sharesWei, withdrawnWei, tracesSettled } = result
    expect(sum([paidWei, treasuryWei])).toBe(BigInt(epochPoolWei))
    expect(sum([epochPoolWei, sharesWei.modelOwner, sharesWei.stakers, sharesWei.prover, sharesWei.treasury])).toBe(
      BigInt(feesWei),
    )
    expect(BigInt(feesWei)).toBe(BigInt(tracesSettled) * 10n ** 18n)
    expect(BigInt(epochPoolWei)).toBe(BigInt(feesWei) / 2n)
    expect(sum(contributors.map((contributor) => contributor.paidWei))).toBe(BigInt(paidWei))
    expect(withdrawnWei).toBe(paidWei)
    expect(BigInt(paidWei)).toBeGreaterThan(0n)
    // A first epoch: nothing is carried in, so pay is the positive part of the earning.
    for (const { earningWei, paidWei: paid } of contributors) {
      expect(BigInt(paid)).toBe(BigInt(earningWei) > 0n ? BigInt(earningWei) : 0n)
    }
  })

  test('behavior: bad data is paid less than a tenth of honest data, a sample', () => {
    expect(payASample('honest')).toBeGreaterThan(0n)
    expect(10n * payASample('mislabelled')).toBeLessThan(payASample('honest'))
    expect(10n * payASample('noise')).toBeLessThan(payASample('honest'))
    for (const { earningWei } of ofKind('mislabelled')) expect(BigInt(earningWei)).toBeLessThan(0n)
  })

  test('behavior: the copy is paid exactly like its original', () => {
    const people = loadCorpus().contributors
    const { id, copies } = people.find(({ kind }) => kind === 'copy')!
    const [copy, original] = [id, copies].map((name) => contributors.find((contributor) => contributor.id === name)!)
    expect(copy!.samples).toBe(original!.samples)
    expect(copy!.earningWei).toBe(original!.earningWei)
    expect(copy!.paidWei).toBe(original!.paidWei)
    expect(BigInt(copy!.paidWei)).toBeGreaterThan(0n)
  })

  test('behavior: pay ranks contributors as retraining without them does', () => {
    expect(result.looRankCorrelation).toBeGreaterThanOrEqual(0.8)
    const earnings = contributors.map(({ earningWei }) => Number(earningWei))
    const drops = contributors.map(({ leaveOneOut }) => leaveOneOut)
    expect(result.looRankCorrelation).toBeCloseTo(spearman(earnings, drops), 12)
    expect(new Set(drops).size).toBeGreaterThanOrEqual(11)
  })

  test('behavior: forgeries are refused by the contract, for the right reason', () => {
    const refusals = result.forgeries.map(
      ({ refusal }: { refusal: string }) => refusal.match(/reverted with (\w+)/)?.[1],
    )
    expect(refusals).toEqual(['ProofRejected', 'ProofRejected', 'BatchAlreadySettled'])
    for (const { isRejected } of result.forgeries) expect(isRejected).toBe(true)
  })

  test('behavior: the budgets hold', () => {
    expect(result.constraints).toBeGreaterThan(10_000)
    expect(result.constraints).toBeLessThanOrEqual(65_000)
    expect(result.gas.settle).toBeGreaterThan(200_000)
    expect(result.gas.settle).toBeLessThanOrEqual(900_000)
    const functions = ['pay', 'seal', 'settle', 'closeEpoch', 'withdraw', 'registerModel', 'registerIndex']
    for (const name of functions) expect(result.gas[name], name).toBeGreaterThan(21_000)
    const stages = ['keys', 'model', 'chain', 'deploy', 'pay', 'seal', 'prove', 'settle', 'withdraw', 'leaveOneOut']
    expect(Object.keys(result.seconds)).toEqual(expect.arrayContaining(stages))
  })

  test('behavior: one inference is explained by earnings that its pool covers, the strongest first', () => {
    const { text, answer, poolWei, contributions } = result.explained
    expect([typeof text, typeof answer]).toEqual(['string', 'string'])
    expect(contributions.map(({ id }: { id: string }) => id).toSorted()).toEqual(contributors.map(({ id }) => id))
    const earnings = contributions.map(({ earningWei }: { earningWei: string }) => BigInt(earningWei)) as bigint[]
    const positive = earnings.filter((wei) => wei > 0n).reduce((total, wei) => total + wei, 0n)
    expect(positive).toBeGreaterThan(0n)
    expect(positive).toBeLessThanOrEqual(BigInt(poolWei))
    const sizes = earnings.map((wei) => (wei < 0n ? -wei : wei))
    for (const [i, size] of sizes.slice(1).entries()) expect(size).toBeLessThanOrEqual(sizes[i]!)
  })

  test('behavior: the proof that it leaves behind can be checked by anyone', async () => {
    const { proof, public: claim } = result.bundle
    const poa = join('prover', 'poa.mjs')
    const verified = await run(poa, 'proof', 'verify', '--proof', proof, '--public', claim, '--json')
    expect([verified.exitCode, verified.stderr]).toEqual([0, ''])
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, isValid: true })
  })
})
