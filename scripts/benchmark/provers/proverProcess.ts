/** A process of its own for one prover and one circuit, so that its processor time and its peak memory are nobody else's. */
import { performance } from 'node:perf_hooks'
import { openComputeWitness } from '../../../prover/proving/computeWitness.ts'
import { openNativeProver } from '../../../prover/proving/native/openNativeProver.ts'
import { openWitnessFiller } from '../../../prover/proving/native/openWitnessFiller.ts'
import { proveWitness } from '../../../prover/proving/proveWitness.ts'
import { verifyProof } from '../../../src/proof/verifyProof.ts'
import type { Cost, ProverReply, ProverRequest, ProverSetup } from './MeasuredProver.ts'

const { prover, threads, artifacts, shape }: ProverSetup = JSON.parse(process.argv[2]!)
const reply = (message: ProverReply) => process.send?.(message)

process.on('message', async ({ input }: ProverRequest) => {
  try {
    const { computeWitness, prove, preparation } = await opened
    const [witness, witnessCost] = await measure(() => computeWitness(input))
    const [{ proof, publicSignals }, proveCost] = await measure(() => prove(witness))
    // Outside of what is measured: a fast prover of wrong proofs is no prover.
    if (!verifyProof({ verificationKey: artifacts.verificationKey, publicSignals, proof }))
      throw new Error('the proof does not verify')
    const peakMiB = process.resourceUsage().maxRSS / 1024
    reply({ kind: 'measured', preparation, witness: witnessCost, prove: proveCost, peakMiB })
  } catch (error) {
    reply({ kind: 'failed', message: (error as Error).message })
  }
})
process.on('disconnect', () => process.exit())

const opened = open()

async function open() {
  const { directory, wasmPath, symPath, r1csPath, zkeyPath, manifest } = artifacts
  if (prover === 'snarkjs') {
    const computeWitness = await openComputeWitness(wasmPath)
    return { computeWitness, prove: (witness: Uint8Array) => proveWitness(zkeyPath, witness), preparation: undefined }
  }
  const hashes = { zkeySha256: manifest.files['proving.zkey'], r1csSha256: manifest.files['circuit.r1cs'] }
  const key = { zkeyPath, r1csPath, ...hashes, keyDirectory: directory }
  const filler = await openWitnessFiller({ symPath, wires: manifest.wires, shape, threads, build: prover })
  const [native, preparation] = await measure(() => openNativeProver(key, { threads, build: prover }))
  return { computeWitness: filler.fill, prove: native.prove, preparation }
}

async function measure<Result>(work: () => Promise<Result>): Promise<[Result, Cost]> {
  const startedAt = performance.now()
  const cpuBefore = process.cpuUsage()
  const result = await work()
  const { user, system } = process.cpuUsage(cpuBefore)
  return [result, { wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1000 }]
}
