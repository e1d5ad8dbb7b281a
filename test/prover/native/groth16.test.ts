import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { computeWitness } from '../../../prover/proving/computeWitness.ts'
import { loadEngine, type PreparedKey, runnableBuilds } from '../../../prover/proving/native/loadEngine.ts'
import {
  type NativeProver,
  type NativeProverKey,
  openNativeProver,
} from '../../../prover/proving/native/openNativeProver.ts'
import { prepareInput } from '../../../prover/proving/prepareInput.ts'
import {
  calculateWitness,
  exportVerificationKey,
  prove as proveWithSnarkjs,
  terminate,
} from '../../../prover/proving/snarkjs.ts'
import { witnessValues, writeWitness } from '../../../prover/proving/witnessFile.ts'
import { createDevKeys } from '../../../scripts/keys/createDevKeys.ts'
import { ensureDevKeysOfShape } from '../../../scripts/keys/ensureDevKeys.ts'
import { randomBatch, seededRandom } from '../../../scripts/randomBatch.ts'
import { FIELD_ORDER } from '../../../src/field.ts'
import type { Groth16Proof } from '../../../src/proof/Groth16.ts'
import { verifyProof } from '../../../src/proof/verifyProof.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { compileTestCircuit } from '../../keys/compileTestCircuit.ts'
import { buildOnce } from './buildOnce.ts'

buildOnce()

type Setting = NativeProverKey & { readonly witness: Uint8Array }
let directory: string
let cube: Setting
let tiny: Setting
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-test-native-'))
  const circuit = await compileTestCircuit('cube', 'native')
  const zkeyPath = join(circuit.directory, 'proving.zkey')
  await createDevKeys({ r1csPath: circuit.r1csPath, zkeyPath })
  const witness = await calculateWitness(circuit.wasmPath, { scale: '3', x: '5', y: '-9' })
  cube = { ...(await keyOf('cube', zkeyPath, circuit.r1csPath)), witness }
  const { artifacts } = await ensureDevKeysOfShape('tiny')
  const { input } = prepareInput(randomBatch(shapeNamed('tiny'), seededRandom(7), { traces: 3 }))
  tiny = {
    ...(await keyOf('tiny', artifacts.zkeyPath, artifacts.r1csPath)),
    witness: await computeWitness(artifacts.wasmPath, input),
  }
})
afterAll(async () => {
  await terminate()
  await rm(directory, { recursive: true })
})

async function keyOf(name: string, zkeyPath: string, r1csPath: string): Promise<NativeProverKey> {
  const keyDirectory = join(directory, name)
  await mkdir(keyDirectory)
  return { zkeyPath, r1csPath, keyDirectory, zkeySha256: await sha256(zkeyPath), r1csSha256: await sha256(r1csPath) }
}
const sha256 = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex')

/** snarkjs draws r, then s, from the scalar field of the curve that it keeps in a global variable. */
async function proveWithBlinding({ zkeyPath, witness }: Setting, blinding: readonly bigint[]): Promise<Groth16Proof> {
  await proveWithSnarkjs(zkeyPath, witness) // makes sure that the curve is there
  const { Fr } = (globalThis as unknown as { curve_bn128: { Fr: { random(): unknown; e(value: bigint): unknown } } })
    .curve_bn128
  const original = Fr.random
  const left = [...blinding]
  Fr.random = () => Fr.e(left.shift()!)
  try {
    return (await proveWithSnarkjs(zkeyPath, witness)).proof
  } finally {
    Fr.random = original
    expect(left).toEqual([])
  }
}

describe.each(runnableBuilds())('the %s build', (build) => {
  let ofCube: NativeProver
  let ofTiny: NativeProver
  beforeAll(async () => {
    ofCube = await openNativeProver(cube, { build, threads: 3 })
    ofTiny = await openNativeProver(tiny, { build, threads: 2 })
    expect([ofCube.build, ofTiny.build]).toEqual([build, build])
  })

  test.each([
    ['1', 1n, 1n],
    ['small ones', 123n, 456n],
    ['0', 0n, 0n],
    ['large ones', FIELD_ORDER - 1n, FIELD_ORDER / 2n],
  ])('default: makes the proofs that snarkjs makes, bit for bit; r and s are %s', async (_what, r, s) => {
    for (const [prover, setting] of [
      [ofCube, cube],
      [ofTiny, tiny],
    ] as const) {
      const { proof, publicSignals } = await prover.prove(setting.witness, [r, s])
      expect(proof).toEqual(await proveWithBlinding(setting, [r, s]))
      expect(publicSignals).toEqual(witnessValues(setting.witness).slice(1, publicSignals.length + 1))
    }
  })

  test('behavior: several proofs at once verify and differ', async () => {
    const verificationKey = await exportVerificationKey(tiny.zkeyPath)
    const proofs = await Promise.all([1, 2, 3, 4].map(() => ofTiny.prove(tiny.witness)))
    for (const { proof, publicSignals } of proofs)
      expect(verifyProof({ verificationKey, proof, publicSignals })).toBe(true)
    // A depends on r, B on s, C on both: each is drawn for each proof.
    for (const coordinate of [
      ({ pi_a }: Groth16Proof) => pi_a[0],
      ({ pi_b }: Groth16Proof) => pi_b[0][0],
      ({ pi_c }: Groth16Proof) => pi_c[0],
    ])
      expect(new Set(proofs.map(({ proof }) => coordinate(proof))).size).toBe(proofs.length)
  })

  test('behavior: a witness that violates the circuit gives a proof that does not verify', async () => {
    const verificationKey = await exportVerificationKey(cube.zkeyPath)
    const values = witnessValues(cube.witness)
    for (const wire of values.keys()) {
      if (wire === 0) continue
      const { proof, publicSignals } = await ofCube.prove(writeWitness(values.with(wire, values[wire]! ^ 1n)))
      expect(verifyProof({ verificationKey, proof, publicSignals }), `wire ${wire}`).toBe(false)
    }
  })
})

describe('what does not fit', () => {
  const failureOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'accepted',
      ({ code }: { code: string }) => code,
    )
  let prover: NativeProver
  beforeAll(async () => {
    prover = await openNativeProver(cube)
  })

  test('error: files that are not there, and files of another circuit', async () => {
    const keyDirectory = join(directory, 'refused')
    await mkdir(keyDirectory)
    const refused = { ...cube, keyDirectory }
    await expect(openNativeProver({ ...refused, zkeyPath: join(directory, 'none') })).rejects.toMatchObject({
      code: 'KEY_NOT_PREPARED',
      message: expect.stringContaining('ARTIFACT_MISSING'),
    })
    const { r1csPath, r1csSha256 } = tiny
    await expect(openNativeProver({ ...refused, r1csPath, r1csSha256 })).rejects.toThrow('KEY_OF_OTHER_CIRCUIT')
    // Changed since it was loaded: what is prepared from it would be opened in place of the right one for ever.
    await expect(openNativeProver({ ...refused, r1csPath })).rejects.toThrow('ARTIFACT_CHANGED')
    expect(await readdir(keyDirectory)).toEqual([])
    await expect(prover.prove(tiny.witness)).rejects.toThrow('KEY_WITNESS_MISMATCH')
    await expect(openNativeProver(cube, { threads: 0 })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('error: arguments that are no key, no witness or no scalar', async () => {
    const engine = loadEngine()
    const scalar = new Uint8Array(32)
    const identity = new Uint8Array(32)
    const keyPath = join(directory, 'arguments.key')
    await engine.prepareKey(cube.zkeyPath, cube.r1csPath, keyPath, identity, 1, () => {})
    const key = await engine.openKey(keyPath, identity, 1)
    expect(() => engine.prove({} as PreparedKey, cube.witness, scalar, scalar)).toThrow('a key from openKey')
    expect(() => engine.prove(key, 'text' as unknown as Uint8Array, scalar, scalar)).toThrow('Uint8Array')
    expect(() => engine.prove(key, cube.witness, scalar, scalar.subarray(1))).toThrow('no multiple of 32')
    expect(() => engine.prove(key, cube.witness, new Uint8Array(32).fill(255), scalar)).toThrow('below the group')
  })

  test('error: a witness that is cut, longer, for another field, or holds what is no element', async () => {
    const { witness } = cube
    const changed = (at: number, byte: number) => Uint8Array.from(witness, (old, i) => (i === at ? byte : old))
    const bad = [
      ...Array.from({ length: witness.length }, (_, length) => witness.subarray(0, length)),
      Uint8Array.from([...witness, 0]),
      changed(0, 0),
      changed(28, witness[28]! ^ 1),
      changed(60, witness[60]! + 1),
      changed(witness.length - 1, 255),
    ]
    for (const bytes of bad)
      await expect(prover.prove(bytes), `${bytes.length} bytes`).rejects.toThrow('WITNESS_MALFORMED')
  })

  test('error: a thousand damaged keys and circuits are refused with a code or make a proof, and nothing crashes', async () => {
    const engine = loadEngine()
    const random = seededRandom(11)
    const originals = { zkey: await readFile(cube.zkeyPath), r1cs: await readFile(cube.r1csPath) }
    const path = (file: string) => join(directory, file)
    const codes = new Map<string, number>()
    for (let i = 0; i < 1000; i++) {
      const file = i % 2 === 0 ? 'zkey' : 'r1cs'
      const damaged = Buffer.from(originals[file])
      const at = random.integer(0, damaged.length - 1)
      const kind = i % 8
      // Cut it, make a length or a count lie, or change one byte.
      const bytes = kind < 2 ? damaged.subarray(0, at) : damaged
      if (kind >= 2 && kind < 4) damaged.writeUInt32LE(random.integer(0, 2 ** 32 - 1), Math.min(at, damaged.length - 4))
      if (kind >= 4) damaged[at] = damaged[at]! ^ random.integer(1, 255)
      await writeFile(path(file), bytes)
      const other = file === 'zkey' ? 'r1cs' : 'zkey'
      await writeFile(path(other), originals[other])
      const code = await failureOf(
        (async () => {
          await engine.prepareKey(path('zkey'), path('r1cs'), path('key'), new Uint8Array(32), 1, () => {})
          const key = await engine.openKey(path('key'), new Uint8Array(32), 1)
          const scalar = Buffer.alloc(32, 1)
          expect((await engine.prove(key, cube.witness, scalar, scalar)).length).toBe(32 * 10)
        })(),
      )
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
    const known = ['accepted', 'ZKEY_MALFORMED', 'R1CS_MALFORMED', 'POINT_NOT_ON_CURVE', 'KEY_OF_OTHER_CIRCUIT']
    expect([...codes.keys()].filter((code) => !known.includes(code))).toEqual([])
    for (const code of known.slice(0, 4)) expect(codes.get(code), code).toBeGreaterThan(10)
  })
})
