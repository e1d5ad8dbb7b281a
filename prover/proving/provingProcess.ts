/** The child process of childProcessBackend: proves for one circuit, and ends when its parent disconnects. */
import { performance } from 'node:perf_hooks'
import { PoaError } from '../../src/errors.ts'
import type { Groth16Proof } from '../../src/proof/Groth16.ts'
import type { ProvingReply, ProvingRequest, ProvingSetup } from './childProcessBackend.ts'
import { type ComputeWitness, openComputeWitness } from './computeWitness.ts'
import type { CircuitInput } from './prepareInput.ts'

/** Makes proofs of witnesses, with its key open. */
type ProveWitness = (
  witness: Uint8Array,
) => Promise<{ readonly proof: Groth16Proof; readonly publicSignals: readonly bigint[] }>

const reply = (message: ProvingReply) => process.send?.(message)
let underWay = 0

process.once('message', ({ prover, artifacts }: ProvingSetup) => {
  const { zkeyPath, r1csPath, wasmPath, directory, manifest } = artifacts
  // Only the prover that is used is loaded: each takes time and memory.
  if (prover.name === 'snarkjs') {
    const openProver = async (): Promise<ProveWitness> => {
      const { proveWitness } = await import('./proveWitness.ts')
      return (witness) => proveWitness(zkeyPath, witness)
    }
    serve(
      openOnce(() => openComputeWitness(wasmPath)),
      openOnce(openProver),
    )
  } else {
    const { build, threads } = prover
    const { 'proving.zkey': zkeySha256, 'circuit.r1cs': r1csSha256 } = manifest.files
    const openWitness = async (): Promise<ComputeWitness> =>
      (await import('./native/openNativeWitness.ts')).openNativeWitness(artifacts, build)
    const openProver = async (): Promise<ProveWitness> => {
      const { openNativeProver } = await import('./native/openNativeProver.ts')
      const onProgress = (fraction: number) => reply({ kind: 'preparing', fraction })
      const key = { zkeyPath, r1csPath, zkeySha256, r1csSha256, keyDirectory: directory }
      return (await openNativeProver(key, { threads, build, onProgress })).prove
    }
    serve(openOnce(openWitness), openOnce(openProver))
  }
})

// Threads of snarkjs and of the engine would keep it alive. A parent that goes in mid-proof was killed: an orderly exit would wait for the proof.
process.on('disconnect', () => (underWay === 0 ? process.exit(0) : process.kill(process.pid, 'SIGKILL')))

function serve(openWitness: () => Promise<ComputeWitness>, openProver: () => Promise<ProveWitness>): void {
  /** The prover's turns: the proof that was asked for last waits for all before it. */
  let turns: Promise<unknown> = Promise.resolve()

  async function prove(id: number, input: CircuitInput): Promise<void> {
    reply({ id, kind: 'stage', stage: 'witness' })
    const computeWitness = await openWitness()
    const start = performance.now()
    const witness = await computeWitness(input)
    const witnessSeconds = (performance.now() - start) / 1000

    const turn = turns.then(async () => {
      const proveWitness = await openProver()
      reply({ id, kind: 'stage', stage: 'prove' })
      const start = performance.now()
      const { proof, publicSignals } = await proveWitness(witness)
      const seconds = { witness: witnessSeconds, prove: (performance.now() - start) / 1000 }
      reply({ id, kind: 'proof', result: { proof, publicSignals, seconds } })
    })
    turns = turn.catch(() => undefined)
    return turn
  }

  process.on('message', async (request: ProvingRequest) => {
    const { id } = request
    underWay++
    try {
      if (request.kind === 'prepare') {
        await Promise.all([openWitness(), openProver()])
        reply({ id, kind: 'prepared' })
      } else await prove(id, request.input)
    } catch (error) {
      const { code, message } = error instanceof PoaError ? error : { code: 'PROOF_FAILED', message: String(error) }
      reply({ id, kind: 'error', code, message })
    } finally {
      underWay--
    }
  })
}

/** Opens what everybody shares at the first call; after a failure again at the next. */
function openOnce<Opened>(open: () => Promise<Opened>): () => Promise<Opened> {
  let opened: Promise<Opened> | undefined
  return () => {
    opened ??= open().catch((error) => {
      opened = undefined
      throw error
    })
    return opened
  }
}
