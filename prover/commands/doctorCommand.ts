import type { Command } from 'commander'
import { readSettings } from '../config/readSettings.ts'
import { SETTING_NAMES } from '../config/settings.ts'
import { createCommand } from './createCommand.ts'

type Options = { readonly config?: string; readonly json?: boolean }

export function doctorCommand(): Command {
  return createCommand('doctor', {
    description:
      'Check everything that a node needs, each with what mends it: Node, circuits and keys, prover, database, chain, escrow, account, funds, right to seal, disk, ports. Changes nothing. Exit code 0 when all is well.',
    examples: ['poa doctor', 'poa doctor --config build/devnet/poa.json --json'],
    settings: SETTING_NAMES,
  }).action(async (options: Options) => {
    const settings = await readSettings(options)
    const { runChecks } = await import('./runChecks.ts')
    const { report } = await import('./report.ts')
    const checks = await runChecks(settings)
    const ok = checks.every(({ ok }) => ok)
    const width = Math.max(...checks.map(({ name }) => name.length))
    report(options, { ok, checks }, () =>
      checks.flatMap(({ name, ok, detail, hint }) => [
        `${ok ? '✔' : '✘'} ${name.padEnd(width)}  ${detail}`,
        ...(hint === undefined ? [] : [`  ${''.padEnd(width)}  → ${hint}`]),
      ]),
    )
    if (!ok) process.exitCode = 1
  })
}
