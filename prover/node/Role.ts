import type { Logger } from 'pino'
import type { Settings } from '../config/loadSettings.ts'
import type { NodeChain } from '../indexing/connectChain.ts'
import type { Prover } from '../proving/chooseProver.ts'
import type { OnStep } from '../steps.ts'
import type { NodeDatabase } from '../store/openDatabase.ts'
import type { Circuits } from '../worker/openCircuits.ts'
import type { ProofQueue } from '../worker/ProofQueue.ts'

/** What a node can be; each process is one of them or all. */
export const ROLES = ['serve', 'index', 'submit', 'worker'] as const
export type Role = (typeof ROLES)[number]

/** What every role of a process shares. */
export type RoleContext = {
  readonly settings: Settings
  readonly db: NodeDatabase
  readonly chain: NodeChain
  readonly queue: ProofQueue
  readonly circuits: Circuits
  /** What makes the proofs, where this process makes any. */
  readonly prover: Prover | undefined
  readonly logger: Logger
  readonly onStep: OnStep
  /** True from the first phase of a shutdown on: take nothing new. */
  readonly isDraining: () => boolean
}

/** A role at work. */
export type RunningRole = {
  /** First phase: begin nothing, finish what is under way, within `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>
  /** Second phase: give up what is still under way, free everything. */
  close(): Promise<void>
}
