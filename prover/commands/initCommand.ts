import { chmod, writeFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { PoaError } from '../../src/errors.ts'
import { DEFAULT_SETTINGS_FILE, loadSettings, requireSettings } from '../config/loadSettings.ts'
import { typedFlags } from '../config/readSettings.ts'
import { SETTING_NAMES, type SettingName, settingNamed } from '../config/settings.ts'
import { createCommand } from './createCommand.ts'

type Options = { readonly out: string; readonly force?: boolean; readonly json?: boolean }

/** Without these no command that needs the chain works. */
const NEEDED = ['rpcUrls', 'chainId', 'escrow'] as const

export function initCommand(): Command {
  return createCommand('init', {
    description:
      'Write a settings file from flags. Asks nothing, contacts nobody; every other setting keeps its default (`poa config --explain`).',
    examples: [
      'poa init --rpc-url http://127.0.0.1:8545 --chain-id 31337 --escrow 0x5FbDB2315678afecb367f032d93F642f64180aa3',
    ],
    settings: SETTING_NAMES,
    hasFile: false,
  })
    .option('--out <file>', 'where to write', DEFAULT_SETTINGS_FILE)
    .option('--force', 'overwrite the file')
    .action(init)
}

async function init(options: Options): Promise<void> {
  const flags = typedFlags(options)
  // Secrets may come later: their files are named, not read.
  const open = Object.fromEntries(Object.entries(flags).filter(([name]) => !settingNamed(name as SettingName).isSecret))
  requireSettings(await loadSettings({ flags: open, file: false }), ...NEEDED)
  const path = resolve(options.out)
  const content = Object.fromEntries(
    (Object.entries(flags) as [SettingName, string][]).map(([name, typed]) => fileEntry(name, typed, dirname(path))),
  )
  try {
    await writeFile(path, `${JSON.stringify(content, null, 2)}\n`, { flag: options.force ? 'w' : 'wx', mode: 0o600 })
    await chmod(path, 0o600) // RPC URLs may hold access keys
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new PoaError('FILE_EXISTS', `${path} exists`, { cause, hint: 'Give --force to overwrite it.' })
    }
    throw new PoaError('FILE_NOT_WRITTEN', `cannot write ${path}: ${(cause as Error).message}`, { cause })
  }
  const { report } = await import('./report.ts')
  report(options, { file: path, settings: Object.keys(content) }, () => [
    `wrote ${path}`,
    'Next: `poa doctor` checks what a node needs.',
  ])
}

/** Paths in the file begin at its folder; a secret stays in its own file. */
function fileEntry(name: SettingName, typed: string, folder: string): [key: string, value: unknown] {
  const { isPath, isSecret, readText } = settingNamed(name)
  const inFolder = () => relative(folder, resolve(typed)) || '.'
  if (isSecret) return [`${name}File`, inFolder()]
  return [name, isPath ? inFolder() : readText(typed)]
}
