import { readFile } from 'node:fs/promises'
import * as snarkjs from 'snarkjs'
import { InvalidInputError, PoaError } from '../../src/errors.ts'
import type { Groth16Proof, VerificationKey } from '../../src/proof/Groth16.ts'
import {
  hashVerificationKey,
  parseVerificationKey,
  requireSoundVerificationKey,
} from '../../src/proof/verificationKey.ts'
import { parseProof, parsePublicSignals } from '../../src/proof/verifyProof.ts'
import type { CircuitInput } from './prepareInput.ts'

/**
 * The only file that imports snarkjs, typed and with its traps closed: it keeps worker threads alive (`terminate`), accepts
 * public lists that are too short, and reports some failures by return values and by console lines.
 */

/**
 * Runs a circuit's own witness generator.
 * @returns the bytes of a .wtns file. They hold private data.
 * @throws PoaError SNARKJS_FAILED, with circom's message, when no witness exists or an input is missing or too long
 */
export async function calculateWitness(wasmPath: string, input: CircuitInput): Promise<Uint8Array> {
  const witness: { readonly type: 'mem'; data?: Uint8Array } = { type: 'mem' }
  await wrap('calculate a witness', () => snarkjs.wtns.calculate(input, wasmPath, witness))
  // A copy of its own: the file in memory was allocated with room to grow.
  return witness.data!.slice()
}

/**
 * Proves. Each proof is blinded anew, so two proofs of one witness differ. A witness that violates the circuit gives a proof
 * that does not verify, not an error.
 * @throws PoaError SNARKJS_FAILED when the key or the witness is unreadable or they do not fit each other
 */
export async function prove(
  zkeyPath: string,
  witness: Uint8Array,
): Promise<{ proof: Groth16Proof; publicSignals: readonly bigint[] }> {
  const { proof, publicSignals } = await wrap('prove', () => snarkjs.groth16.prove(zkeyPath, witness))
  return { proof: parseProof(proof), publicSignals: parsePublicSignals(publicSignals) }
}

/**
 * Whether snarkjs accepts a proof. It is a second opinion: `verifyProof` in src/proof is stricter and starts no threads.
 * @throws PoaError SNARKJS_FAILED
 */
export async function verify(
  verificationKey: VerificationKey,
  publicSignals: readonly bigint[],
  proof: Groth16Proof,
): Promise<boolean> {
  // snarkjs takes as many IC points as there are signals, so it would verify a prefix of the statement.
  const { nPublic, IC } = verificationKey
  if (publicSignals.length !== nPublic || IC.length !== nPublic + 1) return false
  return wrap('verify', () => snarkjs.groth16.verify(verificationKey, publicSignals.map(String), proof))
}

/**
 * Starts phase 2: a proving key that nobody has contributed to, and that anyone can forge with.
 * @throws PoaError SNARKJS_FAILED
 */
export async function newZkey(r1csPath: string, ptauPath: string, zkeyPath: string): Promise<void> {
  const result = await wrap('start phase 2', () => snarkjs.zKey.newZKey(r1csPath, ptauPath, zkeyPath))
  if (result === -1) {
    throw new PoaError(
      'SNARKJS_FAILED',
      `snarkjs cannot start phase 2: ${ptauPath} is too small, not prepared, or of another curve`,
    )
  }
}

/**
 * Multiplies delta by a secret from `entropy` and from snarkjs' own randomness, then forgets it.
 * @returns the hash of the contribution, which its author publishes
 */
export async function contributeToZkey(from: string, to: string, name: string, entropy: string): Promise<Uint8Array> {
  // snarkjs asks on the terminal when there is none.
  if (entropy === '') throw new InvalidInputError('entropy', 'a non-empty string', entropy)
  return wrap('contribute to phase 2', () => snarkjs.zKey.contribute(from, to, name, entropy))
}

/** A public value that nobody could know when the last contribution was published, such as a later block's hash. */
export type Beacon = {
  /** Hexadecimal digits without 0x. */
  readonly hash: string
  /** The value is hashed 2^iterationsExponent times, 10 to 63: what it costs to try another one. */
  readonly iterationsExponent: number
}

/**
 * Ends phase 2 with a beacon.
 * @returns the hash of the contribution
 */
export async function applyBeacon(from: string, to: string, name: string, beacon: Beacon): Promise<Uint8Array> {
  const { hash, iterationsExponent } = beacon
  if (!/^([0-9a-fA-F]{2}){1,255}$/.test(hash))
    throw new InvalidInputError('beacon.hash', '1 to 255 bytes in hexadecimal', hash)
  if (!Number.isInteger(iterationsExponent) || iterationsExponent < 10 || iterationsExponent > 63) {
    throw new InvalidInputError('beacon.iterationsExponent', 'an integer in 10 .. 63', iterationsExponent)
  }
  const result = await wrap('apply a beacon', () => snarkjs.zKey.beacon(from, to, name, hash, iterationsExponent))
  if (result === false) throw new PoaError('SNARKJS_FAILED', 'snarkjs refused the beacon')
  return result
}

/** Whether a proving key follows from the circuit and the powers of tau. A key without any contribution passes too. */
export async function verifyZkey(r1csPath: string, ptauPath: string, zkeyPath: string): Promise<boolean> {
  return wrap('verify a proving key', () => snarkjs.zKey.verifyFromR1cs(r1csPath, ptauPath, zkeyPath))
}

/** The verification key inside a proving key, as snarkjs exports it. */
export async function exportVerificationKey(zkeyPath: string): Promise<VerificationKey> {
  return parseVerificationKey(
    await wrap('export a verification key', () => snarkjs.zKey.exportVerificationKey(zkeyPath)),
  )
}

/**
 * The source of the Solidity verifier of a proving key, from the template that ships with snarkjs. The contract accepts whatever its key lets pass,
 * so there is none of a key that lets anything pass.
 * @param verificationKey what the proving key has to hold: the key that is going to be registered
 * @throws PoaError VKEY_... when the proving key is unsound, ZKEY_OF_OTHER_KEY when it is another one, SNARKJS_FAILED
 */
export async function exportSolidityVerifier(zkeyPath: string, verificationKey: VerificationKey): Promise<string> {
  const found = await exportVerificationKey(zkeyPath)
  requireSoundVerificationKey(found, verificationKey.nPublic)
  if (hashVerificationKey(found) !== hashVerificationKey(verificationKey)) {
    throw new PoaError('ZKEY_OF_OTHER_KEY', `${zkeyPath} does not belong to the verification key that it stands beside`)
  }
  return wrap('export a Solidity verifier', async () => {
    const template = new URL('./templates/verifier_groth16.sol.ejs', import.meta.resolve('snarkjs'))
    return snarkjs.zKey.exportSolidityVerifier(zkeyPath, { groth16: await readFile(template, 'utf8') })
  })
}

/**
 * Ends snarkjs' worker threads; without it a process that proved or verified never exits. The next call starts new ones. Call
 * it when nothing else runs: whatever is under way would wait for ever.
 */
export async function terminate(): Promise<void> {
  await (globalThis as { curve_bn128?: { terminate(): Promise<void> } | null }).curve_bn128?.terminate()
}

async function wrap<Result>(action: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (cause) {
    if (cause instanceof PoaError) throw cause
    // Failed assertions of a circuit arrive as an Error, failures inside the WebAssembly as anything.
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new PoaError('SNARKJS_FAILED', `snarkjs failed to ${action}: ${reason.trim()}`, { cause })
  }
}
