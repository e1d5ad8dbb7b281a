import { hostname } from 'node:os'
import { getAddress } from 'viem'
import { PoaError } from '../../src/errors.ts'
import { proveJob } from '../worker/proveJob.ts'
import type { RoleContext, RunningRole } from './Role.ts'

/**
 * The role that proves.
 * @param prover who gets the prover's share
 */
export async function startWorking(
  { db, chain, queue, circuits, logger, onStep }: RoleContext,
  prover: string | undefined,
): Promise<RunningRole> {
  if (prover === undefined) {
    throw new PoaError('PROVER_MISSING', 'nobody is named to receive the share of the prover', {
      hint: 'Set `prover` (POA_PROVER) to an address, or give the node a keystore.',
    })
  }
  const workerName = `${hostname()}:${process.pid}`
  await queue.work(
    proveJob({
      db,
      chain,
      circuits,
      prover: getAddress(prover),
      workerName,
      onStep,
      logger: logger.child({ role: 'worker' }),
    }),
  )
  return { drain: (timeoutMs) => queue.drain(timeoutMs), close: () => queue.drain(0) }
}
