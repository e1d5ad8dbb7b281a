import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { PoaError, WITHHELD } from '../../src/errors.ts'
import { readJsonFile } from '../readJsonFile.ts'
import { nearestName } from './nearestName.ts'
import { flagOf, SETTING_NAMES, type SettingName, type Settings, settingNamed, variableOf } from './settings.ts'

export type { Settings } from './settings.ts'

/** The file that is read when nobody names another, if it is there. */
export const DEFAULT_SETTINGS_FILE = 'poa.json'
/** Names the file; the flag is --config. */
const FILE_VARIABLE = 'POA_CONFIG'
/** Variables of the test suite, which are no settings. */
const TEST_PREFIX = 'POA_TEST_'

/** As typed, by the setting's name; of a secret the path of the file that holds it. */
export type TypedFlags = { readonly [Name in SettingName]?: string }

export type SettingSources = {
  readonly flags?: TypedFlags
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Must exist. Without one: POA_CONFIG, then poa.json if there is one. False: no file counts. */
  readonly file?: string | false | undefined
  /** Where relative paths begin. */
  readonly directory?: string
}

/** A setting and who set it. */
export type ResolvedSetting = {
  readonly name: SettingName
  readonly value: unknown
  /** `--port`, `POA_PORT`, a file's path or `default`. */
  readonly source: string
}

/**
 * Reads the settings: a flag counts more than the environment, that more than the file, that more than the default.
 * @throws PoaError SETTING_UNKNOWN, SETTING_INVALID, SETTING_TWICE, SETTING_FILE_UNREADABLE, SETTING_FILE_NOT_JSON; a secret's value is in no message
 */
export async function loadSettings(sources: SettingSources): Promise<Settings> {
  const resolved = await resolveSettings(sources)
  return Object.fromEntries(resolved.map(({ name, value }) => [name, value])) as Settings
}

/** As `loadSettings`, with the source of each. */
export async function resolveSettings(sources: SettingSources): Promise<ResolvedSetting[]> {
  const { flags = {}, env = {}, directory = process.cwd() } = sources
  requireKnownVariables(env)
  const file =
    sources.file === false ? undefined : await readSettingsFile(sources.file ?? env[FILE_VARIABLE], directory)
  const resolved: ResolvedSetting[] = []
  for (const name of SETTING_NAMES) {
    const given = fromFlag(name, flags) ?? fromEnvironment(name, env) ?? fromFile(name, file)
    resolved.push(await readSetting(name, given, directory))
  }
  return resolved
}

/**
 * Tells that settings are there.
 * @throws PoaError SETTING_MISSING for the first that is not
 */
export function requireSettings<Name extends SettingName>(
  settings: Settings,
  ...names: readonly Name[]
): Settings & { readonly [Given in Name]: NonNullable<Settings[Given]> } {
  for (const name of names) {
    if (settings[name] === undefined) {
      throw new PoaError('SETTING_MISSING', `${name} is not set: ${settingNamed(name).meaning}`, {
        hint: `Give --${flagOf(name)}, ${variableOf(name)} or ${name} in ${DEFAULT_SETTINGS_FILE} (see \`poa init --help\`).`,
      })
    }
  }
  return settings as Settings & { readonly [Given in Name]: NonNullable<Settings[Given]> }
}

/** What somebody gave, and where. */
type Given = {
  readonly source: string
  readonly value: unknown
  /** The value is the path of a file that holds the secret. */
  readonly isInFile: boolean
  /** Where relative paths of this source begin, if not in the working directory. */
  readonly base?: string
}

type SettingsFile = { readonly path: string; readonly content: Readonly<Record<string, unknown>> }

function fromFlag(name: SettingName, flags: TypedFlags): Given | undefined {
  const text = flags[name]
  if (text === undefined) return undefined
  const { isSecret = false, readText } = settingNamed(name)
  return { source: `--${flagOf(name)}`, value: isSecret ? text : readText(text), isInFile: isSecret }
}

function fromEnvironment(name: SettingName, env: NonNullable<SettingSources['env']>): Given | undefined {
  const { isSecret, readText } = settingNamed(name)
  const variable = variableOf(name)
  const fileVariable = `${variable}_FILE`
  if (isSecret && env[fileVariable] !== undefined) {
    if (env[variable] !== undefined) throw givenTwice(variable, fileVariable)
    return { source: fileVariable, value: env[fileVariable], isInFile: true }
  }
  const candidates = name === 'databaseUrl' ? [variable, 'DATABASE_URL'] : [variable]
  const source = candidates.find((candidate) => env[candidate] !== undefined)
  return source === undefined ? undefined : { source, value: readText(env[source]!), isInFile: false }
}

function fromFile(name: SettingName, file: SettingsFile | undefined): Given | undefined {
  if (file === undefined) return undefined
  const { path, content } = file
  const key = `${name}File`
  const base = dirname(path)
  if (settingNamed(name).isSecret && content[key] !== undefined) {
    if (content[name] !== undefined) throw givenTwice(name, key)
    return { source: path, value: content[key], isInFile: true, base }
  }
  return content[name] === undefined ? undefined : { source: path, value: content[name], isInFile: false, base }
}

async function readSetting(name: SettingName, given: Given | undefined, directory: string): Promise<ResolvedSetting> {
  const { schema, isSecret, isPath, show, default: fallback } = settingNamed(name)
  if (given === undefined && fallback === undefined) return { name, value: undefined, source: 'default' }
  const { source, isInFile = false, base = directory } = given ?? { source: 'default' }
  const raw = given === undefined ? fallback : isInFile ? await readSecret(given, base) : given.value
  const result = await schema.safeParseAsync(raw)
  if (!result.success) {
    const shown = isSecret || show !== undefined ? WITHHELD : JSON.stringify(raw)
    const where = given?.base === undefined ? source : `${name} in ${source}`
    throw new PoaError('SETTING_INVALID', `${where} must be ${result.error.issues[0]!.message}, got ${shown}`)
  }
  return { name, value: isPath ? resolve(base, result.data as string) : result.data, source }
}

async function readSecret({ source, value }: Given, base: string): Promise<string> {
  if (typeof value !== 'string' || value === '') {
    throw new PoaError('SETTING_INVALID', `${source}: a secret's file must be named by its path`)
  }
  const path = resolve(base, value)
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new PoaError('SETTING_FILE_UNREADABLE', `${source}: cannot read ${path}: ${(cause as Error).message}`, {
      cause,
    })
  })
  return text.replace(/\r?\n$/, '') // editors end files with a line feed
}

async function readSettingsFile(named: string | undefined, directory: string): Promise<SettingsFile | undefined> {
  const path = resolve(directory, named ?? DEFAULT_SETTINGS_FILE)
  if (named === undefined && !existsSync(path)) return undefined
  const content = await readJsonFile(path).catch((cause) => {
    // Wrong settings, as every SETTING_: nothing was done.
    throw cause instanceof PoaError ? new PoaError(`SETTING_${cause.code}`, cause.message, { cause }) : cause
  })
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new PoaError('SETTING_INVALID', `${path} must hold one JSON object`)
  }
  const known = SETTING_NAMES.flatMap((name) => (settingNamed(name).isSecret ? [name, `${name}File`] : [name]))
  for (const key of Object.keys(content)) {
    if (!known.includes(key)) throw unknownName(`${key} in ${basename(path)}`, key, known)
  }
  return { path, content: content as Record<string, unknown> }
}

function requireKnownVariables(env: NonNullable<SettingSources['env']>): void {
  const known = SETTING_NAMES.flatMap((name) => {
    const variable = variableOf(name)
    return settingNamed(name).isSecret ? [variable, `${variable}_FILE`] : [variable]
  })
  known.push(FILE_VARIABLE)
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith('POA_') || variable.startsWith(TEST_PREFIX) || known.includes(variable)) continue
    throw unknownName(`the environment variable ${variable}`, variable, known)
  }
}

function unknownName(what: string, typed: string, names: readonly string[]): PoaError {
  const nearest = nearestName(typed, names)
  return new PoaError('SETTING_UNKNOWN', `${what} is no setting`, {
    hint: nearest === undefined ? 'See `poa config --explain`.' : `Did you mean ${nearest}?`,
  })
}

function givenTwice(first: string, second: string): PoaError {
  return new PoaError('SETTING_TWICE', `${first} and ${second} are both set; one of them is enough`)
}
