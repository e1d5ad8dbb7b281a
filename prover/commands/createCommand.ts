import { Command, InvalidArgumentError, Option } from 'commander'
import { flagOf, type SettingName, settingNamed, variableOf } from '../config/settings.ts'

export type CommandDescription = {
  readonly description: string
  /** At least one command line that works, without `npx`. */
  readonly examples: readonly [string, ...string[]]
  /** Settings that the command uses; each becomes a flag. */
  readonly settings?: readonly SettingName[]
  /** False for the one command that reads no settings file. */
  readonly hasFile?: boolean
}

/** A command of `poa` with what every one has: --json, --config, flags for its settings, examples. */
export function createCommand(
  usage: string,
  { description, examples, settings = [], hasFile = settings.length > 0 }: CommandDescription,
): Command {
  const command = new Command(usage.split(' ')[0]).description(description)
  const [, ...placeholders] = usage.split(' ')
  for (const placeholder of placeholders) command.argument(placeholder)
  command.option('--json', 'print one JSON object')
  if (hasFile) command.option('--config <file>', 'settings file (POA_CONFIG; default: poa.json, if there is one)')
  for (const name of settings) {
    const { meaning, isSecret } = settingNamed(name)
    const variable = isSecret ? `${variableOf(name)}[_FILE]` : variableOf(name)
    command.addOption(new Option(`--${flagOf(name)} <${placeholderOf(name)}>`, `${meaning} (${variable})`))
  }
  return addExamples(command, examples)
}

/** A command that only holds others: `poa trace`. */
export function createGroup(
  name: string,
  { description, examples }: Pick<CommandDescription, 'description' | 'examples'>,
  commands: readonly Command[],
): Command {
  const group = new Command(name).description(description)
  for (const command of commands) group.addCommand(command)
  return addExamples(group, examples)
}

function addExamples(command: Command, examples: readonly string[]): Command {
  const title = examples.length === 1 ? 'Example' : 'Examples'
  // Long flags leave less than commander's 40 columns for what they mean on a terminal of 80.
  command.configureHelp({ minWidthToWrap: 30 })
  return command.addHelpText('after', `\n${title}:\n${examples.map((example) => `  npx ${example}`).join('\n')}`)
}

function placeholderOf(name: SettingName): string {
  const { isPath, isSecret } = settingNamed(name)
  if (isSecret) return 'file'
  if (isPath) return 'path'
  if (/url/i.test(name)) return 'url'
  return ['escrow', 'proverAddress'].includes(name) ? 'address' : 'value'
}

/** For commander: an id, a decimal integer in 0 .. 2^256-1. */
export function parseId(text: string): bigint {
  if (!/^(0|[1-9]\d{0,77})$/.test(text) || BigInt(text) >= 1n << 256n)
    throw new InvalidArgumentError('An id is a decimal integer.')
  return BigInt(text)
}

/** For commander: a positive integer that a number holds. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('A positive integer is needed.')
  return Number(text)
}
