/** The child process of snarkjsBackend: answers one job at a time and ends when its parent disconnects. */
import { performance } from 'node:perf_hooks'
import { PoaError } from '../../src/errors.ts'
import { computeWitness } from './computeWitness.ts'
import { proveWitness } from './proveWitness.ts'
import { terminate } from './snarkjs.ts'
import type { ProvingJob, ProvingReply } from './snarkjsBackend.ts'

const reply = (message: ProvingReply) => process.send?.(message)

process.on('message', async ({ input, wasmPath, zkeyPath }: ProvingJob) => {
  try {
    const start = performance.now()
    reply({ kind: 'stage', stage: 'witness' })
    const witness = await computeWitness(wasmPath, input)
    const afterWitness = performance.now()
    reply({ kind: 'stage', stage: 'prove' })
    const { proof, publicSignals } = await proveWitness(zkeyPath, witness)
    const seconds = { witness: (afterWitness - start) / 1000, prove: (performance.now() - afterWitness) / 1000 }
    reply({ kind: 'proof', result: { proof, publicSignals, seconds } })
  } catch (error) {
    const { code, message } = error instanceof PoaError ? error : { code: 'PROOF_FAILED', message: String(error) }
    reply({ kind: 'error', code, message })
  }
})

// snarkjs keeps worker threads alive; without this the process would never end.
process.on('disconnect', async () => {
  await terminate()
  process.exit(0)
})
