import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { calculateWitness, exportVerificationKey, prove, terminate, verify } from '../../prover/proving/snarkjs.ts'
import { witnessValues, writeWitness } from '../../prover/proving/witnessFile.ts'
import { createDevKeys } from '../../scripts/keys/createDevKeys.ts'
import type { VerificationKey } from '../../src/proof/Groth16.ts'
import { requireSoundVerificationKey } from '../../src/proof/verificationKey.ts'
import { verifyProof } from '../../src/proof/verifyProof.ts'
import { compileTestCircuit, type TestCircuit } from './compileTestCircuit.ts'

let cube: TestCircuit
let zkeyPath: string
let verificationKey: VerificationKey
let witness: Uint8Array

beforeAll(async () => {
  cube = await compileTestCircuit('cube', 'createDevKeys')
  zkeyPath = join(cube.directory, 'proving.zkey')
  await createDevKeys({ r1csPath: cube.r1csPath, zkeyPath })
  verificationKey = await exportVerificationKey(zkeyPath)
  witness = await calculateWitness(cube.wasmPath, { scale: '3', x: '5', y: '-9' })
})

afterAll(terminate)

test('default: snarkjs proves with the key, and both verifiers accept', async () => {
  const { proof, publicSignals } = await prove(zkeyPath, witness)
  expect(publicSignals).toEqual([91n, 3n])
  expect(await verify(verificationKey, publicSignals, proof)).toBe(true)
  expect(verifyProof({ verificationKey, publicSignals, proof })).toBe(true)
  expect(requireSoundVerificationKey(verificationKey, 2)).toBeDefined()
})

test('behavior: tampered public signals and wrong witnesses do not verify', async () => {
  const { proof, publicSignals } = await prove(zkeyPath, witness)
  for (const signals of [publicSignals.with(0, 92n), publicSignals.with(1, 4n), publicSignals.toReversed()]) {
    expect(await verify(verificationKey, signals, proof)).toBe(false)
  }
  const values = witnessValues(witness)
  for (const wire of values.keys()) {
    if (wire === 0) continue
    const forged = await prove(zkeyPath, writeWitness(values.with(wire, values[wire]! ^ 1n)))
    expect(await verify(verificationKey, forged.publicSignals, forged.proof)).toBe(false)
  }
})

test('behavior: the same bytes whatever the number of threads, and each proves', async () => {
  const chain = await compileTestCircuit('chain', 'createDevKeys')
  const make = async (threads: number, seed?: string) => {
    const path = join(chain.directory, `${threads}.zkey`)
    await createDevKeys({ r1csPath: chain.r1csPath, zkeyPath: path, threads, ...(seed === undefined ? {} : { seed }) })
    return { path, bytes: await readFile(path) }
  }
  const one = await make(1)
  const three = await make(3)
  expect(three.bytes.equals(one.bytes)).toBe(true)
  expect((await make(2, 'another seed')).bytes.equals(one.bytes)).toBe(false)
  const { proof, publicSignals } = await prove(one.path, await calculateWitness(chain.wasmPath, { x: '3' }))
  expect(await verify(await exportVerificationKey(three.path), publicSignals, proof)).toBe(true)
})

test('behavior: the key of this circuit never changes', () => {
  // Generated verifiers are committed: if this changes, raise DEV_SETUP_VERSION and regenerate them.
  expect(verificationKey.vk_alpha_1[0]).toMatchInlineSnapshot(
    `"17645575702304794386641715130406642454017355929196537042953879573704426120271"`,
  )
})

// Without an engine named: the native one, where it was built.
test.each([{}, { engine: 'webassembly' }] as const)(
  'behavior: progress never falls and ends at one: %o',
  async (options) => {
    const fractions: number[] = []
    const onProgress = (fraction: number) => fractions.push(fraction)
    await createDevKeys({ r1csPath: cube.r1csPath, zkeyPath, onProgress, ...options })
    expect(fractions).toEqual(fractions.toSorted((left, right) => left - right))
    expect(fractions[0]).toBe(0)
    expect(fractions.at(-1)).toBe(1)
  },
)

test('error: no circuit, no seed, no threads', async () => {
  const { r1csPath } = cube
  await expect(createDevKeys({ r1csPath: `${r1csPath}x`, zkeyPath })).rejects.toMatchObject({ code: 'R1CS_UNREADABLE' })
  await expect(createDevKeys({ r1csPath: cube.wasmPath, zkeyPath })).rejects.toMatchObject({ code: 'R1CS_NOT_R1CS' })
  await expect(createDevKeys({ r1csPath, zkeyPath, seed: '' })).rejects.toMatchObject({ field: 'seed' })
  await expect(createDevKeys({ r1csPath, zkeyPath, threads: 0 })).rejects.toMatchObject({ field: 'threads' })
})
