import { createHash } from 'node:crypto'
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as snarkjs from 'snarkjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadArtifacts, sha256OfFile, writeManifest } from '../../prover/proving/artifacts.ts'
import { readCeremony } from '../../prover/proving/readCeremony.ts'
import {
  applyBeacon,
  calculateWitness,
  contributeToZkey,
  exportVerificationKey,
  newZkey,
  prove,
  terminate,
  verifyZkey,
} from '../../prover/proving/snarkjs.ts'
import { createProductionKeys } from '../../scripts/keys/createProductionKeys.ts'
import { ensureDevKeys } from '../../scripts/keys/ensureDevKeys.ts'
import { readPtauHeader } from '../../scripts/keys/readPtauHeader.ts'
import { G2Point, parseG2 } from '../../src/proof/curvePoints.ts'
import { requireKeyForChain, requireSoundVerificationKey } from '../../src/proof/verificationKey.ts'
import { verifyProof } from '../../src/proof/verifyProof.ts'
import { compileTestCircuit, type TestCircuit } from './compileTestCircuit.ts'

let cube: TestCircuit
let ptauPath: string
/** What the ceremony of these tests publishes. */
let ptauSha256: string
let unpreparedPath: string
let smallPath: string
const path = (file: string) => join(cube.directory, file)
const beacon = { hash: '0102030405060708090a0b0c0d0e0f10', iterationsExponent: 10 }

beforeAll(async () => {
  cube = await compileTestCircuit('cube', 'createProductionKeys')
  ptauPath = path('prepared.ptau')
  unpreparedPath = path('contributed.ptau')
  smallPath = path('small.ptau')
  const curve = await snarkjs.curves.getCurveFromName('bn128')
  await snarkjs.powersOfTau.newAccumulator(curve, 4, path('new.ptau'))
  await snarkjs.powersOfTau.contribute(path('new.ptau'), unpreparedPath, 'test', 'entropy of a test')
  await snarkjs.powersOfTau.preparePhase2(unpreparedPath, ptauPath)
  ptauSha256 = await sha256OfFile(ptauPath)
  await snarkjs.powersOfTau.newAccumulator(curve, 2, smallPath)
})
afterAll(terminate)

test('default: two contributions and a beacon give a key that proves', async () => {
  const zkeyPath = path('proving.zkey')
  const stages: string[] = []
  const { verificationKey, contributionHashes } = await createProductionKeys({
    r1csPath: cube.r1csPath,
    ptauPath,
    ptauSha256,
    zkeyPath,
    contributions: [{ name: 'first' }, { name: 'second', entropy: 'given by the caller' }],
    beacon,
    onProgress: (_fraction, stage) => stages.push(stage),
  })
  expect(contributionHashes).toHaveLength(3)
  expect(new Set(contributionHashes).size).toBe(3)
  expect(stages).toEqual([
    'reading the powers of tau',
    'starting phase 2',
    'contribution of first',
    'contribution of second',
    'beacon',
    'verifying the key',
    'done',
  ])
  // snarkjs leaves gamma at the generator; loadArtifacts tells production keys from DEV keys by it.
  expect(parseG2('gamma', verificationKey.vk_gamma_2).equals(G2Point.BASE)).toBe(true)
  const { proof, publicSignals } = await prove(
    zkeyPath,
    await calculateWitness(cube.wasmPath, { scale: '3', x: '5', y: '-9' }),
  )
  expect(publicSignals).toEqual([91n, 3n])
  expect(verifyProof({ verificationKey, publicSignals, proof })).toBe(true)
  expect((await readdir(cube.directory)).filter((name) => name.endsWith('.partial'))).toEqual([])
})

/** Makes keys and a manifest, as the command does. */
async function produceArtifacts(tell: (contributionHashes: string[]) => string[] = (hashes) => hashes): Promise<void> {
  const keys = await createProductionKeys({
    r1csPath: cube.r1csPath,
    ptauPath,
    ptauSha256,
    zkeyPath: path('proving.zkey'),
    contributions: [{ name: 'first' }],
    beacon,
  })
  await writeFile(path('verification-key.json'), JSON.stringify(keys.verificationKey))
  await writeManifest(cube.directory, {
    setup: 'production',
    ceremony: { ptauSha256, contributionHashes: tell([...keys.contributionHashes]), beacon },
    shape: 'cube',
    compiler: 'a compiler',
    sourceHash: '0'.repeat(64),
    constraints: 3,
    wires: 7,
    publicCount: 2,
  })
}

test('behavior: artifacts with such a key load, may be used on any chain, and DEV keys do not overwrite them', async () => {
  const { directory } = cube
  await produceArtifacts()
  const { verificationKey } = await loadArtifacts(directory)
  expect(() => requireKeyForChain(verificationKey, 1)).not.toThrow()
  const attempt = ensureDevKeys(directory, 'cube', { compiler: 'a compiler', sourceHash: '0'.repeat(64) })
  await expect(attempt).rejects.toMatchObject({ code: 'KEYS_PRODUCTION_PRESENT' })
  await writeFile(path('circuit.sym'), 'changed')
  await expect(loadArtifacts(directory)).rejects.toMatchObject({
    code: 'ARTIFACT_CHANGED',
    hint: `Restore ${directory} from the published artifacts of its ceremony.`,
  })
})

/** A production key as loadArtifacts sees it: phase 2 ended after these steps, and a manifest that tells of a beacon. */
async function loadAfter(steps: 'contribution' | 'contributions' | 'another beacon'): Promise<unknown> {
  const { directory } = cube
  const [initial, once, twice] = [path('initial.zkey'), path('once.zkey'), path('twice.zkey')]
  await newZkey(cube.r1csPath, ptauPath, initial)
  const hashes = [await contributeToZkey(initial, once, 'first', 'entropy of a test')]
  if (steps === 'contribution') hashes.push(hashes[0]!)
  if (steps === 'contributions') hashes.push(await contributeToZkey(once, twice, 'second', 'other entropy of a test'))
  if (steps === 'another beacon')
    hashes.push(await applyBeacon(once, twice, 'beacon', { ...beacon, hash: `ff${beacon.hash.slice(2)}` }))
  await copyFile(steps === 'contribution' ? once : twice, path('proving.zkey'))
  const verificationKey = await exportVerificationKey(path('proving.zkey'))
  expect(requireSoundVerificationKey(verificationKey, 2)).toBeDefined()
  await writeFile(path('verification-key.json'), JSON.stringify(verificationKey))
  const contributionHashes = hashes.map((hash) => Buffer.from(hash).toString('hex'))
  await writeManifest(directory, {
    setup: 'production',
    ceremony: { ptauSha256, contributionHashes, beacon },
    shape: 'cube',
    compiler: 'a compiler',
    sourceHash: '0'.repeat(64),
    constraints: 3,
    wires: 7,
    publicCount: 2,
  })
  return loadArtifacts(directory)
}

test('error: a key whose phase 2 ended without a beacon does not load, whatever its manifest tells', async () => {
  const refusal = { code: 'ARTIFACT_CEREMONY_WRONG', message: expect.stringContaining('does not end with a beacon') }
  await expect(loadAfter('contribution')).rejects.toMatchObject(refusal)
  await expect(loadAfter('contributions')).rejects.toMatchObject(refusal)
})

test('error: a key that ended with another beacon does not load', async () => {
  const refusal = { code: 'ARTIFACT_CEREMONY_WRONG', message: expect.stringContaining('another beacon') }
  await expect(loadAfter('another beacon')).rejects.toMatchObject(refusal)
})

test('error: a manifest of other contributions than the key records does not load', async () => {
  await produceArtifacts((hashes) => hashes.toReversed())
  const refusal = { code: 'ARTIFACT_CEREMONY_WRONG', message: expect.stringContaining('other contributions') }
  await expect(loadArtifacts(cube.directory)).rejects.toMatchObject(refusal)
})

test('error: a production manifest without a beacon does not load', async () => {
  await produceArtifacts()
  const { manifestHash: _, ...manifest } = JSON.parse(await readFile(path('manifest.json'), 'utf8'))
  delete manifest.ceremony.beacon
  const manifestHash = createHash('sha256').update(JSON.stringify(manifest)).digest('hex')
  await writeFile(path('manifest.json'), JSON.stringify({ ...manifest, manifestHash }))
  await expect(loadArtifacts(cube.directory)).rejects.toMatchObject({ code: 'MANIFEST_MALFORMED' })
})

test('error: a proving key without a readable record of its phase 2', async () => {
  const cut = path('cut.zkey')
  await writeFile(cut, (await readFile(path('proving.zkey'))).subarray(0, -1))
  await expect(readCeremony(cut)).rejects.toMatchObject({ code: 'ZKEY_MALFORMED' })
})

test('behavior: the header of a powers-of-tau file', async () => {
  expect(await readPtauHeader(ptauPath)).toEqual({ power: 4, preparedForPhase2: true })
  expect(await readPtauHeader(unpreparedPath)).toEqual({ power: 4, preparedForPhase2: false })
})

test('error: a key without contribution passes snarkjs, and is refused here', async () => {
  const zkeyPath = path('uncontributed.zkey')
  await newZkey(cube.r1csPath, ptauPath, zkeyPath)
  expect(await verifyZkey(cube.r1csPath, ptauPath, zkeyPath)).toBe(true)
  const verificationKey = await exportVerificationKey(zkeyPath)
  expect(() => requireSoundVerificationKey(verificationKey, 2)).toThrow(
    expect.objectContaining({ code: 'VKEY_GAMMA_EQUALS_DELTA' }),
  )
})

test.each([
  ['no contribution', { contributions: [] }, { code: 'KEYS_NO_CONTRIBUTION' }],
  ['no beacon', { beacon: undefined as never }, { code: 'KEYS_NO_BEACON' }],
  ['a beacon that is not hexadecimal', { beacon: { ...beacon, hash: '0x01' } }, { field: 'beacon.hash' }],
  [
    'a beacon that costs nothing',
    { beacon: { ...beacon, iterationsExponent: 9 } },
    { field: 'beacon.iterationsExponent' },
  ],
  ['empty entropy', { contributions: [{ name: 'first', entropy: '' }] }, { field: 'entropy' }],
])('error: %s', async (_name, change, error) => {
  const zkeyPath = path('refused.zkey')
  const options = {
    r1csPath: cube.r1csPath,
    ptauPath,
    ptauSha256,
    zkeyPath,
    contributions: [{ name: 'first' }],
    beacon,
    ...change,
  }
  await expect(createProductionKeys(options)).rejects.toMatchObject(error)
  expect((await readdir(cube.directory)).filter((name) => name.startsWith('refused'))).toEqual([])
})

test('error: powers of tau too small, not prepared, cut short, absent or something else', async () => {
  const cut = path('cut.ptau')
  await writeFile(cut, (await readFile(ptauPath)).subarray(0, 2000))
  const attempt = async (ptauPath: string) =>
    createProductionKeys({
      r1csPath: cube.r1csPath,
      ptauPath,
      ptauSha256: await sha256OfFile(ptauPath).catch(() => ''),
      zkeyPath: path('refused.zkey'),
      contributions: [{ name: 'first' }],
      beacon,
    })
  await expect(attempt(smallPath)).rejects.toMatchObject({
    code: 'PTAU_TOO_SMALL',
    message: `${smallPath} holds circuits of 2^2 rows; this one needs 2^3`,
  })
  await expect(attempt(unpreparedPath)).rejects.toMatchObject({ code: 'PTAU_NOT_PREPARED' })
  await expect(attempt(cut)).rejects.toMatchObject({ code: 'PTAU_MALFORMED' })
  await expect(attempt(path('absent.ptau'))).rejects.toMatchObject({ code: 'PTAU_UNREADABLE' })
  await expect(attempt(cube.r1csPath)).rejects.toMatchObject({ code: 'PTAU_MALFORMED' })
})

test('error: a file that is not the one whose hash was published', async () => {
  const attempt = createProductionKeys({
    r1csPath: cube.r1csPath,
    ptauPath,
    ptauSha256: '0'.repeat(64),
    zkeyPath: path('refused.zkey'),
    contributions: [{ name: 'first' }],
    beacon,
  })
  await expect(attempt).rejects.toMatchObject({ code: 'PTAU_HASH_MISMATCH' })
})

test('error: powers of tau of another ceremony', async () => {
  const curve = await snarkjs.curves.getCurveFromName('bn128')
  await snarkjs.powersOfTau.newAccumulator(curve, 4, path('other-new.ptau'))
  await snarkjs.powersOfTau.contribute(path('other-new.ptau'), path('other.ptau'), 'test', 'other entropy')
  await snarkjs.powersOfTau.preparePhase2(path('other.ptau'), path('other-prepared.ptau'))
  const zkeyPath = path('proving.zkey')
  expect(await verifyZkey(cube.r1csPath, ptauPath, zkeyPath)).toBe(true)
  expect(await verifyZkey(cube.r1csPath, path('other-prepared.ptau'), zkeyPath)).toBe(false)
})
