import { type Command, Option } from 'commander'
import { SHAPE_NAMES } from '../../src/shape.ts'
import { createCommand, createGroup, parseCount, parseId } from './createCommand.ts'
import { ACCOUNT_FLAGS } from './settingGroups.ts'
import type { SignOptions } from './signTraceFile.ts'
import type { CancelOptions, ListOptions, StatusOptions, SubmitOptions } from './traceRequests.ts'

export function traceCommand(): Command {
  const sign = createCommand('sign', {
    description:
      "Answer a paid request: commit to features and label with fresh salts, sign with the operator's key (EIP-712), write what `poa trace submit` takes. The file is private: it holds features and salts. Contacts nobody.",
    examples: [
      'poa trace sign --query build/devnet/queries/1.json --model-file .poa/models/1.json --model 1 --request 1 --keystore keys/operator.json',
      'poa trace sign --features 12,-7,0,88,127 --label 2 --shape tiny --model 1 --request 9 --out trace-9.json',
    ],
    settings: ['chainId', 'escrow', ...ACCOUNT_FLAGS],
  })
    .option('--query <file>', 'JSON: {"features": [...]}, and if you like "label", "modelId", "requestId", "text"')
    .option('--features <list>', 'features instead, separated by commas')
    .option('--label <n>', "the head's answer (default: computed with --model-file)", parseLabel)
    .option('--model-file <file>', 'head and shape, as `poa model register` wrote them')
    .addOption(new Option('--shape <name>', 'circuit, without --model-file').choices(SHAPE_NAMES).default('small'))
    .option('--model <id>', 'model id', parseId)
    .option('--request <id>', 'id of the paid request', parseId)
    .addOption(
      new Option('--nonce <n>', 'a higher one replaces an earlier trace of the request')
        .argParser(parseId)
        .default(0n, '0'),
    )
    .option('--valid-minutes <n>', 'how long a node may accept it', parseCount, 60)
    .option('--out <file>', 'where it goes (default: trace-<request>.json)')
    .action(async (options: SignOptions) => (await import('./signTraceFile.ts')).signTraceFile(options))
  const submit = createCommand('submit <files...>', {
    description:
      'Hand signed traces to the node. Once it has accepted one, the trace is on its disk. Submitting a file again changes nothing.',
    examples: ['poa trace submit trace-1.json', 'poa trace submit trace-*.json --node-url https://prover.example'],
    settings: ['nodeUrl'],
  }).action(async (files: string[], options: SubmitOptions) =>
    (await import('./traceRequests.ts')).submitFiles(files, options),
  )
  const status = createCommand('status <trace>', {
    description: 'Show how a trace stands, given its id or its file; with --wait, follow it until it is settled.',
    examples: ['poa trace status trace-1.json --wait', 'poa trace status 0x6a1c... --json'],
    settings: ['nodeUrl'],
  })
    .option('--wait', 'wait until it is settled, or cannot be any more')
    .option('--timeout <seconds>', 'wait at most so long', parseCount, 900)
    .action(async (trace: string, options: StatusOptions) =>
      (await import('./traceRequests.ts')).showStatus(trace, options),
    )
  const list = createCommand('list', {
    description: 'List the traces that the node has, the newest first.',
    examples: ['poa trace list', 'poa trace list --summary settled --limit 20'],
    settings: ['nodeUrl'],
  })
    .option('--model <id>', 'of this model only', parseId)
    .option('--summary <word>', 'only those that stand like this: accepted, sealed, proving, settled ...')
    .option('--limit <n>', 'at most so many', parseCount, 50)
    .action(async (options: ListOptions) => (await import('./traceRequests.ts')).listTraces(options))
  const cancel = createCommand('cancel <trace>', {
    description: "Take a trace back that is not on its way to being sealed. Signed by the operator's key.",
    examples: ['poa trace cancel trace-1.json --keystore keys/operator.json'],
    settings: ['nodeUrl', 'chainId', 'escrow', ...ACCOUNT_FLAGS],
  }).action(async (trace: string, options: CancelOptions) =>
    (await import('./traceRequests.ts')).cancelOne(trace, options),
  )
  return createGroup(
    'trace',
    { description: 'Sign traces, hand them in, follow them.', examples: ['poa trace status trace-1.json --wait'] },
    [sign, submit, status, list, cancel],
  )
}

const parseLabel = (text: string) => Number(parseId(text))
