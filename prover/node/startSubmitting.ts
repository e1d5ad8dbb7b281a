import type { LocalAccount } from 'viem'
import { acquireSubmitter } from '../submission/acquireSubmitter.ts'
import { planProofs } from '../submission/planProofs.ts'
import { planSeals } from '../submission/planSeals.ts'
import { planSettlements } from '../submission/planSettlements.ts'
import { runTransactions } from '../submission/runTransactions.ts'
import type { RoleContext, RunningRole } from './Role.ts'
import { startLoop } from './startLoop.ts'

/**
 * The role that seals, orders proofs and settles. Of all processes that hold one account only one is at work; the others stand by, and one of them
 * takes over when its lock on the database is gone.
 */
export async function startSubmitting(
  { settings, db, chain, queue, logger, onStep }: RoleContext,
  account: LocalAccount,
): Promise<RunningRole> {
  let submitter: Awaited<ReturnType<typeof acquireSubmitter>>
  const shared = { db, chain, onStep, logger }
  const loop = startLoop({ name: 'submit', pauseMs: settings.pollMs, logger }, async () => {
    if (submitter?.isHeld() !== true) submitter = await acquireSubmitter(db, account.address)
    if (submitter === undefined) return false // another process holds it
    await planSeals({ ...shared, account: account.address, maxAgeSeconds: settings.batchMaxAgeSeconds })
    await planProofs({ ...shared, queue })
    await planSettlements({ ...shared, account: account.address })
    await runTransactions({
      ...shared,
      submitter,
      wallet: account,
      confirmations: settings.confirmations,
      bumpAfterMs: settings.bumpAfterSeconds * 1000,
      maxFeePerGasWei: settings.maxFeePerGasWei,
    })
    return false
  })
  const end = async () => {
    await loop.stop()
    await submitter?.release()
    submitter = undefined
  }
  return { drain: end, close: end }
}
