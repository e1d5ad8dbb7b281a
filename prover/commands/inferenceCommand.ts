import { readFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError } from 'commander'
import type { Hex } from 'viem'
import { InvalidInputError, PoaError } from '../../src/errors.ts'
import { readSettings } from '../config/readSettings.ts'
import { createCommand, createGroup, parseId } from './createCommand.ts'
import { ACCOUNT_FLAGS, CHAIN_FLAGS } from './settingGroups.ts'

type Options = {
  readonly model: bigint
  readonly fee: string
  readonly query?: string
  readonly queryFile?: string
  readonly config?: string
  readonly json?: boolean
}

export function inferenceCommand(): Command {
  const pay = createCommand('pay', {
    description:
      "Pay the fee of one inference. The chain keeps the hash of the query, never the query; hand the query and the request id that this prints to the model's operator. Signed by the payer's key.",
    examples: [
      'poa inference pay --model 1 --fee 1 --query "crushing chest pain since six"',
      'poa inference pay --model 1 --fee 0.5 --query-file build/devnet/queries/1.json --keystore keys/payer.json',
    ],
    settings: [...CHAIN_FLAGS, ...ACCOUNT_FLAGS],
  })
    .requiredOption('--model <id>', 'model id', parseId)
    .requiredOption('--fee <OPEN>', 'fee in OPEN, up to 18 decimals', parseOpen)
    .option('--query <text>', 'what is asked')
    .option('--query-file <file>', 'what is asked, as a file; its bytes are hashed')
    .action(payForInference)
  const refund = createCommand('refund', {
    description:
      'Credit the payer with the fee of a request that was not sealed, or not settled, in time. By anyone; the payer withdraws it with `poa earnings withdraw`.',
    examples: ['poa inference refund 7 --keystore keys/payer.json'],
    settings: [...CHAIN_FLAGS, ...ACCOUNT_FLAGS],
  })
    .argument('<request>', 'request id', parseId)
    .action(refundInference)
  return createGroup(
    'inference',
    { description: 'Pay for inferences.', examples: ['poa inference pay --model 1 --fee 1 --query "..."'] },
    [pay, refund],
  )
}

function parseOpen(text: string): string {
  if (!/^(0|[1-9]\d*)(\.\d{1,18})?$/.test(text) || Number(text) === 0) {
    throw new InvalidArgumentError('An amount above 0 in OPEN, such as 1 or 0.25.')
  }
  return text
}

async function payForInference(options: Options): Promise<void> {
  const settings = await readSettings(options)
  const { parseEther } = await import('viem')
  const { payInference } = await import('../../src/chain/payInference.ts')
  const { openWalletClient } = await import('./openChain.ts')
  const { formatOpen, report } = await import('./report.ts')
  const requestHash = await hashQuery(options)
  const { wallet, account, deployment } = await openWalletClient(settings)
  const feeWei = parseEther(options.fee)
  const paid = await payInference(wallet, deployment, { modelId: options.model, requestHash, feeWei })
  const { requestId, epochId, poolWei } = paid
  report(
    options,
    { requestId, epochId, modelId: options.model, payer: account.address, feeWei, poolWei, requestHash },
    () => [
      `request ${requestId}: paid ${formatOpen(feeWei)} OPEN in epoch ${epochId}, ${formatOpen(poolWei)} OPEN of it for contributors`,
      `query hash ${requestHash}`,
    ],
  )
}

async function refundInference(requestId: bigint, options: Pick<Options, 'config' | 'json'>): Promise<void> {
  const settings = await readSettings(options)
  const { refundRequest } = await import('../../src/chain/refundRequest.ts')
  const { openWalletClient } = await import('./openChain.ts')
  const { report } = await import('./report.ts')
  const { wallet, deployment } = await openWalletClient(settings)
  await refundRequest(wallet, deployment, { requestId })
  report(options, { requestId }, () => [`request ${requestId} is refunded: its payer can withdraw the fee`])
}

async function hashQuery({ query, queryFile }: Options): Promise<Hex> {
  const { keccak256, toBytes } = await import('viem')
  if ((query === undefined) === (queryFile === undefined)) {
    throw new InvalidInputError('--query or --query-file', 'given, one of them', undefined)
  }
  if (query !== undefined) return keccak256(toBytes(query))
  const bytes = await readFile(queryFile!).catch((cause) => {
    throw new PoaError('FILE_UNREADABLE', `cannot read ${queryFile}: ${(cause as Error).message}`, { cause })
  })
  return keccak256(bytes)
}
