import type { Command } from 'commander'
import { InvalidInputError } from '../../src/errors.ts'
import { readSettings } from '../config/readSettings.ts'
import { createCommand, createGroup } from './createCommand.ts'
import { ACCOUNT_FLAGS, CHAIN_FLAGS } from './settingGroups.ts'

type Options = { readonly config?: string; readonly json?: boolean }

export function earningsCommand(): Command {
  const show = createCommand('show <address>', {
    description:
      'Show what an account has earned: what it can withdraw, closed epochs, and what open epochs have booked so far.',
    examples: ['poa earnings show 0x5FbDB2315678afecb367f032d93F642f64180aa3'],
    settings: ['nodeUrl'],
  }).action(showEarnings)
  const withdraw = createCommand('withdraw <address>', {
    description:
      'Send an account all that it has been credited. By anyone: the money goes to the account itself, the sender pays the gas.',
    examples: ['poa earnings withdraw 0x5FbDB2315678afecb367f032d93F642f64180aa3 --keystore keys/prover.json'],
    settings: [...CHAIN_FLAGS, ...ACCOUNT_FLAGS],
  }).action(withdrawEarnings)
  return createGroup(
    'earnings',
    {
      description: 'Look at earnings, withdraw them.',
      examples: ['poa earnings show 0x5FbDB2315678afecb367f032d93F642f64180aa3'],
    },
    [show, withdraw],
  )
}

async function requireAddress(text: string) {
  const { getAddress, isAddress } = await import('viem')
  if (!isAddress(text)) throw new InvalidInputError('<address>', 'an address', text)
  return getAddress(text)
}

async function showEarnings(text: string, options: Options): Promise<void> {
  const account = await requireAddress(text)
  const { nodeUrl } = await readSettings(options)
  const { earningsView } = await import('../../src/api/views.ts')
  const { requestNode } = await import('../../src/client/requestNode.ts')
  const { formatTable } = await import('./formatTable.ts')
  const { formatOpen, report } = await import('./report.ts')
  const earnings = await requestNode(nodeUrl, { path: `/v1/contributors/${account}/earnings`, answer: earningsView })
  const { claimableWei, withdrawnWei, netted, booked } = earnings
  const rows = [
    ...netted.map(({ modelId, epochId, slot, openingWei, bookedWei, paidWei, carriedWei }) => [
      modelId,
      epochId,
      String(slot),
      ...[openingWei, bookedWei, paidWei, carriedWei].map(formatOpen),
      'netted',
    ]),
    ...booked.map(({ modelId, epochId, slot, bookedWei }) => [
      modelId,
      epochId,
      String(slot),
      '-',
      formatOpen(bookedWei),
      '-',
      '-',
      'open',
    ]),
  ]
  const header = ['model', 'epoch', 'slot', 'opening', 'booked', 'paid', 'carried', '']
  report(options, { earnings }, () => [
    `${account}: ${formatOpen(claimableWei)} OPEN to withdraw, ${formatOpen(withdrawnWei)} OPEN withdrawn`,
    ...(rows.length === 0 ? [] : formatTable(header, rows)),
  ])
}

async function withdrawEarnings(text: string, options: Options): Promise<void> {
  const account = await requireAddress(text)
  const settings = await readSettings(options)
  const { withdraw } = await import('../../src/chain/withdraw.ts')
  const { openWalletClient } = await import('./openChain.ts')
  const { formatOpen, report } = await import('./report.ts')
  const { wallet, deployment } = await openWalletClient(settings)
  const { amountWei } = await withdraw(wallet, deployment, { account })
  report(options, { account, amountWei }, () => [`sent ${formatOpen(amountWei)} OPEN to ${account}`])
}
