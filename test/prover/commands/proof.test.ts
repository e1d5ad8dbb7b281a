/** `poa` as its users run it: a process with files, exit codes and streams. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { terminate } from '../../../prover/proving/snarkjs.ts'
import { fixtureBatches } from '../../../scripts/generate/fixtureBatch.ts'
import { ensureDevKeysOfShape } from '../../../scripts/keys/ensureDevKeys.ts'
import { COORDINATE_FIELD_ORDER } from '../../../src/proof/curvePoints.ts'
import { buildStatement, listPublicSignals } from '../../../src/statement/buildStatement.ts'
import { toJson, traceBatchToJson } from '../../../src/statement/traceBatchSchema.ts'
import { negateG1, negateG2 } from '../../proof/pointJson.ts'
import { simulatedKey } from '../proving/simulatedProver.ts'
import { onlyJson, type Run, runPoa } from './runPoa.ts'

/** From a foreign folder. */
const poa = (...args: string[]) => runPoa(directory, args)

let directory: string
// biome-ignore lint/suspicious/noExplicitAny: tests break it in every place
let bundle: { readonly proof: any; readonly public: any; readonly batch: any }
let signals: string[]
let proving: Run

async function write(name: string, content: unknown): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

let verified = 0
/** Verifies a bundle that differs from the good one. */
async function verifyWith(change: { proof?: unknown; public?: unknown }, ...args: string[]): Promise<Run> {
  const name = `changed-${++verified}`
  const proof = await write(`${name}-proof.json`, change.proof ?? bundle.proof)
  const claim = await write(`${name}-public.json`, change.public ?? bundle.public)
  return poa('proof', 'verify', '--proof', proof, '--public', claim, ...args)
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-commands-'))
  const { artifacts } = await ensureDevKeysOfShape('tiny')
  await terminate()
  const { batch } = fixtureBatches.tiny(artifacts.manifest.circuitKeyHash as `0x${string}`)
  signals = listPublicSignals(buildStatement(batch).publicSignals).map(String)
  const file = await write('trace-batch.json', toJson(traceBatchToJson(batch)))
  proving = await poa('proof', 'make', '--trace-batch', file, '--out', join(directory, 'made', 'here'), '--json')
  expect(proving.stderr).toBe('')
  const read = async (name: string) => JSON.parse(await readFile(join(directory, 'made', 'here', name), 'utf8'))
  bundle = {
    proof: await read('proof.json'),
    public: await read('public.json'),
    batch: JSON.parse(await readFile(file, 'utf8')),
  }
})
afterAll(() => rm(directory, { recursive: true, force: true }))

describe('--help', () => {
  test.each([
    [[], ['make', 'get', 'verify', 'Example:']],
    [['make'], ['--trace-batch <file>', '--out <directory>', '--artifacts <path>', '--json', 'Example:']],
    [['verify'], ['--proof <file>', '--public <file>', '--key <file>', '--onchain', '--rpc-url', '--escrow', '--json']],
  ])('default: poa proof %s', async (command, words) => {
    const { exitCode, stdout, stderr } = await poa('proof', ...command, '--help')
    expect([exitCode, stderr]).toEqual([0, ''])
    for (const word of words) expect(stdout).toContain(word)
  })

  test('error: an unknown command, an unknown option, a missing one', async () => {
    const runs = await Promise.all([
      poa('proof', 'prowe'),
      poa('proof', 'make', '--trace-batch', 'x', '--outt', 'y'),
      poa('proof', 'verify', '--proof', 'x'),
    ])
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([2, 2, 2])
    expect(runs.map(({ stderr }) => stderr)).toEqual([
      expect.stringContaining("unknown command 'prowe'"),
      expect.stringContaining("unknown option '--outt'"),
      expect.stringContaining("required option '--public <file>' not specified"),
    ])
  })
})

describe('poa proof make', () => {
  test('default: writes the two public files and says where', () => {
    const out = join(directory, 'made', 'here')
    expect(proving.exitCode).toBe(0)
    expect(onlyJson(proving)).toEqual({
      ok: true,
      proof: join(out, 'proof.json'),
      prover: expect.stringMatching(/^(native|snarkjs)/),
      public: join(out, 'public.json'),
      seconds: { witness: expect.any(Number), prove: expect.any(Number) },
    })
    const { traces, batchSalt } = bundle.batch
    const secrets = [
      batchSalt,
      ...traces.flatMap((trace: Record<string, string>) => [trace.inputSalt, trace.outputSalt]),
    ]
    const written = JSON.stringify([bundle.proof, bundle.public])
    for (const secret of secrets) expect(written).not.toContain(`"${secret}"`)
    expect(Object.keys(bundle.public)).not.toContain('traces')
  })

  /** Fails, leaves nothing behind, and says so once on each stream. */
  async function expectRefusal(file: string, code: string, message: RegExp, ...args: string[]): Promise<void> {
    const out = join(directory, `refused-${code}-${++verified}`)
    const run = await poa('proof', 'make', '--trace-batch', file, '--out', out, '--json', ...args)
    expect(run.exitCode).toBe(1)
    const report = onlyJson(run)
    expect(report).toMatchObject({ ok: false, code })
    expect(report.message).toMatch(message)
    expect(run.stderr).toContain(`${code}: ${report.message}`)
    expect(run.stderr).not.toMatch(/\n\s+at /)
    await expect(readdir(out)).rejects.toMatchObject({ code: 'ENOENT' })
  }

  test('error: a file that is missing', async () => {
    await expectRefusal(join(directory, 'nowhere.json'), 'FILE_UNREADABLE', /cannot read .*nowhere\.json/)
  })

  test('error: malformed JSON, without showing any of it', async () => {
    const file = await write('malformed.json', '{"batchSalt": 4242424242424242 canary')
    const run = await poa('proof', 'make', '--trace-batch', file, '--json')
    expect(run.exitCode).toBe(1)
    expect(onlyJson(run)).toEqual({ ok: false, code: 'FILE_NOT_JSON', message: `${file} is not JSON` })
    expect(run.stdout + run.stderr).not.toMatch(/canary|42424242/)
  })

  test('error: a batch with a number for wei, and one whose label is wrong', async () => {
    const { traces } = bundle.batch
    const number = { ...bundle.batch, traces: traces.with(0, { ...traces[0], poolWei: 5 }) }
    await expectRefusal(
      await write('number.json', number),
      'INVALID_INPUT',
      /^traceBatch\.traces\[0\]\.poolWei must be a string: wei in 0 \.\. 2\^96-1, got 5$/,
    )
    const label = { ...bundle.batch, traces: traces.with(2, { ...traces[2], label: (traces[2].label + 1) % 3 }) }
    await expectRefusal(
      await write('label.json', label),
      'INVALID_INPUT',
      /^traces\[2\]\.label must be the head's argmax/,
    )
  })

  test('error: a batch for another key, and one for a public chain', async () => {
    const { context } = bundle.batch
    const other = { ...bundle.batch, context: { ...context, circuitKeyHash: `0x${'12'.repeat(32)}` } }
    await expectRefusal(await write('other-key.json', other), 'BATCH_FOR_OTHER_CIRCUIT', /is bound to the key 0x1212/)
    const mainnet = { ...bundle.batch, context: { ...context, chainId: '1' } }
    await expectRefusal(
      await write('mainnet.json', mainnet),
      'DEV_KEYS_ON_PUBLIC_CHAIN',
      /must not be used on chain 1: anyone can forge proofs$/,
    )
  })

  test('error: no keys: it names the command that makes them and makes none', async () => {
    const empty = join(directory, 'keys', 'tiny')
    await mkdir(empty, { recursive: true })
    const file = join(directory, 'trace-batch.json')
    const run = await poa('proof', 'make', '--trace-batch', file, '--artifacts', join(directory, 'keys'), '--json')
    expect(run.exitCode).toBe(1)
    expect(onlyJson(run)).toMatchObject({ code: 'MANIFEST_MISSING', hint: 'Run: npm run keys -- dev --shape tiny' })
    expect(run.stderr).toContain('Run: npm run keys -- dev --shape tiny')
    expect(await readdir(empty)).toEqual([])
  })
})

describe('poa proof verify', () => {
  test('default: a sound bundle, for people and as JSON', async () => {
    const [plain, json] = await Promise.all([verifyWith({}), verifyWith({}, '--json')])
    expect([plain.exitCode, plain.stderr]).toEqual([0, ''])
    expect(plain.stdout).toContain('✔ valid: the proof shows what public.json says')
    expect(plain.stdout).toContain('under DEV keys, with which anyone can forge')
    expect(plain.stdout).toMatch(/batch 1 of escrow 0x0{36}e5c0 on chain 31337: 3 inferences/)
    expect([json.exitCode, json.stderr]).toEqual([0, ''])
    expect(onlyJson(json)).toEqual({ ok: true, isValid: true, isDevKey: true, publicSignals: signals })
  })

  test('behavior: (-A, -B, C) is a proof as good: bytes identify nothing', async () => {
    const { pi_a, pi_b } = bundle.proof
    const run = await verifyWith({ proof: { ...bundle.proof, pi_a: negateG1(pi_a), pi_b: negateG2(pi_b) } }, '--json')
    expect([run.exitCode, onlyJson(run).isValid]).toEqual([0, true])
  })

  test('error: a tampered proof', async () => {
    const { proof } = bundle
    const proofs = [
      { ...proof, pi_a: negateG1(proof.pi_a) },
      { ...proof, pi_a: [proof.pi_a[0], `${BigInt(proof.pi_a[1]) - 1n}`, '1'] },
    ]
    const runs = await Promise.all(proofs.map((changed) => verifyWith({ proof: changed }, '--json')))
    for (const run of runs) {
      expect(run.exitCode).toBe(1)
      expect(onlyJson(run)).toEqual({ ok: false, isValid: false, isDevKey: true, publicSignals: signals })
    }
    const plain = await verifyWith({ proof: { ...proof, pi_a: proof.pi_c, pi_c: proof.pi_a } })
    expect([plain.exitCode, plain.stdout.includes('✘ NOT VALID'), plain.stdout.includes('✔')]).toEqual([1, true, false])
  })

  // biome-ignore lint/suspicious/noExplicitAny: as above
  const tampered: [string, (claim: any) => any][] = [
    ['an earning moved', (claim) => ({ ...claim, earnings: claim.earnings.toReversed() })],
    ['the chain', (claim) => ({ ...claim, context: { ...claim.context, chainId: '1337' } })],
    ['the digest', (claim) => ({ ...claim, digest: `${BigInt(claim.digest) - 1n}` })],
  ]
  test('error: tampered public.json: an earning, the chain, the digest', async () => {
    const runs = await Promise.all(
      tampered.map(([, change]) => verifyWith({ public: change(bundle.public) }, '--json')),
    )
    for (const run of runs) {
      expect(run.exitCode).toBe(1)
      expect(onlyJson(run)).toMatchObject({ ok: false, isValid: false })
    }
  })

  test('error: under DEV keys nothing is valid on a chain that is not local, forged or not', async () => {
    const claim = { ...bundle.public, context: { ...bundle.public.context, chainId: '1' } }
    const run = await verifyWith({ public: claim }, '--json')
    expect([run.exitCode, onlyJson(run).code]).toEqual([1, 'DEV_KEYS_ON_PUBLIC_CHAIN'])
  })

  test('error: more than the pools hold', async () => {
    const earnings = [`${1n << 170n}`, '0', '0']
    const run = await verifyWith({ public: { ...bundle.public, earnings } }, '--json')
    expect([run.exitCode, onlyJson(run).code]).toEqual([1, 'INVALID_INPUT'])
    expect(onlyJson(run).message).toMatch(/^earnings must be positive by at most the pools/)
  })

  test('error: what a stranger wrote does not reach the terminal as it is', async () => {
    const run = await verifyWith({ public: { ...bundle.public, '\u001b[2K\r✔ valid\n\u009b8m\u202e': 1 } })
    expect(run.exitCode).toBe(1)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(run.stderr.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
  })

  test('error: what is malformed is named, in text and as JSON', async () => {
    const runs: [Promise<Run>, string, string][] = [
      [verifyWith({ proof: 'null' }, '--json'), 'INVALID_INPUT', 'proof must be an object, got null'],
      [
        verifyWith({ public: { ...bundle.public, earnings: [1, 2, 3] } }, '--json'),
        'INVALID_INPUT',
        'public.earnings[0] must be a string: an integer, got 1',
      ],
      [
        verifyWith({ proof: { ...bundle.proof, pi_a: [`${COORDINATE_FIELD_ORDER}`, '1', '1'] } }, '--json'),
        'INVALID_INPUT',
        'proof.pi_a',
      ],
      [
        verifyWith({ public: { ...bundle.public, earnings: bundle.public.earnings.slice(1) } }, '--json'),
        'INVALID_INPUT',
        'earnings.length must be 3, got 2',
      ],
    ]
    for (const [running, code, message] of runs) {
      const run = await running
      expect(run.exitCode).toBe(1)
      const report = onlyJson(run)
      expect(report).toMatchObject({ ok: false, code })
      expect(report.message).toContain(message)
      expect(run.stderr).toContain(message)
    }
  })

  test('error: the key of another circuit, and one that anyone can forge under', async () => {
    const other = await write('other.json', simulatedKey())
    const run = await verifyWith({}, '--key', other, '--json')
    expect(run.exitCode).toBe(1)
    expect(onlyJson(run)).toMatchObject({ ok: false, code: 'KEY_OF_OTHER_CIRCUIT' })
    const key = simulatedKey()
    const forgeable = await write('forgeable.json', { ...key, vk_delta_2: key.vk_gamma_2 })
    const refused = await verifyWith({}, '--key', forgeable, '--json')
    expect([refused.exitCode, onlyJson(refused).code]).toEqual([1, 'VKEY_GAMMA_EQUALS_DELTA'])
  })

  test('error: --onchain without knowing where', async () => {
    const [noUrl, badEscrow] = await Promise.all([
      verifyWith({}, '--onchain', '--json'),
      verifyWith({}, '--onchain', '--rpc-url', 'http://127.0.0.1:1', '--escrow', '0x12', '--json'),
    ])
    expect([noUrl.exitCode, onlyJson(noUrl).code]).toEqual([2, 'SETTING_MISSING'])
    expect(onlyJson(noUrl).message).toMatch(/^rpcUrls is not set/)
    expect([badEscrow.exitCode, onlyJson(badEscrow).code]).toEqual([2, 'SETTING_INVALID'])
  })
})

test('error: arguments that are missing or unknown give one JSON object too', async () => {
  for (const args of [
    ['proof', 'make'],
    ['proof', 'verify', '--proof', 'x'],
    ['proof', 'make', '--trace-batch', 'x', '--nonsense'],
    ['nonsense'],
  ]) {
    const run = await poa(...args, '--json')
    expect(run.exitCode).toBe(2)
    expect(onlyJson(run)).toMatchObject({ ok: false, code: 'USAGE' })
  }
})
