import { once } from 'node:events'
import type { Logger } from 'pino'
import type { Settings } from '../config/loadSettings.ts'
import type { Role } from './Role.ts'
import { type RunningNode, startNode } from './startNode.ts'

/**
 * Runs the given roles until SIGTERM or SIGINT; a second signal ends the wait for what is under way.
 * @param onUp told once, when the node is up
 * @throws as startNode does
 */
export async function runNode(
  settings: Settings,
  roles: readonly Role[],
  logger: Logger,
  onUp: (node: RunningNode) => void = () => undefined,
): Promise<void> {
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  process.on('SIGTERM', stop).on('SIGINT', stop)
  try {
    const node = await startNode({ settings, roles, logger, signal: stopping.signal })
    onUp(node)
    if (!stopping.signal.aborted) await once(stopping.signal, 'abort')
    logger.info('finishing what is under way; another signal ends that too')
    const stopped = node.stop()
    const hurry = () => void node.stop()
    process.once('SIGTERM', hurry).once('SIGINT', hurry)
    await stopped
    process.off('SIGTERM', hurry).off('SIGINT', hurry)
    logger.info('down')
  } finally {
    process.off('SIGTERM', stop).off('SIGINT', stop)
  }
}
