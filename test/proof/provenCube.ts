import { join } from 'node:path'
import { calculateWitness, exportVerificationKey, prove } from '../../prover/proving/snarkjs.ts'
import { createDevKeys } from '../../scripts/keys/createDevKeys.ts'
import type { Groth16Proof, VerificationKey } from '../../src/proof/Groth16.ts'
import { compileTestCircuit } from '../keys/compileTestCircuit.ts'

export type ProvenCube = {
  readonly zkeyPath: string
  readonly wasmPath: string
  readonly verificationKey: VerificationKey
  readonly publicSignals: readonly bigint[]
  readonly proof: Groth16Proof
}

/** A real key and a real proof for the smallest test circuit: 91 = 5^3 + 3 * -9 - 7. About a second. */
export async function proveCube(user: string, seed?: string): Promise<ProvenCube> {
  const { directory, r1csPath, wasmPath } = await compileTestCircuit(
    'cube',
    seed === undefined ? user : `${user}-${seed}`,
  )
  const zkeyPath = join(directory, 'proving.zkey')
  await createDevKeys({ r1csPath, zkeyPath, ...(seed === undefined ? {} : { seed }) })
  const witness = await calculateWitness(wasmPath, { scale: '3', x: '5', y: '-9' })
  return {
    zkeyPath,
    wasmPath,
    verificationKey: await exportVerificationKey(zkeyPath),
    ...(await prove(zkeyPath, witness)),
  }
}
