import type { Command } from 'commander'
import { InvalidInputError } from '../../src/errors.ts'
import { readSettings } from '../config/readSettings.ts'
import { createCommand, createGroup, parseId } from './createCommand.ts'
import type { MakeProofOptions } from './makeProof.ts'
import type { VerifyBundleOptions } from './verifyBundle.ts'

type GetOptions = {
  readonly batch?: bigint
  readonly trace?: string
  readonly out: string
  readonly config?: string
  readonly json?: boolean
}

export function proofCommand(): Command {
  const make = createCommand('make', {
    description:
      'Prove a batch of traces on this machine: writes proof.json and public.json, which hold nothing private.',
    examples: ['poa proof make --trace-batch build/demo/trace-batch.json --out build/demo/again'],
    settings: ['artifacts', 'prover', 'proverThreads'],
  })
    .requiredOption('--trace-batch <file>', 'the batch: model, index, traces with salts, context (private)')
    .option('--out <directory>', 'where the two files go', '.')
    .action(async (options: MakeProofOptions) => (await import('./makeProof.ts')).makeProof(options))
  const get = createCommand('get', {
    description:
      'Fetch the proof of a batch from the node, by the batch or by one of its traces, and write proof.json and public.json. The node is not believed: check them with `poa proof verify`.',
    examples: ['poa proof get --batch 1 --out build/proof', 'poa proof get --trace trace-1.json --out build/proof'],
    settings: ['nodeUrl'],
  })
    .option('--batch <id>', 'batch id', parseId)
    .option('--trace <trace>', 'trace id, or the file of a signed trace')
    .option('--out <directory>', 'where the two files go', '.')
    .action(getProof)
  const verify = createCommand('verify', {
    description:
      'Check a proof bundle: that the proof shows what public.json says. Challenge, evaluation and context are derived here, as the contract does. With --onchain also that the escrow sealed just this batch and its verifier accepts the proof.',
    examples: [
      'poa proof verify --proof build/demo/proof.json --public build/demo/public.json',
      'poa proof verify --proof proof.json --public public.json --onchain --config build/devnet/poa.json',
    ],
    settings: ['artifacts', 'rpcUrls', 'escrow'],
  })
    .requiredOption('--proof <file>', 'proof.json')
    .requiredOption('--public <file>', 'public.json')
    .option('--key <file>', 'verification key (default: that of the artifacts, checked against their manifest)')
    .option('--onchain', 'ask the escrow of the settings as well')
    .action(async (options: VerifyBundleOptions) => (await import('./verifyBundle.ts')).verifyBundle(options))
  return createGroup(
    'proof',
    {
      description: 'Make, fetch and check proofs.',
      examples: ['poa proof verify --proof build/demo/proof.json --public build/demo/public.json'],
    },
    [make, get, verify],
  )
}

async function getProof(options: GetOptions): Promise<void> {
  const { nodeUrl } = await readSettings(options)
  const { batch, trace, out } = options
  if ((batch === undefined) === (trace === undefined))
    throw new InvalidInputError('--batch or --trace', 'given, one of them', undefined)
  const { getProof } = await import('../../src/client/getProof.ts')
  const { readTraceId } = await import('./readTraceId.ts')
  const { writeProofBundle } = await import('./writeProofBundle.ts')
  const { report } = await import('./report.ts')
  const proven = await getProof(
    nodeUrl,
    batch === undefined ? { traceId: await readTraceId(trace!) } : { batchId: batch },
  )
  const files = await writeProofBundle(out, proven)
  report(options, { ...files, batchId: proven.claim.context.batchId, context: proven.context }, () => [
    `wrote ${files.proof} and ${files.public}`,
    `check them: npx poa proof verify --proof ${files.proof} --public ${files.public} --onchain`,
  ])
}
