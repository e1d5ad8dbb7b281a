import { Command } from 'commander'
import { EXIT_CODES } from '../reportAndExit.ts'

type Entry = { readonly summary: string; readonly load: () => Promise<Command> }

/** Every command in the order of a life with them. Each is loaded when it is called: `poa --help` must not wait for any. */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  init: {
    summary: 'write a settings file',
    load: async () => (await import('./initCommand.ts')).initCommand(),
  },
  doctor: {
    summary: 'check everything that a node needs',
    load: async () => (await import('./doctorCommand.ts')).doctorCommand(),
  },
  config: {
    summary: 'show the settings, and who set them',
    load: async () => (await import('./configCommand.ts')).configCommand(),
  },
  keys: {
    summary: 'make and look at encrypted keys',
    load: async () => (await import('./keysCommand.ts')).keysCommand(),
  },
  circuits: {
    summary: 'build circuits with keys, check them',
    load: async () => (await import('./circuitsCommand.ts')).circuitsCommand(),
  },
  db: {
    summary: 'migrate, export, import and back up the database',
    load: async () => (await import('./dbCommand.ts')).dbCommand(),
  },
  node: {
    summary: 'run every role in this process',
    load: async () => (await import('./roleCommands.ts')).nodeCommand(),
  },
  serve: {
    summary: 'run the HTTP API alone',
    load: async () => (await import('./roleCommands.ts')).serveCommand(),
  },
  worker: {
    summary: 'run a prover alone',
    load: async () => (await import('./roleCommands.ts')).workerCommand(),
  },
  submit: {
    summary: 'run what seals and settles alone',
    load: async () => (await import('./roleCommands.ts')).submitCommand(),
  },
  index: {
    summary: 'run the mirror of the chain alone',
    load: async () => (await import('./roleCommands.ts')).indexCommand(),
  },
  datanet: {
    summary: 'collect training data by contributor',
    load: async () => (await import('./datanetCommand.ts')).datanetCommand(),
  },
  model: {
    summary: 'train and register models',
    load: async () => (await import('./modelCommand.ts')).modelCommand(),
  },
  operator: {
    summary: 'say who may seal for an operator',
    load: async () => (await import('./operatorCommand.ts')).operatorCommand(),
  },
  inference: {
    summary: 'pay for inferences',
    load: async () => (await import('./inferenceCommand.ts')).inferenceCommand(),
  },
  trace: {
    summary: 'sign traces, hand them in, follow them',
    load: async () => (await import('./traceCommand.ts')).traceCommand(),
  },
  batch: {
    summary: 'look at batches, have one proved again',
    load: async () => (await import('./batchCommand.ts')).batchCommand(),
  },
  proof: {
    summary: 'make, fetch and check proofs',
    load: async () => (await import('./proofCommand.ts')).proofCommand(),
  },
  epoch: {
    summary: 'look at epochs, close one',
    load: async () => (await import('./epochCommand.ts')).epochCommand(),
  },
  earnings: {
    summary: 'look at earnings, withdraw them',
    load: async () => (await import('./earningsCommand.ts')).earningsCommand(),
  },
  audit: {
    summary: 'check all of a chain, or a bundle of its evidence',
    load: async () => (await import('./auditCommand.ts')).auditCommand(),
  },
  explain: {
    summary: 'say why an amount was paid',
    load: async () => (await import('./explainCommand.ts')).explainCommand(),
  },
  benchmark: {
    summary: 'measure what this machine can do',
    load: async () => (await import('./benchmarkCommand.ts')).benchmarkCommand(),
  },
}

/**
 * The command line `poa`.
 * @param names commands to load; of the others there is only the line that `--help` shows
 */
export async function createProgram(names: readonly string[]): Promise<Command> {
  const program = new Command('poa').description(
    'Proof of attribution: run a prover node, and talk to one. `poa <command> --help` shows examples.',
  )
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    program.addCommand((names.includes(name) ? await load() : new Command(name)).summary(summary))
  }
  const exitCodes = Object.values(EXIT_CODES).map(({ code, meaning }) => `  ${code}  ${meaning}`)
  return program.addHelpText('after', `\nExit codes:\n${exitCodes.join('\n')}\n\nExample:\n  npx poa trace --help`)
}
