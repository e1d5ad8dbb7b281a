/** The demo as its users run it: one process from training to withdrawal, and one JSON object. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { REPOSITORY_ROOT } from '../../../scripts/circuits/compileCircuit.ts'
import { spearman } from '../../../scripts/demo/leaveOneOut.ts'
import { loadCorpus } from '../../../scripts/demo/loadCorpus.ts'

type Run = { readonly exitCode: number; readonly stdout: string; readonly stderr: string }

function run(...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    // Node's own deprecation warnings are none of ours.
    const options = { cwd: REPOSITORY_ROOT, maxBuffer: 1 << 24, env: { ...process.env, NODE_NO_WARNINGS: '1' } }
    execFile(process.execPath, args, options, (error, stdout, stderr) =>
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

// Makes keys of `small` too when there are none yet.
beforeAll(async () => {
  demo = await run('scripts/start.mjs', 'scripts/demo/main.ts', '--json')
  if (demo.stdout === '') throw new Error(`the demo ended with ${demo.exitCode}: ${demo.stderr}`)
  result = JSON.parse(demo.stdout)
  contributors = result.contributors
}, 600_000)

const sum = (values: readonly string[]) => values.reduce((total, wei) => total + BigInt(wei), 0n)
const ofKind = (kind: string) => contributors.filter((contributor) => contributor.kind === kind)
/** Millionths of a wei for each sample, exactly. */
const payASample = (kind: string): bigint =>
  (sum(ofKind(kind).map(({ paidWei }) => paidWei)) * 1_000_000n) /
  BigInt(ofKind(kind).reduce((total, { samples }) => total + samples, 0))

describe('npm run demo -- --json', () => {
  test('default: ends well and prints one JSON object and nothing else', () => {
    expect([demo.exitCode, demo.stderr]).toEqual([0, ''])
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
