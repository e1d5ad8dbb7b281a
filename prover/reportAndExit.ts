import type { Command } from 'commander'
import { PoaError } from '../src/errors.ts'

/** Runs a command line; on failure says what is wrong and what mends it, on stderr (and as JSON on stdout with --json), and exits with 1. */
export async function reportAndExit(program: Command, args: readonly string[] = process.argv): Promise<void> {
  try {
    await program.parseAsync(args)
  } catch (error) {
    const { code, hint } = error instanceof PoaError ? error : { code: 'UNEXPECTED', hint: undefined }
    const { message } = error as Error
    if (args.includes('--json')) console.log(JSON.stringify({ ok: false, code, message, hint }))
    console.error(`${code}: ${message}${hint === undefined ? '' : `\n${hint}`}`)
    if (code === 'UNEXPECTED') console.error((error as Error).stack)
    process.exitCode = 1
  }
}
