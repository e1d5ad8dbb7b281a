import type { Command } from 'commander'
import { readSettings } from '../config/readSettings.ts'
import { createCommand, createGroup, parseId } from './createCommand.ts'
import { ACCOUNT_FLAGS, CHAIN_FLAGS } from './settingGroups.ts'

type Options = { readonly config?: string; readonly json?: boolean }

export function epochCommand(): Command {
  const status = createCommand('status', {
    description:
      'Show an epoch as the node knows it: its requests, what is booked, how it was netted once it is closed.',
    examples: ['poa epoch status 1 1'],
    settings: ['nodeUrl'],
  })
    .argument('<model>', 'model id', parseId)
    .argument('<epoch>', 'epoch id', parseId)
    .action(showEpoch)
  const close = createCommand('close', {
    description:
      'Close an epoch that is over and in which every request is settled or refunded: nets every contributor and credits what is positive. By anyone; the sender pays the gas.',
    examples: ['poa epoch close 1 1 --keystore keys/prover.json'],
    settings: [...CHAIN_FLAGS, ...ACCOUNT_FLAGS],
  })
    .argument('<model>', 'model id', parseId)
    .argument('<epoch>', 'epoch id', parseId)
    .action(closeEpoch)
  return createGroup('epoch', { description: 'Look at epochs, close one.', examples: ['poa epoch status 1 1'] }, [
    status,
    close,
  ])
}

async function showEpoch(modelId: bigint, epochId: bigint, options: Options): Promise<void> {
  const { nodeUrl } = await readSettings(options)
  const { epochView } = await import('../../src/api/views.ts')
  const { requestNode } = await import('../../src/client/requestNode.ts')
  const { formatTable } = await import('./formatTable.ts')
  const { formatOpen, formatTime, report } = await import('./report.ts')
  const epoch = await requestNode(nodeUrl, { path: `/v1/epochs/${modelId}/${epochId}`, answer: epochView })
  const { requests, closure, contributors } = epoch
  report(options, { epoch }, () => [
    `epoch ${epochId} of model ${modelId}: ${closure === null ? `open for payments until ${formatTime(epoch.endsAt)} UTC` : 'closed'}`,
    `requests: ${requests.paid} paid, ${requests.sealed} sealed, ${requests.settled} settled, ${requests.refunded} refunded; pools settled: ${formatOpen(epoch.poolsWei)} OPEN`,
    ...(closure === null
      ? formatTable(
          ['slot', 'contributor', 'booked, OPEN'],
          contributors.map(({ slot, contributor, bookedWei }) => [String(slot), contributor, formatOpen(bookedWei)]),
        )
      : [
          `paid ${formatOpen(closure.paidWei)} OPEN, to the treasury ${formatOpen(closure.treasuryWei)} OPEN`,
          ...formatTable(
            ['slot', 'contributor', 'opening', 'booked', 'paid', 'carried'],
            closure.contributors.map(({ slot, contributor, openingWei, bookedWei, paidWei, carriedWei }) => [
              String(slot),
              contributor,
              ...[openingWei, bookedWei, paidWei, carriedWei].map(formatOpen),
            ]),
          ),
        ]),
  ])
}

async function closeEpoch(modelId: bigint, epochId: bigint, options: Options): Promise<void> {
  const settings = await readSettings(options)
  const { closeEpoch } = await import('../../src/chain/closeEpoch.ts')
  const { openWalletClient } = await import('./openChain.ts')
  const { formatTable } = await import('./formatTable.ts')
  const { formatOpen, report } = await import('./report.ts')
  const { wallet, deployment } = await openWalletClient(settings)
  const { poolsWei, paidWei, treasuryWei, contributors } = await closeEpoch(wallet, deployment, { modelId, epochId })
  report(options, { modelId, epochId, poolsWei, paidWei, treasuryWei, contributors }, () => [
    `epoch ${epochId} of model ${modelId} is closed: of ${formatOpen(poolsWei)} OPEN contributors got ${formatOpen(paidWei)}, the treasury ${formatOpen(treasuryWei)}`,
    ...formatTable(
      ['slot', 'contributor', 'booked', 'paid', 'carried'],
      contributors.map(({ account, bookedWei, paidWei, carriedWei }, slot) => [
        String(slot),
        account,
        ...[bookedWei, paidWei, carriedWei].map(formatOpen),
      ]),
    ),
  ])
}
