import { createHash, randomBytes } from 'node:crypto'
import { access, constants, lstat, mkdir, readFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvalidInputError, PoaError } from '../../../src/errors.ts'
import { FIELD_ORDER } from '../../../src/field.ts'
import type { Groth16Proof } from '../../../src/proof/Groth16.ts'
import { sha256OfFile } from '../artifacts.ts'
import { type EngineBuildName, enginePath, loadEngine, type NativeEngine, type PreparedKey } from './loadEngine.ts'

/** A key, its circuit, and where the prepared key is kept. */
export type NativeProverKey = {
  readonly zkeyPath: string
  readonly r1csPath: string
  /** sha256 of both files, in hex. Verified before a key is prepared. */
  readonly zkeySha256: string
  readonly r1csSha256: string
  /** For the file prepared-<build>.key; when it cannot be written there, a directory of this user below the system's temporary one is used. */
  readonly keyDirectory: string
}

export type NativeProverOptions = {
  /** Threads of the engine; default: one a core. */
  readonly threads?: number
  /** Default: the fastest that this machine runs. */
  readonly build?: EngineBuildName
  /** Takes the fraction that is done while the key is prepared, at most a hundred times; never called when a prepared key is there. */
  readonly onProgress?: (fraction: number) => void
}

export type NativeProof = { readonly proof: Groth16Proof; readonly publicSignals: readonly bigint[] }

/** The native engine with one key. */
export type NativeProver = {
  readonly build: EngineBuildName
  /**
   * Makes a proof that snarkjs would make with the same randomness. It is not verified here: whoever releases it does that.
   * @param witness the bytes of a .wtns file
   * @param blinding r and s, for tests only; default: fresh random numbers
   * @throws PoaError PROOF_FAILED
   */
  prove(witness: Uint8Array, blinding?: readonly [bigint, bigint]): Promise<NativeProof>
}

/**
 * Loads the engine and opens the prepared key; prepares it first when it is missing, stale or damaged, which takes seconds to minutes and happens once
 * a key and build. Several processes may do so at once.
 * @throws PoaError NATIVE_NOT_BUILT, NATIVE_NOT_RUNNABLE, KEY_NOT_PREPARED
 */
export async function openNativeProver(
  key: NativeProverKey,
  { threads = availableParallelism(), build, onProgress = () => {} }: NativeProverOptions = {},
): Promise<NativeProver> {
  if (!Number.isInteger(threads) || threads < 1) throw new InvalidInputError('threads', 'a positive integer', threads)
  const engine = loadEngine(build)
  const prepared = await openPreparedKey(engine, key, threads, onProgress).catch((cause) => {
    throw new PoaError('KEY_NOT_PREPARED', `the native prover cannot use ${key.zkeyPath}: ${describe(cause)}`, {
      cause,
    })
  })
  return {
    build: engine.instructionSet,
    async prove(witness, [r, s] = [randomScalar(), randomScalar()]) {
      const bytes = await engine.prove(prepared, witness, scalarBytes(r), scalarBytes(s)).catch((cause) => {
        throw new PoaError('PROOF_FAILED', `no proof: ${describe(cause)}`, { cause })
      })
      const [ax, ay, bx0, bx1, by0, by1, cx, cy, ...signals] = integers(bytes).map(String) as [...Eight, ...string[]]
      return {
        proof: {
          protocol: 'groth16',
          curve: 'bn128',
          pi_a: projectiveG1(ax, ay),
          pi_b: projectiveG2([bx0, bx1], [by0, by1]),
          pi_c: projectiveG1(cx, cy),
        },
        publicSignals: signals.map(BigInt),
      }
    },
  }
}

// No point but infinity has coordinates 0 here; snarkjs writes it as (0 : 1 : 0).
const projectiveG1 = (x: string, y: string): [string, string, string] =>
  x === '0' && y === '0' ? ['0', '1', '0'] : [x, y, '1']
const projectiveG2 = (x: [string, string], y: [string, string]): Groth16Proof['pi_b'] =>
  [...x, ...y].every((part) => part === '0') ? [ZERO, ONE, ZERO] : [x, y, ONE]
const ZERO: [string, string] = ['0', '0']
const ONE: [string, string] = ['1', '0']

async function openPreparedKey(
  engine: NativeEngine,
  key: NativeProverKey,
  threads: number,
  onProgress: (fraction: number) => void,
): Promise<PreparedKey> {
  const identity = createHash('sha256')
    .update(Buffer.from(key.zkeySha256, 'hex'))
    .update(Buffer.from(key.r1csSha256, 'hex'))
    .update(
      createHash('sha256')
        .update(await readFile(enginePath(engine.instructionSet)))
        .digest(),
    )
    .digest()
  const openAt = (path: string) =>
    engine.openKey(path, identity, threads).catch((cause) => {
      if (REASONS_TO_PREPARE.includes(cause.code)) return undefined
      throw cause
    })

  let path = join(key.keyDirectory, `prepared-${engine.instructionSet}.key`)
  const found = await openAt(path)
  if (found) return found
  if (!(await isWritable(key.keyDirectory))) {
    path = join(await ownTemporaryDirectory(), `prepared-${identity.toString('hex')}.key`)
    const foundThere = await openAt(path)
    if (foundThere) return foundThere
  }
  // The identity stands for what is read now, perhaps long after the artifacts were loaded: a prepared key of other files would be opened for ever.
  await requireUnchanged(key.zkeyPath, key.zkeySha256)
  await requireUnchanged(key.r1csPath, key.r1csSha256)
  await engine.prepareKey(key.zkeyPath, key.r1csPath, path, identity, threads, onProgress)
  return engine.openKey(path, identity, threads)
}

async function requireUnchanged(path: string, sha256: string): Promise<void> {
  const found = await sha256OfFile(path).catch((cause) => {
    throw new PoaError('ARTIFACT_MISSING', `Cannot read ${path}`, { cause })
  })
  if (found !== sha256) throw new PoaError('ARTIFACT_CHANGED', `${path} is not the file it was when it was loaded`)
}

const REASONS_TO_PREPARE = ['FILE_UNREADABLE', 'KEY_FILE_STALE', 'KEY_FILE_DAMAGED']

const isWritable = (directory: string) =>
  access(directory, constants.W_OK).then(
    () => true,
    () => false,
  )

/** Nobody else may write it: a mapped file that is cut short ends the process. */
async function ownTemporaryDirectory(): Promise<string> {
  const user = process.getuid?.()
  const directory = join(tmpdir(), `poa-prover-${user}`)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const { uid, mode } = await lstat(directory)
  if (uid !== user || (mode & 0o022) !== 0)
    throw new PoaError('DIRECTORY_NOT_OWN', `${directory} belongs to another user, or others may write it`)
  return directory
}

type Eight = [string, string, string, string, string, string, string, string]

const describe = (cause: unknown) => {
  const { code, message } = cause as { code?: string; message: string }
  return `${code ?? 'ENGINE_FAILED'}: ${message}`
}

/** Uniform below the group's order: 254 random bits, drawn again while they reach it. */
function randomScalar(): bigint {
  for (;;) {
    const drawn = BigInt(`0x${randomBytes(32).toString('hex')}`) >> 2n
    if (drawn < FIELD_ORDER) return drawn
  }
}

function scalarBytes(scalar: bigint): Uint8Array {
  return Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').reverse()
}

function integers(bytes: Uint8Array): bigint[] {
  return Array.from({ length: bytes.length / 32 }, (_, i) =>
    BigInt(`0x${Buffer.from(bytes.subarray(32 * i, 32 * i + 32).toReversed()).toString('hex')}`),
  )
}
