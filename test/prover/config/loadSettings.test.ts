import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadSettings, requireSettings, resolveSettings } from '../../../prover/config/loadSettings.ts'
import { nearestName } from '../../../prover/config/nearestName.ts'
import { flagOf, SETTING_NAMES, settingNamed, variableOf } from '../../../prover/config/settings.ts'

const ESCROW = '0x5FbDB2315678afecb367f032d93F642f64180aa3'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-settings-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function write(name: string, content: unknown): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

/** Without the machine's environment and away from any poa.json. */
const load = (sources: Parameters<typeof loadSettings>[0]) => loadSettings({ directory, ...sources })

describe('loadSettings', () => {
  test('default: what nobody sets has its default, or is undefined', async () => {
    const settings = await load({})
    expect(settings).toMatchObject({
      dataDir: join(directory, '.poa'),
      port: 8787,
      startBlock: 0n,
      maxFeePerGasWei: 100_000_000_000n,
      logLevel: 'info',
    })
    expect([settings.rpcUrls, settings.escrow, settings.databaseUrl]).toEqual([undefined, undefined, undefined])
    expect(Object.keys(settings)).toEqual(SETTING_NAMES)
  })

  test('default: poa.json of the working directory is read when it is there', async () => {
    const here = await mkdtemp(join(directory, 'here-'))
    await writeFile(join(here, 'poa.json'), '{"port": 1234}')
    expect((await loadSettings({ directory: here })).port).toBe(1234)
  })

  test('behavior: a flag counts more than the environment, that more than the file, that more than the default', async () => {
    const file = await write('precedence.json', { port: 1, chainId: 2, confirmations: 3 })
    const env = { POA_PORT: '11', POA_CHAIN_ID: '12' }
    const settings = await resolveSettings({ flags: { port: '21' }, env, file, directory })
    const picked = settings.filter(({ name }) => ['port', 'chainId', 'confirmations', 'pollMs'].includes(name))
    expect(Object.fromEntries(picked.map(({ name, value, source }) => [name, [value, source]]))).toEqual({
      port: [21, '--port'],
      chainId: [12, 'POA_CHAIN_ID'],
      confirmations: [3, file],
      pollMs: [1000, 'default'],
    })
  })

  test('behavior: the prover is chosen by its name, and who is paid by an address', async () => {
    expect(await load({})).toMatchObject({ prover: 'auto', proverThreads: undefined, proverAddress: undefined })
    const env = { POA_PROVER: 'snarkjs', POA_PROVER_THREADS: '4', POA_PROVER_ADDRESS: ESCROW }
    expect(await load({ env })).toMatchObject({ prover: 'snarkjs', proverThreads: 4, proverAddress: ESCROW })
    for (const name of ['rapidsnark', '', ESCROW])
      await expect(load({ env: { POA_PROVER: name } })).rejects.toMatchObject({
        code: 'SETTING_INVALID',
        message: `POA_PROVER must be one of auto, native, snarkjs, got "${name}"`,
      })
    for (const threads of ['0', '257', 'two', '1.5'])
      await expect(load({ env: { POA_PROVER_THREADS: threads } })).rejects.toMatchObject({ code: 'SETTING_INVALID' })
  })

  test('behavior: origins are written as browsers send them', async () => {
    const corsOrigins = ['https://explorer.example', 'http://127.0.0.1:5173']
    expect(await load({ env: { POA_CORS_ORIGINS: corsOrigins.join(', ') } })).toMatchObject({ corsOrigins })
    expect((await load({})).corsOrigins).toBeUndefined()
    for (const origin of ['*', '', 'https://a.example/', 'https://a.example/x', 'HTTPS://a.example', 'ftp://a.example'])
      await expect(load({ env: { POA_CORS_ORIGINS: origin } })).rejects.toMatchObject({
        code: 'SETTING_INVALID',
        message: expect.stringContaining('POA_CORS_ORIGINS must be an origin, such as https://explorer.example'),
      })
  })

  test('behavior: every kind of value is read from text and from JSON alike', async () => {
    const file = await write('kinds.json', {
      rpcUrls: ['http://127.0.0.1:8545', 'https://rpc.example/key'],
      escrow: ESCROW.toLowerCase(),
      minBalanceWei: '5',
    })
    const env = {
      POA_RPC_URLS: 'http://127.0.0.1:8545, https://rpc.example/key',
      POA_ESCROW: ESCROW,
      POA_MIN_BALANCE_WEI: '5',
    }
    const expected = {
      rpcUrls: ['http://127.0.0.1:8545', 'https://rpc.example/key'],
      escrow: ESCROW,
      minBalanceWei: 5n,
    }
    expect(await load({ file })).toMatchObject(expected)
    expect(await load({ env })).toMatchObject(expected)
  })

  test('behavior: paths in the file begin at its folder, others at the working directory', async () => {
    const file = await write('paths.json', { dataDir: 'data', keystore: '../keys/hot.json' })
    const settings = await loadSettings({ file, directory: '/somewhere', flags: { artifacts: 'keys' } })
    expect([settings.dataDir, settings.keystore, settings.artifacts]).toEqual([
      join(directory, 'data'),
      join(directory, '..', 'keys', 'hot.json'),
      '/somewhere/keys',
    ])
  })

  test('behavior: a secret is read from a file that a flag, a variable or poa.json names', async () => {
    await write('password.txt', 'correct horse\n')
    const file = await write('secret.json', { keystorePasswordFile: 'password.txt' })
    const path = join(directory, 'password.txt')
    for (const sources of [
      { file },
      { env: { POA_KEYSTORE_PASSWORD_FILE: path } },
      { flags: { keystorePassword: path } },
    ]) {
      expect((await load(sources)).keystorePassword).toBe('correct horse')
    }
  })

  test('behavior: DATABASE_URL counts when POA_DATABASE_URL is not set', async () => {
    const env = { DATABASE_URL: 'postgres://a@h/one' }
    expect((await load({ env })).databaseUrl).toBe('postgres://a@h/one')
    expect((await load({ env: { ...env, POA_DATABASE_URL: 'postgres://a@h/two' } })).databaseUrl).toBe(
      'postgres://a@h/two',
    )
  })

  test('behavior: POA_CONFIG names the file, --config another', async () => {
    const [one, two] = [await write('one.json', { port: 1 }), await write('two.json', { port: 2 })]
    expect((await load({ env: { POA_CONFIG: one } })).port).toBe(1)
    expect((await load({ env: { POA_CONFIG: one }, file: two })).port).toBe(2)
  })

  test.each([
    [{ env: { POA_PROT: '1' } }, 'the environment variable POA_PROT is no setting', 'Did you mean POA_PORT?'],
    [{ env: { POA_WONDERFUL_NONSENSE: '1' } }, 'POA_WONDERFUL_NONSENSE is no setting', 'See `poa config --explain`.'],
  ])('error: an unknown variable %#', async (sources, message, hint) => {
    const refused = load(sources)
    await expect(refused).rejects.toMatchObject({ code: 'SETTING_UNKNOWN', hint })
    await expect(refused).rejects.toThrow(message)
  })

  test('error: an unknown key of the file', async () => {
    const file = await write('unknown.json', { databaseURL: 'x' })
    await expect(load({ file })).rejects.toMatchObject({
      code: 'SETTING_UNKNOWN',
      message: 'databaseURL in unknown.json is no setting',
      hint: 'Did you mean databaseUrl?',
    })
  })

  test.each([
    [{ POA_PORT: '65536' }, 'POA_PORT must be an integer in 0 .. 65535, got 65536'],
    [{ POA_PORT: '1e3' }, 'POA_PORT must be an integer in 0 .. 65535, got "1e3"'],
    [{ POA_PORT: '' }, 'POA_PORT must be an integer in 0 .. 65535, got ""'],
    [{ POA_HEARTBEAT_SECONDS: '1' }, 'POA_HEARTBEAT_SECONDS must be an integer in 10 .. 3600, got 1'],
    [{ POA_ESCROW: '0x12' }, 'POA_ESCROW must be an address (0x, 40 hex digits, a valid checksum if in mixed case)'],
    [{ POA_ESCROW: ESCROW.replace('FbDB', 'fbdb') }, 'POA_ESCROW must be an address'],
    [{ POA_MIN_BALANCE_WEI: '1.5' }, 'POA_MIN_BALANCE_WEI must be wei'],
    [{ POA_LOG_LEVEL: 'loud' }, 'POA_LOG_LEVEL must be one of fatal'],
  ])('error: a value out of its bound: %o', async (env, message) => {
    const refused = load({ env })
    await expect(refused).rejects.toMatchObject({ code: 'SETTING_INVALID' })
    await expect(refused).rejects.toThrow(message)
  })

  test('error: in the file a number must be a number, and text is text', async () => {
    const [port, wei] = [await write('port.json', { port: '8787' }), await write('wei.json', { minBalanceWei: 5 })]
    await expect(load({ file: port })).rejects.toThrow(`port in ${port} must be an integer`)
    await expect(load({ file: wei })).rejects.toThrow('as a decimal string, got 5')
  })

  test('error: messages never show secrets, nor addresses that may hold an access key', async () => {
    const canary = 'c4n4ry'
    for (const env of [
      { POA_PRIVATE_KEY: canary },
      { POA_DATABASE_URL: `mysql://u:${canary}@h` },
      { POA_RPC_URLS: `ftp://h/${canary}` },
      { POA_NODE_URL: `ftp://h/${canary}` },
    ] as Record<string, string>[]) {
      const error: Error = await load({ env }).then(
        () => expect.unreachable(),
        (error) => error,
      )
      expect(error.message).toContain('(withheld)')
      expect(error.message).not.toContain(canary)
    }
  })

  test('error: a secret given twice, a secret file that is missing', async () => {
    const twice = { POA_PRIVATE_KEY: '0x', POA_PRIVATE_KEY_FILE: 'x' }
    await expect(load({ env: twice })).rejects.toMatchObject({ code: 'SETTING_TWICE' })
    await expect(load({ env: { POA_PRIVATE_KEY_FILE: 'nowhere' } })).rejects.toMatchObject({
      code: 'SETTING_FILE_UNREADABLE',
    })
  })

  test('error: a file that is named and missing, or no JSON object', async () => {
    await expect(load({ file: 'nowhere.json' })).rejects.toMatchObject({ code: 'SETTING_FILE_UNREADABLE' })
    await expect(load({ file: await write('text.json', '{') })).rejects.toMatchObject({ code: 'SETTING_FILE_NOT_JSON' })
    await expect(load({ file: await write('list.json', '[]') })).rejects.toMatchObject({ code: 'SETTING_INVALID' })
  })
})

describe('requireSettings', () => {
  test('default: hands on settings that are there', async () => {
    const settings = await load({ env: { POA_CHAIN_ID: '5' } })
    expect(requireSettings(settings, 'chainId').chainId).toBe(5)
  })

  test('error: names what is missing and the three ways to give it', async () => {
    const settings = await load({})
    expect(() => requireSettings(settings, 'port', 'rpcUrls')).toThrow(
      expect.objectContaining({
        code: 'SETTING_MISSING',
        message: 'rpcUrls is not set: JSON-RPC endpoints of the chain, tried in this order',
        hint: expect.stringContaining('Give --rpc-url, POA_RPC_URLS or rpcUrls in poa.json'),
      }),
    )
  })
})

describe('the registry', () => {
  test('default: flags and variables are unique, meanings short enough for a table', () => {
    expect(new Set(SETTING_NAMES.map(flagOf)).size).toBe(SETTING_NAMES.length)
    expect(new Set(SETTING_NAMES.map(variableOf)).size).toBe(SETTING_NAMES.length)
    for (const name of SETTING_NAMES) expect(settingNamed(name).meaning.length, name).toBeLessThanOrEqual(80)
    expect([variableOf('rpcUrls'), variableOf('pollMs'), flagOf('dataDir'), flagOf('privateKey')]).toEqual([
      'POA_RPC_URLS',
      'POA_POLL_MS',
      'data-dir',
      'private-key-file',
    ])
  })
})

test('nearestName: default: the least different name, and none when nothing comes near', () => {
  expect(nearestName('POA_DATADIR', ['POA_DATA_DIR', 'POA_PORT'])).toBe('POA_DATA_DIR')
  expect(nearestName('prot', ['port', 'host'])).toBe('port')
  expect(nearestName('elephant', ['port', 'host'])).toBeUndefined()
})
