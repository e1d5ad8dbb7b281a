import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { InvalidInputError, PoaError } from '../../../src/errors.ts'
import { FIELD_ORDER } from '../../../src/field.ts'
import type { Groth16Proof } from '../../../src/proof/Groth16.ts'
import { type EngineBuildName, loadEngine } from './loadEngine.ts'

export type NativeProverOptions = {
  readonly zkeyPath: string
  readonly r1csPath: string
  /** Threads of the engine; default: one a core. */
  readonly threads?: number
  /** Default: the fastest that this machine runs. */
  readonly build?: EngineBuildName
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
 * Loads the engine and makes a key ready for it.
 * @throws PoaError NATIVE_NOT_BUILT, NATIVE_NOT_RUNNABLE, KEY_NOT_PREPARED
 */
export async function openNativeProver({
  zkeyPath,
  r1csPath,
  threads = availableParallelism(),
  build,
}: NativeProverOptions): Promise<NativeProver> {
  if (!Number.isInteger(threads) || threads < 1) throw new InvalidInputError('threads', 'a positive integer', threads)
  const engine = loadEngine(build)
  const key = await engine.prepareKey(zkeyPath, r1csPath, threads).catch((cause) => {
    throw new PoaError('KEY_NOT_PREPARED', `the native prover cannot use ${zkeyPath}: ${describe(cause)}`, { cause })
  })
  return {
    build: engine.instructionSet,
    async prove(witness, [r, s] = [randomScalar(), randomScalar()]) {
      const bytes = await engine.prove(key, witness, scalarBytes(r), scalarBytes(s)).catch((cause) => {
        throw new PoaError('PROOF_FAILED', `no proof: ${describe(cause)}`, { cause })
      })
      const [ax, ay, bx0, bx1, by0, by1, cx, cy, ...signals] = integers(bytes).map(String) as [...Eight, ...string[]]
      return {
        proof: {
          protocol: 'groth16',
          curve: 'bn128',
          pi_a: [ax, ay, '1'],
          pi_b: [
            [bx0, bx1],
            [by0, by1],
            ['1', '0'],
          ],
          pi_c: [cx, cy, '1'],
        },
        publicSignals: signals.map(BigInt),
      }
    },
  }
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
