import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SETTING_NAMES } from '../../../prover/config/settings.ts'
import { callPoa } from './callPoa.ts'
import { onlyJson, runPoa } from './runPoa.ts'

const ESCROW = '0x5FbDB2315678afecb367f032d93F642f64180aa3'
const NEEDED = ['--rpc-url', 'http://127.0.0.1:8545,https://rpc.example/k3y', '--chain-id', '31337', '--escrow', ESCROW]

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-init-'))
})
afterAll(() => rm(directory, { recursive: true }))

describe('poa init', () => {
  test('default: writes what was given, in a file for its owner alone, which the other commands read', async () => {
    const out = join(directory, 'written.json')
    const paths = [
      '--keystore',
      join(directory, 'keys', 'hot.json'),
      '--password-file',
      join(directory, 'password.txt'),
    ]
    const run = await callPoa(['init', ...NEEDED, ...paths, '--out', out, '--json'])
    expect([run.exitCode, onlyJson(run).file]).toEqual([0, out])
    expect(JSON.parse(await readFile(out, 'utf8'))).toEqual({
      rpcUrls: ['http://127.0.0.1:8545', 'https://rpc.example/k3y'],
      chainId: 31337,
      escrow: ESCROW,
      keystore: 'keys/hot.json',
      keystorePasswordFile: 'password.txt',
    })
    expect((await stat(out)).mode & 0o777).toBe(0o600)

    await writeFile(join(directory, 'password.txt'), 'correct horse battery\n')
    const config = onlyJson(await callPoa(['config', '--config', out, '--json']))
    const shown = Object.fromEntries(
      config.settings.map((each: { name: string; value: string }) => [each.name, each.value]),
    )
    expect(shown).toMatchObject({ chainId: '31337', escrow: ESCROW, keystore: join(directory, 'keys', 'hot.json') })
  })

  test('error: a file that is there stays, without --force', async () => {
    const out = join(directory, 'twice.json')
    await writeFile(out, 'mine')
    const refused = await callPoa(['init', ...NEEDED, '--out', out, '--json'])
    expect([refused.exitCode, onlyJson(refused).code, await readFile(out, 'utf8')]).toEqual([1, 'FILE_EXISTS', 'mine'])
    expect((await callPoa(['init', ...NEEDED, '--out', out, '--force'])).exitCode).toBe(0)
    expect(JSON.parse(await readFile(out, 'utf8')).chainId).toBe(31337)
    expect((await stat(out)).mode & 0o777).toBe(0o600)
  })

  test('error: what is missing or wrong writes nothing', async () => {
    const out = join(directory, 'nothing.json')
    const missing = await callPoa(['init', ...NEEDED.slice(2), '--out', out, '--json'])
    expect([missing.exitCode, onlyJson(missing).code]).toEqual([2, 'SETTING_MISSING'])
    const wrong = await callPoa(['init', ...NEEDED, '--port', '70000', '--out', out, '--json'])
    expect([wrong.exitCode, onlyJson(wrong).message]).toEqual([2, '--port must be an integer in 0 .. 65535, got 70000'])
    await expect(readFile(out)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('poa config', () => {
  test('default: every setting with its value and source', async () => {
    const run = await callPoa(['config', '--port', '9000', '--json'], { POA_CHAIN_ID: '5' })
    const { settings } = onlyJson(run)
    expect(settings.map(({ name }: { name: string }) => name)).toEqual(SETTING_NAMES)
    expect(settings).toContainEqual(expect.objectContaining({ name: 'port', value: '9000', source: '--port' }))
    expect(settings).toContainEqual(expect.objectContaining({ name: 'chainId', value: '5', source: 'POA_CHAIN_ID' }))
    expect(settings).toContainEqual(expect.objectContaining({ name: 'escrow', value: '-', source: 'default' }))
  })

  test('behavior: --explain says what each means, in lines of at most 100 columns', async () => {
    const { stdout } = await callPoa(['config', '--explain'], { POA_ARTIFACTS: '/keys' })
    expect(stdout).toMatch(/^pollMs = 1000 {3}\(default\)\n {4}milliseconds between looks .*; POA_POLL_MS$/m)
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100)
  })

  test('behavior: secrets are withheld, of RPCs only the hosts are shown', async () => {
    const env = {
      POA_PRIVATE_KEY: `0x${'12'.repeat(32)}`,
      POA_KEYSTORE_PASSWORD: 'c4n4ry-password',
      DATABASE_URL: 'postgres://user:c4n4ry@db/poa',
      POA_RPC_URLS: 'https://user:c4n4ry@rpc.example/c4n4ry',
    }
    const runs = await Promise.all([
      callPoa(['config', '--explain'], env).then(async (text) => [text, await callPoa(['config', '--json'], env)]),
    ])
    const shown = runs
      .flat()
      .map(({ stdout, stderr }) => stdout + stderr)
      .join()
    expect(shown).not.toMatch(/c4n4ry|1212/)
    expect(shown).toContain('rpc.example')
    expect(shown).toContain('(withheld)')
  })
})

describe('poa keys', () => {
  test('default: a new key, encrypted, which show opens with the same password only', async () => {
    const file = join(directory, 'new', 'key.json')
    const password = join(directory, 'new-password.txt')
    await writeFile(password, 'a password of some length\n')
    const made = onlyJson(await callPoa(['keys', 'new', file, '--password-file', password, '--json']))
    expect(made).toMatchObject({ ok: true, file, address: expect.stringMatching(/^0x[0-9a-fA-F]{40}$/) })
    expect((await stat(file)).mode & 0o777).toBe(0o600)

    const shown = await callPoa(['keys', 'show', file, '--json'], {
      POA_KEYSTORE_PASSWORD: 'a password of some length',
    })
    expect(onlyJson(shown).address).toBe(made.address)
    const refused = await callPoa(['keys', 'show', file, '--json'], { POA_KEYSTORE_PASSWORD: 'another' })
    expect([refused.exitCode, onlyJson(refused).code]).toEqual([1, 'WRONG_PASSWORD'])
    expect(refused.stdout + refused.stderr).not.toContain('another')

    const again = await callPoa(['keys', 'new', file, '--password-file', password, '--json'])
    expect([again.exitCode, onlyJson(again).code]).toEqual([1, 'KEYSTORE_EXISTS'])
  })

  test('error: without a password, and without a terminal to ask on', async () => {
    const run = await runPoa(directory, ['keys', 'new', 'never.json', '--json'])
    expect([run.exitCode, onlyJson(run).code]).toEqual([1, 'KEYSTORE_PASSWORD_MISSING'])
    await expect(stat(join(directory, 'never.json'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
