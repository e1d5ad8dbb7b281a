import { copyFile, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ARTIFACT_FILES, loadArtifacts, type Manifest, writeManifest } from '../../../prover/proving/artifacts.ts'
import { terminate } from '../../../prover/proving/snarkjs.ts'
import { ensureDevKeys } from '../../../scripts/keys/ensureDevKeys.ts'
import { circuitIdOf, hashVerificationKey, requireKeyForChain } from '../../../src/proof/verificationKey.ts'
import { compileTestCircuit, type TestCircuit } from '../../keys/compileTestCircuit.ts'

const compiled = { compiler: 'a compiler', sourceHash: '0'.repeat(64) }
const hint = 'Run: npm run keys -- dev --shape copy'
let cube: TestCircuit
let directory: string

beforeAll(async () => {
  cube = await compileTestCircuit('cube', 'artifacts')
  await ensureDevKeys(cube.directory, 'cube', compiled)
})
afterAll(terminate)

beforeEach(async () => {
  directory = join(cube.directory, 'copy')
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory)
  for (const name of [...ARTIFACT_FILES, 'manifest.json'])
    await copyFile(join(cube.directory, name), join(directory, name))
})

const readManifest = async (): Promise<Manifest> => JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'))
const flipByte = async (name: string, at: number): Promise<void> => {
  const bytes = await readFile(join(directory, name))
  bytes[at]! ^= 1
  await writeFile(join(directory, name), bytes)
}

test('default', async () => {
  const { manifest, verificationKey, wasmPath, zkeyPath, r1csPath } = await loadArtifacts(directory)
  expect([r1csPath, wasmPath, zkeyPath]).toEqual(
    ['circuit.r1cs', 'circuit.wasm', 'proving.zkey'].map((name) => join(directory, name)),
  )
  expect(manifest).toMatchObject({
    ...compiled,
    setup: 'dev',
    seed: 'poa-dev-keys-v1',
    shape: 'cube',
    constraints: 3,
    wires: 7,
    publicCount: 2,
    circuitKeyHash: hashVerificationKey(verificationKey),
    circuitId: circuitIdOf(hashVerificationKey(verificationKey)),
  })
})

test('behavior: keys are made once for a circuit, seed and source, and loading makes nothing', async () => {
  const ensure = (seed?: string, sourceHash = compiled.sourceHash) =>
    ensureDevKeys(directory, 'cube', { ...compiled, sourceHash }, seed === undefined ? {} : { seed })
  const first = await ensure()
  expect(first.cached).toBe(true)
  const second = await ensure('another')
  expect(second.cached).toBe(false)
  expect(second.artifacts.manifest.circuitId).not.toBe(first.artifacts.manifest.circuitId)
  expect((await ensure('another')).cached).toBe(true)
  expect((await ensure('another', '1'.repeat(64))).cached).toBe(false)
  const mended = await ensure()
  expect(mended.artifacts.manifest).toEqual(first.artifacts.manifest)
  await flipByte('proving.zkey', 1000)
  expect((await ensure()).cached).toBe(false)
  expect((await ensureDevKeys(directory, 'cube', compiled, { force: true })).cached).toBe(false)
})

test.each(ARTIFACT_FILES)('error: a byte of %s flipped, or the file gone', async (name) => {
  const { length } = await readFile(join(directory, name))
  await flipByte(name, length >> 1)
  await expect(loadArtifacts(directory)).rejects.toMatchObject({ code: 'ARTIFACT_CHANGED', hint })
  await rm(join(directory, name))
  await expect(loadArtifacts(directory)).rejects.toMatchObject({ code: 'ARTIFACT_MISSING', hint })
  expect(await readdir(directory)).not.toContain(name)
})

test('error: a byte flipped after a first look, size and time as they were', async () => {
  await loadArtifacts(directory)
  const path = join(directory, 'proving.zkey')
  const { atime, mtime } = await stat(path)
  await flipByte('proving.zkey', 1000)
  await utimes(path, atime, mtime)
  await expect(loadArtifacts(directory)).rejects.toMatchObject({ code: 'ARTIFACT_CHANGED' })
})

test('error: a byte of the manifest flipped, wherever it is', async () => {
  const path = join(directory, 'manifest.json')
  const original = await readFile(path)
  const text = original.toString()
  // Between tokens a byte may turn one kind of white space into another, which changes nothing.
  const bytes = [...original.keys()].filter((at) => !/\s/.test(text[at]!))
  for (const at of bytes) {
    const flipped = Buffer.from(original)
    flipped[at]! ^= 1
    await writeFile(path, flipped)
    await expect(loadArtifacts(directory)).rejects.toMatchObject({
      code: expect.stringMatching(/^MANIFEST_(CHANGED|MALFORMED)$/),
      hint,
    })
  }
})

test('error: no manifest', async () => {
  await rm(join(directory, 'manifest.json'))
  await expect(loadArtifacts(directory)).rejects.toMatchObject({ code: 'MANIFEST_MISSING', hint })
})

test('error: DEV keys that call themselves production', async () => {
  const { files: _, circuitKeyHash: __, circuitId: ___, manifestHash: ____, ...dev } = await readManifest()
  const { shape, compiler, sourceHash, constraints, wires, publicCount } = dev
  await writeManifest(directory, {
    shape,
    compiler,
    sourceHash,
    constraints,
    wires,
    publicCount,
    setup: 'production',
    ceremony: {
      ptauSha256: '0'.repeat(64),
      contributionHashes: ['0'.repeat(128), '1'.repeat(128)],
      beacon: { hash: '00', iterationsExponent: 10 },
    },
  })
  await expect(loadArtifacts(directory)).rejects.toMatchObject({ code: 'ARTIFACT_SETUP_MISLABELLED' })
})

test('error: a manifest is not written for a circuit with other public signals', async () => {
  const { files: _, circuitKeyHash: __, circuitId: ___, manifestHash: ____, ...description } = await readManifest()
  await expect(writeManifest(directory, { ...description, publicCount: 3 } as never)).rejects.toMatchObject({
    code: 'VKEY_IC_LENGTH',
  })
})

test('behavior: DEV keys are for local chains only', async () => {
  const { verificationKey } = await loadArtifacts(directory)
  for (const chainId of [31337, 1337, 31337n]) expect(() => requireKeyForChain(verificationKey, chainId)).not.toThrow()
  for (const chainId of [1, 10, 8453, 11155111, 1n]) {
    expect(() => requireKeyForChain(verificationKey, chainId)).toThrow(`DEV keys must not be used on chain ${chainId}`)
  }
})
