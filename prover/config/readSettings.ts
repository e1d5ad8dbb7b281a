import { type ResolvedSetting, resolveSettings, type TypedFlags } from './loadSettings.ts'
import { flagOf, SETTING_NAMES, type Settings } from './settings.ts'

/** What commander read of a command line: flags by their name in camel case. */
export type CommandOptions = { readonly config?: string }

/**
 * The settings of a command: its flags, this process' environment, the settings file.
 * @throws PoaError as loadSettings does
 */
export async function readSettings(options: CommandOptions): Promise<Settings> {
  const resolved = await explainSettings(options)
  return Object.fromEntries(resolved.map(({ name, value }) => [name, value])) as Settings
}

/** As `readSettings`, with the source of each. */
export function explainSettings(options: CommandOptions): Promise<ResolvedSetting[]> {
  return resolveSettings({ flags: typedFlags(options), env: process.env, file: options.config })
}

/** The settings among a command's options. */
export function typedFlags(options: object): TypedFlags {
  const given = options as Readonly<Record<string, string | undefined>>
  const attributeOf = (flag: string) => flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return Object.fromEntries(
    SETTING_NAMES.flatMap((name) => {
      const typed = given[attributeOf(flagOf(name))]
      return typed === undefined ? [] : [[name, typed]]
    }),
  )
}
