import { hostname } from 'node:os'
import { getAddress } from 'viem'
import { PoaError } from '../../src/errors.ts'
import { proveJob } from '../worker/proveJob.ts'
import type { RoleContext, RunningRole } from './Role.ts'

/**
 * While one proof is made, the next batch is read and its witness computed, and the one before is verified and stored: the prover never waits. It makes
 * one proof at a time all the same.
 */
const CONCURRENT_JOBS = 3

/**
 * The role that proves.
 * @param proverAddress who gets the prover's share
 */
export async function startWorking(
  { db, chain, queue, circuits, logger, onStep }: RoleContext,
  proverAddress: string | undefined,
): Promise<RunningRole> {
  if (proverAddress === undefined) {
    throw new PoaError('PROVER_MISSING', 'nobody is named to receive the share of the prover', {
      hint: 'Set `proverAddress` (POA_PROVER_ADDRESS), or give the node a keystore.',
    })
  }
  const workerName = `${hostname()}:${process.pid}`
  await queue.work(
    proveJob({
      db,
      chain,
      circuits,
      prover: getAddress(proverAddress),
      workerName,
      onStep,
      logger: logger.child({ role: 'worker' }),
    }),
    { concurrency: CONCURRENT_JOBS },
  )
  return { drain: (timeoutMs) => queue.drain(timeoutMs), close: () => queue.drain(0) }
}
