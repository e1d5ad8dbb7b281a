/** Every bad key at every gate: export of a verifier, load of artifacts, registration on a real chain. And what happens where there is no gate. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import * as snarkjs from 'snarkjs'
import { type Address, type Hex, parseAbi } from 'viem'
import { deployContract, readContract, simulateContract, waitForTransactionReceipt } from 'viem/actions'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type ArtifactDescription,
  loadArtifacts,
  type Manifest,
  writeManifest,
} from '../../prover/proving/artifacts.ts'
import { exportSolidityVerifier, exportVerificationKey, terminate, verify } from '../../prover/proving/snarkjs.ts'
import { REPOSITORY_ROOT } from '../../scripts/circuits/compileCircuit.ts'
import { createDevKeys } from '../../scripts/keys/createDevKeys.ts'
import { ensureDevKeysOfShape } from '../../scripts/keys/ensureDevKeys.ts'
import { errorAbi, verifierRegistryAbi } from '../../src/chain/abi.ts'
import { describeFailure } from '../../src/chain/executeContract.ts'
import { registerCircuit } from '../../src/chain/registerCircuit.ts'
import { type G1Json, type G2Json, parseG1 } from '../../src/proof/curvePoints.ts'
import { toEvmG1, toEvmG2, toEvmProof } from '../../src/proof/evmProof.ts'
import type { Groth16Proof, VerificationKey } from '../../src/proof/Groth16.ts'
import { hashVerificationKey } from '../../src/proof/verificationKey.ts'
import { requireValidProof } from '../../src/proof/verifyProof.ts'
import { deployTiny, type TinyDeployment, tiny } from '../chain/deployTiny.ts'
import { g1Json } from '../proof/pointJson.ts'
import { badKeys } from './badKeys.ts'
import { zkeyOf } from './zkeyOf.ts'

const directory = join(REPOSITORY_ROOT, 'build', 'test', 'badKeys')
const zkeyPath = join(directory, 'exported.zkey')
/** The artifacts of `tiny`, but for its verification key and what the manifest says of it. */
const loaded = join(directory, 'loaded')

let at: TinyDeployment
let sound: VerificationKey
let zkey: Buffer
/** Sound keys that are not those of this circuit and set-up. */
let otherCircuit: { readonly verificationKey: VerificationKey; readonly zkeyPath: string }
let otherSetup: { readonly verificationKey: VerificationKey; readonly zkeyPath: string }

beforeAll(async () => {
  await rm(directory, { recursive: true, force: true })
  await mkdir(loaded, { recursive: true })
  at = await deployTiny()
  sound = at.artifacts.verificationKey
  zkey = await readFile(at.artifacts.zkeyPath)
  otherCircuit = (await ensureDevKeysOfShape('small')).artifacts
  const path = join(directory, 'other-setup.zkey')
  await createDevKeys({ r1csPath: at.artifacts.r1csPath, zkeyPath: path, seed: 'another seed' })
  otherSetup = { verificationKey: await exportVerificationKey(path), zkeyPath: path }
  for (const name of ['circuit.r1cs', 'circuit.wasm', 'circuit.sym', 'proving.zkey'])
    await symlink(join(at.artifacts.directory, name), join(loaded, name))
})
afterAll(async () => {
  await at?.chain.stop()
  await terminate()
})

const named = badKeys.map((bad) => [bad.name, bad] as const)

const sha256 = (content: string) => createHash('sha256').update(content).digest('hex')

/** What somebody does who can write everything in the directory: the key, and a manifest whose every hash agrees with it. */
async function plant(key: VerificationKey, change: Partial<Manifest> = {}): Promise<ArtifactDescription> {
  const keyText = JSON.stringify(key)
  await writeFile(join(loaded, 'verification-key.json'), keyText)
  const { manifestHash: _, ...content } = { ...at.artifacts.manifest, ...change }
  const planted = { ...content, files: { ...content.files, 'verification-key.json': sha256(keyText) } }
  const manifestHash = sha256(JSON.stringify(planted))
  await writeFile(join(loaded, 'manifest.json'), JSON.stringify({ ...planted, manifestHash }))
  const { files: __, circuitKeyHash: ___, circuitId: ____, ...description } = planted
  return description as ArtifactDescription
}

/** `register` as the owner of the registry would call it without our client: infinity as the chain writes it, nothing checked before. */
async function registerUnchecked(key: VerificationKey): Promise<void> {
  const g1 = (point: G1Json) => (point[2] === '0' ? [0n, 0n] : toEvmG1('point', point))
  const g2 = (point: G2Json) => (point[2][0] === '0' ? [[0n, 0n], [0n, 0n]] : toEvmG2('point', point)) // biome-ignore format: one line
  const [alpha, beta, gamma, delta] = [g1(key.vk_alpha_1), ...[key.vk_beta_2, key.vk_gamma_2, key.vk_delta_2].map(g2)]
  const { governance } = at.clients
  await simulateContract(governance, {
    address: at.deployment.verifierRegistry,
    abi: [...verifierRegistryAbi, ...errorAbi],
    functionName: 'register',
    args: [{ alpha, beta, gamma, delta, ic: key.IC.map(g1) }, at.verifier, tiny.traces, tiny.contributors],
    account: governance.account,
  } as never).catch((cause) => {
    throw describeFailure('register', cause)
  })
}

describe('export', () => {
  test('default: a sound key', async () => {
    await writeFile(zkeyPath, zkeyOf(zkey, sound))
    expect((await readFile(zkeyPath)).equals(zkey)).toBe(true)
    expect(await exportSolidityVerifier(zkeyPath, sound)).toContain('contract Groth16Verifier')
  })

  test.each(named)('error: %s', async (_name, { change, code }) => {
    await writeFile(zkeyPath, zkeyOf(zkey, change(sound)))
    // The key is what is read back: nothing on the way refuses it before the check does.
    expect(await exportVerificationKey(zkeyPath)).toEqual(change(sound))
    await expect(exportSolidityVerifier(zkeyPath, sound)).rejects.toMatchObject({ name: 'PoaError', code })
  })

  test('error: other circuit', async () => {
    const attempt = exportSolidityVerifier(otherCircuit.zkeyPath, sound)
    await expect(attempt).rejects.toMatchObject({ code: 'ZKEY_OF_OTHER_KEY' })
  })

  test('error: other powers of tau', async () => {
    const attempt = exportSolidityVerifier(otherSetup.zkeyPath, sound)
    await expect(attempt).rejects.toMatchObject({ code: 'ZKEY_OF_OTHER_KEY' })
  })
})

describe('load', () => {
  test('default: a sound key', async () => {
    await plant(sound)
    expect((await loadArtifacts(loaded)).verificationKey).toEqual(sound)
  })

  test.each(named)('error: %s', async (_name, { change, code }) => {
    const description = await plant(change(sound))
    await expect(loadArtifacts(loaded)).rejects.toMatchObject({ name: 'PoaError', code })
    // Nor is a manifest written for it.
    await expect(writeManifest(loaded, description)).rejects.toMatchObject({ name: 'PoaError', code })
  })

  test('error: other circuit', async () => {
    await plant(otherCircuit.verificationKey)
    await expect(loadArtifacts(loaded)).rejects.toMatchObject({ code: 'ARTIFACT_KEY_HASH_WRONG' })
  })

  test('error: other powers of tau', async () => {
    await plant(otherSetup.verificationKey)
    await expect(loadArtifacts(loaded)).rejects.toMatchObject({ code: 'ARTIFACT_KEY_HASH_WRONG' })
  })
})

describe('registration', () => {
  const register = (verificationKey: VerificationKey) =>
    registerCircuit(at.clients.governance, at.deployment, { verificationKey, verifier: at.verifier, shape: tiny })

  test('default: a sound key, which the registry has already', async () => {
    const failure = { error: 'CircuitIdTaken', args: [at.circuitId] }
    await expect(registerUnchecked(sound)).rejects.toMatchObject(failure)
  })

  test.each(named)('error: %s', async (_name, { change, code, revert }) => {
    await expect(register(change(sound))).rejects.toMatchObject({ name: 'PoaError', code })
    await expect(registerUnchecked(change(sound))).rejects.toMatchObject({ code: 'CONTRACT_REVERTED', ...revert })
  })

  test('error: other circuit', async () => {
    await expect(register(otherCircuit.verificationKey)).rejects.toMatchObject({ code: 'VERIFIER_OF_OTHER_KEY' })
  })

  test('error: other powers of tau', async () => {
    await expect(register(otherSetup.verificationKey)).rejects.toMatchObject({ code: 'VERIFIER_OF_OTHER_KEY' })
  })
})

/**
 * Groth16 accepts (A, B, C) when e(A, B) = e(alpha, beta) e(vk_x, gamma) e(C, delta). With delta = gamma the proof (alpha, beta, -vk_x) of any
 * statement passes, with delta = -gamma (alpha, beta, vk_x): no witness, no secret.
 */
function forge(key: VerificationKey, publicSignals: readonly bigint[], isNegated: boolean): Groth16Proof {
  const publicPoint = publicSignals.reduce(
    (sum, signal, i) => sum.add(parseG1('IC', key.IC[i + 1]!).multiply(signal)),
    parseG1('IC', key.IC[0]!),
  )
  const c = isNegated ? publicPoint : publicPoint.negate()
  return { protocol: 'groth16', curve: 'bn128', pi_a: key.vk_alpha_1, pi_b: key.vk_beta_2, pi_c: g1Json(c) }
}

/** Deploys the verifier that snarkjs itself writes for a proving key, whatever that key is worth. */
async function deployUncheckedVerifier(): Promise<Address> {
  const template = new URL('./templates/verifier_groth16.sol.ejs', import.meta.resolve('snarkjs'))
  const groth16 = await readFile(template, 'utf8')
  const content = (await snarkjs.zKey.exportSolidityVerifier(zkeyPath, { groth16 })) as string
  const compiler = spawn(process.execPath, [join(REPOSITORY_ROOT, 'scripts', 'solc.mjs'), '--standard-json'])
  const settings = { outputSelection: { '*': { '*': ['evm.bytecode.object'] } } }
  compiler.stdin.end(JSON.stringify({ language: 'Solidity', sources: { 'V.sol': { content } }, settings }))
  const output = JSON.parse(await text(compiler.stdout))
  const bytecode: Hex = `0x${output.contracts['V.sol'].Groth16Verifier.evm.bytecode.object}`
  const { stranger } = at.clients
  const hash = await deployContract(stranger, { abi: [], bytecode, account: stranger.account, chain: stranger.chain })
  return (await waitForTransactionReceipt(stranger, { hash })).contractAddress!
}

describe('the forgery that a bad key allows', () => {
  /** Whatever a thief would like to have been proved. */
  const publicSignals = [11n, 22n, 33n, 44n, 55n, 66n]
  const verifierAbi = parseAbi([
    'function verifyProof(uint256[2] a, uint256[2][2] b, uint256[2] c, uint256[6] publicSignals) view returns (bool)',
  ])

  test.each(['no contribution', 'gamma = delta', 'delta = -gamma'])(
    'error: %s: snarkjs and the contract it writes accept it, each of our gates refuses the key',
    async (name) => {
      const { change, code, revert } = badKeys.find((bad) => bad.name === name)!
      const key = change(sound)
      const proof = forge(key, publicSignals, name === 'delta = -gamma')
      await writeFile(zkeyPath, zkeyOf(zkey, key))
      expect(await verify(key, publicSignals, proof)).toBe(true)
      const { a, b, c } = toEvmProof(proof)
      const ask = async (signals: readonly bigint[]) =>
        readContract(at.clients.stranger, {
          address: verifier,
          abi: verifierAbi,
          functionName: 'verifyProof',
          args: [a, b, c, signals as never],
        })
      const verifier = await deployUncheckedVerifier()
      expect(await ask(publicSignals)).toBe(true)
      // It is a verifier, and not one that accepts whatever comes.
      expect(await ask(publicSignals.with(0, 12n))).toBe(false)

      await expect(exportSolidityVerifier(zkeyPath, sound)).rejects.toMatchObject({ code })
      await plant(key, { circuitKeyHash: hashVerificationKey(key) })
      await expect(loadArtifacts(loaded)).rejects.toMatchObject({ code })
      const circuit = { verificationKey: key, verifier, shape: tiny }
      await expect(registerCircuit(at.clients.governance, at.deployment, circuit)).rejects.toMatchObject({ code })
      await expect(registerUnchecked(key)).rejects.toMatchObject(revert)
      expect(() => requireValidProof({ verificationKey: key, publicSignals, proof })).toThrow(
        expect.objectContaining({ code }),
      )
      // Under the sound key it is worth nothing.
      expect(await verify(sound, publicSignals, proof)).toBe(false)
    },
  )
})
