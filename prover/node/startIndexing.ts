import { indexChain } from '../indexing/indexChain.ts'
import type { RoleContext, RunningRole } from './Role.ts'
import { startLoop } from './startLoop.ts'

/** The role that mirrors the chain. */
export async function startIndexing({ settings, db, chain, logger, onStep }: RoleContext): Promise<RunningRole> {
  const loop = startLoop({ name: 'index', pauseMs: settings.pollMs, logger }, async () => {
    const round = await indexChain({ db, chain, startBlock: settings.startBlock, onStep, logger })
    return round !== undefined
  })
  return { drain: () => loop.stop(), close: () => loop.stop() }
}
