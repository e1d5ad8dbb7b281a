import { availableParallelism } from 'node:os'
import { PoaError } from '../../src/errors.ts'
import { type EngineBuildName, loadEngine } from './native/loadEngine.ts'

export const PROVER_NAMES = ['auto', 'native', 'snarkjs'] as const
export type ProverName = (typeof PROVER_NAMES)[number]

/** What makes the proofs. */
export type Prover =
  | { readonly name: 'native'; readonly build: EngineBuildName; readonly threads: number }
  | { readonly name: 'snarkjs' /** Why it is not the native one, in one line. */; readonly reason: string }

/**
 * Chooses what proves on this machine. `auto` is the native prover where a build of it exists and runs, else snarkjs.
 * @param threads of the native prover; default: one a core
 * @throws PoaError NATIVE_NOT_BUILT, NATIVE_NOT_RUNNABLE when `native` is asked for and cannot be had
 */
export function chooseProver(wanted: ProverName = 'auto', threads: number = availableParallelism()): Prover {
  if (wanted === 'snarkjs') return { name: 'snarkjs', reason: 'chosen by the settings' }
  try {
    return { name: 'native', build: loadEngine().instructionSet, threads }
  } catch (error) {
    if (wanted === 'native' || !(error instanceof PoaError)) throw error
    return { name: 'snarkjs', reason: `${error.message} (${error.hint})` }
  }
}

/** For people, in one line: `native (ifma, 2 threads)`. */
export function describeProver(prover: Prover): string {
  if (prover.name === 'snarkjs') return `snarkjs: ${prover.reason}`
  return `native (${prover.build}, ${prover.threads} ${prover.threads === 1 ? 'thread' : 'threads'})`
}
