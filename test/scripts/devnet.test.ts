/** `npm run devnet`, and the commands of `poa` that need a chain, as the walk-through uses them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { REPOSITORY_ROOT } from '../../scripts/circuits/compileCircuit.ts'
import { demoKey } from '../../scripts/demo/demoAccounts.ts'
import { callPoa } from '../prover/commands/callPoa.ts'
import { onlyJson } from '../prover/commands/runPoa.ts'

const MAIN = join(REPOSITORY_ROOT, 'scripts', 'devnet', 'main.ts')

let directory: string
let devnet: ChildProcess
// biome-ignore lint/suspicious/noExplicitAny: its fields are what is tested
let ready: any

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-devnet-'))
  devnet = spawn(
    process.execPath,
    ['--import', 'tsx', MAIN, '--port', '0', '--shape', 'tiny', '--out', directory, '--json'],
    { cwd: REPOSITORY_ROOT, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  for await (const line of createInterface({ input: devnet.stdout! })) {
    ready = JSON.parse(line)
    break
  }
})
afterAll(async () => {
  if (devnet?.exitCode === null) {
    const ended = once(devnet, 'exit')
    devnet.kill('SIGTERM')
    await ended
  }
  await rm(directory, { recursive: true, force: true })
})

const configPath = () => join(directory, 'poa.json')
/** @param role of the demo's accounts, who signs */
const poa = async (role: string, ...args: string[]) => {
  // Decrypting a keystore takes a second; one test does.
  const run = await callPoa([...args, '--json'], { POA_CONFIG: configPath(), POA_PRIVATE_KEY: demoKey(role) })
  return { ...run, json: onlyJson(run) }
}
const passTime = async (seconds: number) => {
  const { port } = new URL(ready.rpcUrl)
  const args = ['--import', 'tsx', MAIN, 'pass-time', String(seconds), '--port', port]
  const [code] = await once(spawn(process.execPath, args, { cwd: REPOSITORY_ROOT, stdio: 'ignore' }), 'exit')
  expect(code).toBe(0)
}

test('default: says where everything is, and the files are there', async () => {
  expect(ready).toMatchObject({
    ok: true,
    rpcUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    chainId: 31337,
    circuitId: expect.stringMatching(/^0x[0-9a-f]{8}$/),
  })
  expect(await readdir(join(directory, 'keystores'))).toEqual([
    'operator.json',
    'owner.json',
    'payer.json',
    'prover.json',
  ])
  expect(await readdir(join(directory, 'contributions'))).toHaveLength(3)
  expect(await readdir(join(directory, 'queries'))).toHaveLength(32)
  const query = JSON.parse(await readFile(join(directory, 'queries', '1.json'), 'utf8'))
  expect([typeof query.text, query.features.length, query.features.at(-1)]).toEqual(['string', 5, 127])
  const shown = await callPoa(['keys', 'show', '--json'], { POA_CONFIG: configPath() })
  expect(onlyJson(shown).address).toBe(ready.addresses.prover)
})

describe('poa on it', () => {
  test('default: doctor finds nothing amiss', async () => {
    const { exitCode, json } = await poa('prover', 'doctor', '--port', '0', '--metrics-port', '0')
    expect(json.checks.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([])
    expect(exitCode).toBe(0)
    expect(json.checks.find(({ name }: { name: string }) => name === 'prover').detail).toMatch(
      /^(native \(\w+, \d+ threads?\)|snarkjs: .+)$/,
    )
    expect(json.checks.map(({ name }: { name: string }) => name)).toEqual(
      'node circuits prover database chain escrow account funds sealing disk api metrics'.split(' '),
    )
  })

  test('behavior: doctor names what is amiss and what mends it', async () => {
    const { exitCode, json } = await poa('a stranger without coin', 'doctor', '--escrow', ready.addresses.payer)
    expect(exitCode).toBe(1)
    const checks = Object.fromEntries(json.checks.map((check: { name: string }) => [check.name, check]))
    expect(checks.chain).toMatchObject({ ok: true })
    expect(checks.escrow).toMatchObject({ ok: false, hint: 'Check escrow and chainId.' })
    expect(checks.sealing).toMatchObject({ ok: false, detail: 'not checked: it takes the right escrow' })
    const poor = await poa('a stranger without coin', 'doctor')
    const funds = poor.json.checks.find(({ name }: { name: string }) => name === 'funds')
    expect(funds).toMatchObject({ ok: false, detail: expect.stringMatching(/^0\.0000 OPEN; at least 0\.1000/) })
  })

  test('default: circuits verify --onchain finds the registered circuit', async () => {
    const { exitCode, json } = await poa('prover', 'circuits', 'verify', '--shape', 'tiny', '--onchain')
    expect([exitCode, json.onChain]).toEqual([
      0,
      { isRegistered: true, isActive: true, hasSameKey: true, hasSameVerifierCode: true },
    ])
    const other = await poa('prover', 'circuits', 'verify', '--shape', 'small', '--onchain')
    expect([other.exitCode, other.json.ok, other.json.onChain.isRegistered]).toEqual([1, false, false])
  })

  test('default: from samples to a registered model, an approved sealer and a signed trace', async () => {
    const contributions = join(directory, 'contributions')
    const files = (await readdir(contributions)).map((file) => join(contributions, file))
    expect((await poa('prover', 'datanet', 'create', 'demo', '--features', '5', '--classes', '3')).exitCode).toBe(0)
    const contributed = await poa('prover', 'datanet', 'contribute', 'demo', ...files)
    expect(contributed.json.contributions.map(({ version }: { version: number }) => version)).toEqual([1, 2, 3])

    const register = [
      'model',
      'register',
      '--datanet',
      'demo',
      '--shape',
      'tiny',
      '--operator',
      ready.addresses.operator,
    ]
    const { json: model } = await poa('model owner', ...register, '--no-upload')
    expect(model).toMatchObject({
      ok: true,
      modelId: '1',
      indexVersion: '1',
      circuitId: ready.circuitId,
      isUploaded: false,
    })
    expect(model.contributors).toEqual(
      contributed.json.contributions.map(({ contributor }: { contributor: string }) => contributor),
    )

    const sealing = async () =>
      (await poa('prover', 'doctor')).json.checks.find(({ name }: { name: string }) => name === 'sealing')
    expect(await sealing()).toMatchObject({
      ok: false,
      hint: `An operator runs: poa operator approve-sealer ${ready.addresses.prover}`,
    })
    await poa('operator', 'operator', 'approve-sealer', ready.addresses.prover)
    expect(await sealing()).toMatchObject({ ok: true, detail: 'may seal for 1 of 1 operators' })
    await poa('operator', 'operator', 'approve-sealer', ready.addresses.prover, '--revoke')
    expect(await sealing()).toMatchObject({ ok: false })

    const query = join(directory, 'queries', '1.json')
    const { json: paid } = await poa(
      'payer 0',
      'inference',
      'pay',
      '--model',
      '1',
      '--fee',
      '0.5',
      '--query-file',
      query,
    )
    expect(paid).toMatchObject({
      requestId: '1',
      epochId: '1',
      feeWei: '500000000000000000',
      poolWei: '250000000000000000',
    })
    const out = join(directory, 'trace.json')
    const sign = ['trace', 'sign', '--query', query, '--model-file', model.file, '--model', '1', '--request', '1']
    const { json: signed } = await poa('operator', ...sign, '--out', out)
    expect([signed.operator, signed.file]).toEqual([ready.addresses.operator, out])
  })

  test('default: a request that nobody sealed is refunded, the epoch closed, the fee withdrawn', async () => {
    const early = await poa('prover', 'epoch', 'close', '1', '1')
    expect([early.exitCode, early.json.code]).toEqual([1, 'CONTRACT_REVERTED'])
    expect(early.json.message).toContain('EpochNotEnded')
    await passTime(601)
    expect((await poa('prover', 'inference', 'refund', '1')).json).toEqual({ ok: true, requestId: '1' })
    const { json: closed } = await poa('prover', 'epoch', 'close', '1', '1')
    expect(closed).toMatchObject({ ok: true, poolsWei: '0', paidWei: '0', treasuryWei: '0' })
    expect(closed.contributors).toHaveLength(3)
    const { json: sent } = await poa('prover', 'earnings', 'withdraw', ready.addresses.payer)
    expect(sent).toEqual({ ok: true, account: ready.addresses.payer, amountWei: '500000000000000000' })
    const nothing = await poa('prover', 'earnings', 'withdraw', ready.addresses.payer)
    expect([nothing.exitCode, nothing.json.message]).toEqual([1, expect.stringContaining('NothingToWithdraw')])
  })
})

test('behavior: SIGTERM ends it and the chain', async () => {
  const ended = once(devnet, 'exit')
  devnet.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  await expect(fetch(ready.rpcUrl)).rejects.toThrow()
})
