import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { enginePath, loadEngine, type NativeEngine, runnableBuilds } from '../../../prover/proving/native/loadEngine.ts'
import { type NativeProverKey, openNativeProver } from '../../../prover/proving/native/openNativeProver.ts'
import { calculateWitness, terminate } from '../../../prover/proving/snarkjs.ts'
import { createDevKeys } from '../../../scripts/keys/createDevKeys.ts'
import { ensureDevKeysOfShape } from '../../../scripts/keys/ensureDevKeys.ts'
import { compileTestCircuit } from '../../keys/compileTestCircuit.ts'
import { buildOnce } from './buildOnce.ts'

buildOnce()

const PAGE = 4096
const IDENTITY = new Uint8Array(32).fill(7)
const BLINDING = [11n, 13n] as const
const SCALAR = Buffer.alloc(32, 1)

let directory: string
let engine: NativeEngine
let witness: Uint8Array
let cube: Omit<NativeProverKey, 'keyDirectory'>
/** A prepared key of `cube` by the fastest build. */
let original: Buffer
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-test-key-file-'))
  engine = loadEngine()
  const circuit = await compileTestCircuit('cube', 'key-file')
  const zkeyPath = join(circuit.directory, 'proving.zkey')
  await createDevKeys({ r1csPath: circuit.r1csPath, zkeyPath })
  const sha256 = async (path: string) =>
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
  const { r1csPath } = circuit
  cube = { zkeyPath, r1csPath, zkeySha256: await sha256(zkeyPath), r1csSha256: await sha256(r1csPath) }
  witness = await calculateWitness(circuit.wasmPath, { scale: '3', x: '5', y: '-9' })
  await engine.prepareKey(zkeyPath, r1csPath, join(directory, 'original'), IDENTITY, 1, () => {})
  original = await readFile(join(directory, 'original'))
})
afterEach(() => vi.unstubAllEnvs())
afterAll(async () => {
  await terminate()
  await rm(directory, { recursive: true })
})

/** Opens a file with these bytes and makes a proof with it: 'proved', or the code of the refusal. */
async function tryKey(bytes: Uint8Array, identity = IDENTITY): Promise<string> {
  const path = join(directory, 'tried')
  await writeFile(path, bytes)
  return engine
    .openKey(path, identity, 1)
    .then((key) => engine.prove(key, witness, SCALAR, SCALAR))
    .then(
      () => 'proved',
      ({ code }: { code: string }) => code,
    )
}

const changed = (bytes: Uint8Array, change: (copy: Buffer) => void) => {
  const copy = Buffer.from(bytes)
  change(copy)
  return copy
}

/** The file with the checksum that belongs to it (preparedFile::checksum): what then is refused is not refused by the checksum. */
function resealed(bytes: Buffer): Buffer {
  const mix = (sum: bigint, word: bigint) => {
    const both = sum ^ word
    return BigInt.asUintN(64, ((both << 29n) | (both >> 35n)) * 0x9e3779b97f4a7c15n)
  }
  const sumOf = (pages: Buffer) => {
    const chains = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n]
    for (let at = 0; at < pages.length; at += 8)
      chains[(at / 8) % 8] = mix(chains[(at / 8) % 8]!, pages.readBigUInt64LE(at))
    return chains.reduce(mix, BigInt(pages.length))
  }
  return changed(bytes, (file) => {
    file.writeBigUInt64LE(0n, 0)
    const chunks = [file.subarray(0, PAGE)]
    for (let at = PAGE; at < file.length; at += 2 ** 20) chunks.push(file.subarray(at, at + 2 ** 20))
    file.writeBigUInt64LE(chunks.slice(1).map(sumOf).reduce(mix, sumOf(chunks[0]!)), 0)
  })
}

/** Where things lie in the header (preparedFile::Header). */
const VERSION_AT = 40
const TABLE_AT = 80
const SECTIONS = 15
const sectionStart = (i: number) => Number(original.readBigUInt64LE(TABLE_AT + 16 * i))
const sectionSize = (i: number) => Number(original.readBigUInt64LE(TABLE_AT + 16 * i + 8))

describe('a prepared key', () => {
  test('default: lies in sections that start at pages, and is made the same again', async () => {
    expect(original.length % PAGE).toBe(0)
    for (let i = 0; i < SECTIONS; i++) expect(sectionStart(i) % PAGE).toBe(0)
    expect(resealed(original)).toEqual(original)
    await engine.prepareKey(cube.zkeyPath, cube.r1csPath, join(directory, 'again'), IDENTITY, 3, () => {})
    expect(await readFile(join(directory, 'again'))).toEqual(original)
    expect(await tryKey(original)).toBe('proved')
  })

  test('error: every byte of the header and bytes of every section, when changed, are noticed', async () => {
    const places = Array.from({ length: TABLE_AT + 16 * SECTIONS }, (_, at) => at)
    for (let i = 0; i < SECTIONS; i++) {
      const [start, size] = [sectionStart(i), sectionSize(i)]
      expect(size).toBeGreaterThan(0)
      // The first, the last, and what fills up the page.
      places.push(start, start + Math.floor(size / 2), start + size - 1, start + Math.ceil(size / PAGE) * PAGE - 1)
    }
    for (const at of places)
      expect(await tryKey(changed(original, (file) => file.writeUInt8(file[at]! ^ 0x10, at))), `byte ${at}`).toBe(
        'KEY_FILE_DAMAGED',
      )
  })

  test('error: a file that is cut, empty, longer, or another file', async () => {
    const lengths = [0, 1, 8, 100, PAGE - 1, PAGE, PAGE + 1, original.length - PAGE, original.length - 1]
    for (let length = 2 * PAGE; length < original.length; length += PAGE) lengths.push(length)
    for (const length of lengths)
      expect(await tryKey(original.subarray(0, length)), `${length} bytes`).toBe('KEY_FILE_DAMAGED')
    expect(await tryKey(Buffer.concat([original, Buffer.alloc(1)]))).toBe('KEY_FILE_DAMAGED')
    expect(await tryKey(Buffer.concat([original, Buffer.alloc(PAGE)]))).toBe('KEY_FILE_DAMAGED')
    expect(await tryKey(Buffer.alloc(4 * PAGE))).toBe('KEY_FILE_DAMAGED')
    expect(await tryKey(await readFile(cube.zkeyPath))).toBe('KEY_FILE_DAMAGED')
    for (const path of [join(directory, 'none'), directory])
      await expect(engine.openKey(path, IDENTITY, 1)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  })

  test('error: another identity, version, kind or build is stale', async () => {
    expect(await tryKey(original, new Uint8Array(32).fill(8))).toBe('KEY_FILE_STALE')
    for (const [what, at] of [
      ['kind', 8],
      ['form', 24],
      ['version', VERSION_AT],
    ] as const)
      expect(await tryKey(resealed(changed(original, (file) => file.writeUInt8(9, at)))), what).toBe('KEY_FILE_STALE')

    const builds = runnableBuilds()
    for (const build of builds) {
      await loadEngine(build).prepareKey(cube.zkeyPath, cube.r1csPath, join(directory, build), IDENTITY, 1, () => {})
      for (const other of builds)
        if (other !== build)
          await expect(loadEngine(other).openKey(join(directory, build), IDENTITY, 1)).rejects.toMatchObject({
            code: 'KEY_FILE_STALE',
          })
    }
  })

  test('error: lengths, counts and indices that lie under the right checksum are refused or do no harm', async () => {
    const codes = new Map<string, number>()
    const lie = async (what: string, change: (file: Buffer) => void, allowed = ['KEY_FILE_DAMAGED']) => {
      const code = await tryKey(resealed(changed(original, change)))
      expect(allowed, what).toContain(code)
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
    const huge = [2n ** 63n, 2n ** 64n - BigInt(PAGE), 2n ** 64n - 1n]
    for (let i = 0; i < SECTIONS; i++) {
      const at = TABLE_AT + 16 * i
      for (const size of [0n, BigInt(sectionSize(i)) + 1n, BigInt(sectionSize(i) + PAGE), ...huge])
        await lie(
          `size ${i} ${size}`,
          (file) => file.writeBigUInt64LE(size, at + 8),
          // A matrix without groups is a matrix.
          size === 0n && (i === 9 || i === 12) ? ['proved'] : undefined,
        )
      for (const start of [1n, BigInt(sectionStart(i)) + 8n, BigInt(original.length), ...huge])
        await lie(`start ${i} ${start}`, (file) => file.writeBigUInt64LE(start, at))
      // Another section's bytes are in bounds: a wrong proof, or an index that is out of bounds.
      await lie(`swap ${i}`, (file) => file.writeBigUInt64LE(BigInt(sectionStart((i + 5) % SECTIONS)), at), [
        'KEY_FILE_DAMAGED',
        'KEY_WITNESS_MISMATCH',
        'proved',
      ])
    }
    for (const count of [0, SECTIONS - 1, 65, 2 ** 32 - 1])
      await lie(`${count} sections`, (file) => file.writeUInt32LE(count, VERSION_AT + 4))
    // wires, public signals, power
    for (let field = 0; field < 3; field++)
      for (const value of [0, 27, 28, 255, 2 ** 32 - 1])
        await lie(`parameter ${field} ${value}`, (file) => file.writeUInt32LE(value, sectionStart(0) + 4 * field), [
          'KEY_FILE_DAMAGED',
          ...(field === 1 && value === 0 ? ['proved'] : []),
        ])
    for (const matrix of [9, 12]) {
      for (const start of [sectionSize(matrix + 1) / 32, 2 ** 32 - 1])
        await lie(`group start ${start}`, (file) => file.writeUInt32LE(start, sectionStart(matrix)))
      for (const length of [1000, 2 ** 32 - 1])
        await lie(`group length ${length}`, (file) => file.writeUInt32LE(length, sectionStart(matrix) + 8))
      await lie('row', (file) => file.writeUInt32LE(2 ** 31, sectionStart(matrix) + 12))
      await lie('column', (file) => file.writeUInt32LE(1000, sectionStart(matrix + 2)))
    }
    expect(codes.get('KEY_FILE_DAMAGED')).toBeGreaterThan(200)
  })
})

describe('opening a prover', () => {
  /** A directory of its own, and the file that is prepared there. */
  async function place(name: string) {
    const keyDirectory = join(directory, name)
    await mkdir(keyDirectory)
    return { key: { ...cube, keyDirectory }, path: join(keyDirectory, `prepared-${engine.instructionSet}.key`) }
  }
  const neverCalled = (fraction: number) => expect.fail(`prepared once more: ${fraction}`)

  test.each(runnableBuilds())('default: prepares once, and then makes the same proofs (%s)', async (build) => {
    const { key } = await place(`once-${build}`)
    const fractions: number[] = []
    const first = await openNativeProver(key, { build, threads: 2, onProgress: (fraction) => fractions.push(fraction) })
    expect(fractions.length).toBeGreaterThan(3)
    expect(fractions.at(-1)).toBe(1)
    expect(fractions).toEqual([...new Set(fractions)].sort((a, b) => a - b))
    const again = await openNativeProver(key, { build, threads: 1, onProgress: neverCalled })
    const proof = await first.prove(witness, BLINDING)
    expect(await again.prove(witness, BLINDING)).toEqual(proof)
    expect(await readdir(key.keyDirectory)).toEqual([`prepared-${build}.key`])
  })

  test('behavior: mends what is missing, cut, damaged, stale or of another build', async () => {
    const { key, path } = await place('mended')
    const proof = await (await openNativeProver(key)).prove(witness, BLINDING)
    const good = await readFile(path)
    const damages: [string, Uint8Array][] = [
      ['empty', Buffer.alloc(0)],
      ['cut', good.subarray(0, 3 * PAGE)],
      ['damaged', changed(good, (file) => file.writeUInt8(file[5 * PAGE]! ^ 1, 5 * PAGE))],
      ['of another key', original],
      ['of another version', resealed(changed(good, (file) => file.writeUInt8(9, VERSION_AT)))],
      ['lying', resealed(changed(good, (file) => file.writeUInt8(99, TABLE_AT + 8)))],
    ]
    for (const [what, bytes] of damages) {
      await writeFile(path, bytes)
      let reports = 0
      const prover = await openNativeProver(key, { onProgress: () => reports++ })
      expect(reports, what).toBeGreaterThan(0)
      expect(await prover.prove(witness, BLINDING), what).toEqual(proof)
      expect(await readFile(path), what).toEqual(good)
    }
  })

  test('behavior: several at once do no harm', async () => {
    const { key, path } = await place('at-once')
    const provers = await Promise.all([1, 2, 3, 4].map(() => openNativeProver(key, { threads: 1 })))
    const proofs = await Promise.all(provers.map((prover) => prover.prove(witness, BLINDING)))
    for (const proof of proofs) expect(proof).toEqual(proofs[0])
    expect(await readdir(key.keyDirectory)).toEqual([path.slice(key.keyDirectory.length + 1)])
  })

  test('behavior: keeps the key in a directory of its own when the artifacts cannot be written', async () => {
    const temporary = join(directory, 'temporary')
    await mkdir(temporary)
    vi.stubEnv('TMPDIR', temporary)
    const key = { ...cube, keyDirectory: join(directory, 'not-there') }
    const proof = await (await openNativeProver(key)).prove(witness, BLINDING)
    const again = await openNativeProver(key, { onProgress: neverCalled })
    expect(await again.prove(witness, BLINDING)).toEqual(proof)
    const [own] = await readdir(temporary)
    expect(await readdir(join(temporary, own!))).toEqual([expect.stringMatching(/^prepared-[0-9a-f]{64}\.key$/)])
    await chmod(join(temporary, own!), 0o777)
    await expect(openNativeProver(key)).rejects.toMatchObject({
      code: 'KEY_NOT_PREPARED',
      message: expect.stringContaining('DIRECTORY_NOT_OWN'),
    })
  })
})

describe('a process that ends early', () => {
  let tinyPaths: readonly [string, string]
  beforeAll(async () => {
    const { artifacts } = await ensureDevKeysOfShape('tiny')
    tinyPaths = [artifacts.zkeyPath, artifacts.r1csPath]
  })
  const script = (keyPath: string) => `
    const engine = require(${JSON.stringify(enginePath(engine.instructionSet))})
    const prepare = (report) =>
      engine.prepareKey(...${JSON.stringify([...tinyPaths, keyPath])}, new Uint8Array(32).fill(7), 2, report)`

  test('behavior: a kill while the file is written leaves the old file or none', async () => {
    for (const old of [undefined, original]) {
      const keyDirectory = await mkdtemp(join(directory, 'killed-'))
      const path = join(keyDirectory, 'key')
      if (old) await writeFile(path, old)
      const child = spawn(process.execPath, ['-e', `${script(path)}\nprepare(() => {})`])
      const ended = new Promise<NodeJS.Signals | null>((resolve) =>
        child.on('exit', (_code, signal) => resolve(signal)),
      )
      while (child.exitCode === null && !(await readdir(keyDirectory)).some((name) => name.endsWith('.tmp')));
      child.kill('SIGKILL')
      await ended
      const left = await readFile(path).catch(() => undefined)
      if (left && !(old && left.equals(old))) await engine.openKey(path, IDENTITY, 1)
      else expect(left).toEqual(old)
      await engine.prepareKey(...tinyPaths, path, IDENTITY, 2, () => {})
      await engine.openKey(path, IDENTITY, 1)
    }
  })

  test('error: a file that grows too large for its place is given up, and nothing is left', async () => {
    const keyDirectory = await mkdtemp(join(directory, 'full-'))
    const child = `${script(join(keyDirectory, 'key'))}
    prepare(() => {}).catch(({ code }) => console.log(code))`
    const { stdout } = spawnSync('sh', ['-c', 'ulimit -f 2048; exec "$0" -e "$1"', process.execPath, child], {
      encoding: 'utf8',
    })
    expect(stdout).toBe('FILE_UNWRITABLE\n')
    expect(await readdir(keyDirectory)).toEqual([])
  })

  test('behavior: threads and processes may end while a key is prepared', async () => {
    const path = join(directory, 'abandoned')
    for (const exit of ['process.exit(0)', 'throw new Error("in a report")']) {
      const { status, signal } = spawnSync(process.execPath, ['-e', `${script(path)}\nprepare(() => { ${exit} })`])
      expect([exit, signal, status]).toEqual([exit, null, exit.startsWith('throw') ? 1 : 0])
    }
    const worker = `${script(path)}
      prepare((fraction) => require('node:worker_threads').parentPort.postMessage(fraction))`
    const main = `
      const { Worker } = require('node:worker_threads')
      const worker = new Worker(${JSON.stringify(worker)}, { eval: true })
      worker.once('message', () => worker.terminate().then(() => console.log('terminated')))`
    const { status, stdout } = spawnSync(process.execPath, ['-e', main], { encoding: 'utf8' })
    expect([status, stdout]).toEqual([0, 'terminated\n'])
  })
})

describe('points outside of the subgroup', () => {
  const FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583n
  /** On the twist: one of order r times something, and one of order 10069, the cofactor's smallest factor. */
  const STRAYS = {
    'of a large order': [
      0x172976b19e26a6bc5cd9d30843603b8b45b59b3cad134a389f8aaa8a4aedb2d5n,
      0x2c719e845848d500601280c76cafb205c3f414f871df36cf5cc5cb9363018dc6n,
      0x2f912763a1543d54e73c9da068c10f987d4084827d2f6dc664417c041b1fbb5an,
      0x2b592569901f47ccbfbaeb79eea5c08cc2457cfbb8d31e0a7fcbacff4810417n,
    ],
    'of a small order': [
      0x23ffadf7b16eacf5f237609e0f760cd2d325fefa864b6dfa19cfea96e0dd9c85n,
      0x291d3a16e6dc11a8c89aaf3a757b96ed9c38eef4e6d8da636c989c407428254cn,
      0x2a3770576ae5a1dd1e7946411b94002740e165e15e8ab669ca370de79b2112f0n,
      0x20f3a603d115f0dc032a7190cabf2ebc7456aaec806bac5da17f7b7e0fbc59cbn,
    ],
  }
  /** As .zkey files have them: coordinates times 2^256. */
  const pointBytes = (coordinates: bigint[]) =>
    Buffer.concat(
      coordinates.map((value) =>
        Buffer.from(((value * 2n ** 256n) % FIELD).toString(16).padStart(64, '0'), 'hex').reverse(),
      ),
    )
  /** Where the sections of an iden3 file begin. */
  function sectionsOf(file: Buffer): Map<number, { start: number; size: number }> {
    const sections = new Map<number, { start: number; size: number }>()
    for (let at = 12; at < file.length; ) {
      const size = Number(file.readBigUInt64LE(at + 4))
      sections.set(file.readUInt32LE(at), { start: at + 12, size })
      at += 12 + size
    }
    return sections
  }

  test.each(runnableBuilds())('error: are refused, wherever they stand (%s)', async (build) => {
    const zkey = await readFile(cube.zkeyPath)
    const sections = sectionsOf(zkey)
    const b2 = sections.get(7)!
    const header = sections.get(2)!
    const wires = b2.size / 128
    const places = Array.from({ length: wires }, (_, wire) => b2.start + 128 * wire)
    // beta and delta: after two fields, three numbers, alpha and beta in G1; gamma and delta in G1 lie between them.
    const betaAt = header.start + 2 * 36 + 12 + 2 * 64
    places.push(betaAt, betaAt + 128 + 128 + 64)
    const path = join(directory, 'stray.zkey')
    const keyPath = join(directory, `stray-${build}`)
    for (const [what, coordinates] of Object.entries(STRAYS))
      for (const at of places) {
        await writeFile(
          path,
          changed(zkey, (file) => pointBytes(coordinates).copy(file, at)),
        )
        await expect(
          loadEngine(build).prepareKey(path, cube.r1csPath, keyPath, IDENTITY, 2, () => {}),
          `${what} at ${at}`,
        ).rejects.toMatchObject({ code: 'POINT_NOT_IN_SUBGROUP' })
      }
    expect(existsSync(keyPath)).toBe(false)
    await copyFile(cube.zkeyPath, path)
    await loadEngine(build).prepareKey(path, cube.r1csPath, keyPath, IDENTITY, 2, () => {})
  })
})
