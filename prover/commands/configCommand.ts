import { isAbsolute, relative } from 'node:path'
import type { Command } from 'commander'
import { WITHHELD } from '../../src/errors.ts'
import type { ResolvedSetting } from '../config/loadSettings.ts'
import { explainSettings } from '../config/readSettings.ts'
import { SETTING_NAMES, settingNamed, variableOf } from '../config/settings.ts'
import { createCommand } from './createCommand.ts'

type Options = { readonly explain?: boolean; readonly config?: string; readonly json?: boolean }

export function configCommand(): Command {
  return createCommand('config', {
    description:
      'Show every setting as the other commands see it. A flag counts more than a POA_... variable, that more than the file, that more than the default. Secrets are withheld.',
    examples: ['poa config --explain', 'poa config --port 9000 --json'],
    settings: SETTING_NAMES,
  })
    .option('--explain', 'add what each setting means, and its variable')
    .action(config)
}

async function config(options: Options): Promise<void> {
  const settings = await explainSettings(options)
  const { report } = await import('./report.ts')
  const { formatTable } = await import('./formatTable.ts')
  const explained = settings.map((setting) => ({
    name: setting.name,
    value: describe(setting),
    // A file's whole path would make the table wide.
    source: isAbsolute(setting.source) ? relative(process.cwd(), setting.source) : setting.source,
    variable: variableOf(setting.name),
    meaning: settingNamed(setting.name).meaning,
  }))
  report(options, { settings: explained }, () =>
    options.explain
      ? explained.flatMap(({ name, value, source, variable, meaning }) => [
          `${name} = ${value}   (${source})`,
          `    ${meaning}; ${variable}`,
        ])
      : formatTable(
          ['setting', 'value', 'from'],
          explained.map(({ name, value, source }) => [name, value, source]),
        ),
  )
}

/** As text; nothing private. */
function describe({ name, value }: ResolvedSetting): string {
  const { isSecret, show } = settingNamed(name)
  if (value === undefined) return '-'
  if (isSecret) return WITHHELD
  return show === undefined ? String(value) : show(value)
}
