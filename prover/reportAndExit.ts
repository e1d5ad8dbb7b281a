import { type Command, CommanderError } from 'commander'
import { PoaError } from '../src/errors.ts'

/**
 * Runs a command line. On failure says what is wrong and what mends it, on stderr (and as one JSON object on stdout with --json), and exits
 * with 1.
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
    process.exitCode = 1
  }
}

function throwInsteadOfExiting(command: Command): void {
  command.exitOverride()
  for (const subcommand of command.commands) throwInsteadOfExiting(subcommand)
}

function describe(error: Error): { code: string; message: string; hint: string | undefined } {
  if (error instanceof PoaError) return error
  if (error instanceof CommanderError) return { code: 'USAGE', message: error.message, hint: 'See --help.' }
  return { code: 'UNEXPECTED', message: error.message, hint: undefined }
}
