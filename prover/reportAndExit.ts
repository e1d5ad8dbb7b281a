import { type Command, CommanderError } from 'commander'
import { PoaError } from '../src/errors.ts'

/** What the exit code of every command says. Stable: scripts rely on it. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'done; of a check: everything holds' },
  failed: { code: 1, meaning: 'refused or failed; of a check: something does not hold' },
  usage: { code: 2, meaning: 'wrong arguments or settings; nothing was done' },
  unreachable: { code: 3, meaning: 'node, chain or database cannot be reached; worth trying again' },
  timedOut: { code: 4, meaning: 'what was waited for has not happened yet' },
} as const

const UNREACHABLE = ['NODE_UNREACHABLE', 'NODE_TIMED_OUT', 'RPC_UNREACHABLE', 'DATABASE_UNREACHABLE']
const TIMED_OUT = ['TRACE_WAIT_TIMED_OUT']

/**
 * Runs a command line. On failure says what is wrong and what mends it, on stderr (and as one JSON object on stdout with --json), and exits
 * with one of EXIT_CODES.
 */
export async function reportAndExit(program: Command, args: readonly string[] = process.argv): Promise<void> {
  throwInsteadOfExiting(program)
  // Whoever reads our output may have read enough (`| head`).
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
  try {
    await program.parseAsync(args)
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return // --help
    const { code, message, hint } = describe(error as Error)
    if (args.includes('--json')) console.log(JSON.stringify({ ok: false, code, message, hint }))
    // What is wrong with the arguments commander has said already.
    if (code !== 'USAGE') console.error(`${code}: ${message}${hint === undefined ? '' : `\n${hint}`}`)
    if (code === 'UNEXPECTED') console.error((error as Error).stack)
    process.exitCode = exitCodeOf(code)
  }
}

/** @param code of a PoaError */
export function exitCodeOf(code: string): number {
  if (code === 'USAGE' || code.startsWith('SETTING_')) return EXIT_CODES.usage.code
  if (UNREACHABLE.includes(code)) return EXIT_CODES.unreachable.code
  if (TIMED_OUT.includes(code)) return EXIT_CODES.timedOut.code
  return EXIT_CODES.failed.code
}

function throwInsteadOfExiting(command: Command): void {
  command.exitOverride()
  for (const subcommand of command.commands) throwInsteadOfExiting(subcommand)
}

function describe(error: Error): { code: string; message: string; hint: string | undefined } {
  if (error instanceof PoaError) return error
  if (error instanceof CommanderError) return { code: 'USAGE', message: error.message, hint: 'See --help.' }
  // viem's; the rest of its message quotes the RPC's address, which may hold an access key.
  if ('shortMessage' in error) return { code: 'CHAIN_ERROR', message: String(error.shortMessage), hint: undefined }
  return { code: 'UNEXPECTED', message: error.message, hint: undefined }
}
