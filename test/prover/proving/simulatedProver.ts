import { bn254 } from '@noble/curves/bn254'
import type { Artifacts } from '../../../prover/proving/artifacts.ts'
import type { ProvingBackend } from '../../../prover/proving/ProvingBackend.ts'
import type { CircuitInput } from '../../../prover/proving/prepareInput.ts'
import { G1Point, G2Point } from '../../../src/proof/curvePoints.ts'
import type { Groth16Proof, VerificationKey } from '../../../src/proof/Groth16.ts'
import { circuitIdOf, hashVerificationKey } from '../../../src/proof/verificationKey.ts'
import { g1Json, g2Json } from '../../proof/pointJson.ts'

/** The secrets of a set-up that nobody forgot: whoever holds them proves anything, so tests need no circuit. */
export type Trapdoor = {
  readonly alpha: bigint
  readonly beta: bigint
  readonly gamma: bigint
  readonly delta: bigint
  readonly ic: readonly bigint[]
}

const { Fr } = bn254.fields
const TRAPDOOR: Trapdoor = { alpha: 11n, beta: 22n, gamma: 33n, delta: 44n, ic: [5n, 6n, 7n, 8n, 9n, 10n, 12n] }

/** A sound verification key of six public signals whose secrets are known. */
export function simulatedKey({ alpha, beta, gamma, delta, ic }: Trapdoor = TRAPDOOR): VerificationKey {
  const g1 = (factor: bigint) => g1Json(G1Point.BASE.multiply(factor))
  const g2 = (factor: bigint) => g2Json(G2Point.BASE.multiply(factor))
  return {
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: ic.length - 1,
    vk_alpha_1: g1(alpha),
    vk_beta_2: g2(beta),
    vk_gamma_2: g2(gamma),
    vk_delta_2: g2(delta),
    IC: ic.map(g1),
  }
}

/** The simulator of Groth16 (eprint 2016/260, section 3.2): picks A and B, solves the verification equation for C. */
export function simulateProof(publicSignals: readonly bigint[], trapdoor: Trapdoor = TRAPDOOR): Groth16Proof {
  const { alpha, beta, gamma, delta, ic } = trapdoor
  const a = 987654321n
  const b = 123456789n
  const publicPart = publicSignals.reduce((sum, signal, i) => sum + signal * ic[i + 1]!, ic[0]!)
  const c = Fr.div(Fr.create(a * b - alpha * beta - publicPart * gamma), delta)
  return {
    protocol: 'groth16',
    curve: 'bn128',
    pi_a: g1Json(G1Point.BASE.multiply(a)),
    pi_b: g2Json(G2Point.BASE.multiply(b)),
    pi_c: g1Json(G1Point.BASE.multiply(c)),
  }
}

/** As of a ceremony by snarkjs, which leaves gamma at the generator. */
export const CEREMONY_TRAPDOOR: Trapdoor = { ...TRAPDOOR, gamma: 1n }

/** Artifacts as `loadArtifacts` gives them, for keys that exist in memory only. */
export function simulatedArtifacts(setup: 'dev' | 'production' = 'dev', shape = 'tiny'): Artifacts {
  const verificationKey = simulatedKey(setup === 'production' ? CEREMONY_TRAPDOOR : TRAPDOOR)
  const circuitKeyHash = hashVerificationKey(verificationKey)
  const manifest = { setup, shape, circuitKeyHash, circuitId: circuitIdOf(circuitKeyHash) }
  return { directory: '', r1csPath: '', wasmPath: '', zkeyPath: '', verificationKey, manifest } as unknown as Artifacts
}

/** A backend without a circuit: proves, in no time, whatever signals it is given. Keeps the inputs that it got. */
export function simulatedBackend(
  signalsOf: (input: CircuitInput) => readonly bigint[],
  proofOf: (signals: readonly bigint[]) => Groth16Proof = simulateProof,
): ProvingBackend & { readonly inputs: CircuitInput[] } {
  const inputs: CircuitInput[] = []
  return {
    inputs,
    async prepare() {},
    async prove(input, onStage) {
      inputs.push(input)
      onStage?.('witness')
      const publicSignals = signalsOf(input)
      onStage?.('prove')
      return { proof: proofOf(publicSignals), publicSignals, seconds: { witness: 1, prove: 2 } }
    },
    async close() {},
  }
}
