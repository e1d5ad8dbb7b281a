import type { Command } from 'commander'
import { InvalidInputError } from '../../src/errors.ts'
import { readSettings } from '../config/readSettings.ts'
import { createCommand, createGroup } from './createCommand.ts'
import { ACCOUNT_FLAGS, CHAIN_FLAGS } from './settingGroups.ts'

type Options = { readonly config?: string; readonly json?: boolean; readonly revoke?: boolean }

export function operatorCommand(): Command {
  const approve = createCommand('approve-sealer <address>', {
    description:
      "Let a prover node's account seal batches in the operator's place, for every model that it operates; or no longer (--revoke). So the operator's own key stays off the node. Signed by the operator's key.",
    examples: [
      'poa operator approve-sealer 0x5FbDB2315678afecb367f032d93F642f64180aa3 --keystore keys/operator.json',
      'poa operator approve-sealer 0x5FbDB2315678afecb367f032d93F642f64180aa3 --revoke',
    ],
    settings: [...CHAIN_FLAGS, ...ACCOUNT_FLAGS],
  })
    .option('--revoke', 'take the approval back')
    .action(approveSealer)
  return createGroup(
    'operator',
    {
      description: 'What an operator says on chain.',
      examples: ['poa operator approve-sealer 0x5FbDB2315678afecb367f032d93F642f64180aa3'],
    },
    [approve],
  )
}

async function approveSealer(sealer: string, options: Options): Promise<void> {
  const { getAddress, isAddress } = await import('viem')
  if (!isAddress(sealer)) throw new InvalidInputError('<address>', 'an address', sealer)
  const settings = await readSettings(options)
  const { approveSealer } = await import('../../src/chain/approveSealer.ts')
  const { openWalletClient } = await import('./openChain.ts')
  const { report } = await import('./report.ts')
  const { wallet, account, deployment } = await openWalletClient(settings)
  const isApproved = !options.revoke
  await approveSealer(wallet, deployment, { sealer, isApproved })
  const result = { operator: account.address, sealer: getAddress(sealer), isApproved }
  report(options, result, () => [
    `${result.sealer} may ${isApproved ? '' : 'no longer '}seal for the operator ${result.operator}`,
  ])
}
