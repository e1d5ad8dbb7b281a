import { fileURLToPath } from 'node:url'
import type { Address } from 'viem'
import { z } from 'zod'

/** One value that a user may set, by flag, by environment or in the file. */
export type Setting<Value> = {
  /** Reads what stands in the file; `readText` makes the same of the text of a flag or a variable. */
  readonly schema: z.ZodType<Value>
  readonly readText: (text: string) => unknown
  /** One line for people, with the unit. */
  readonly meaning: string
  /** What the flag is called, when that is not the setting's name. */
  readonly flag?: string
  /** Never shown; also readable from a file, by `POA_..._FILE`, and as a flag from a file only: process lists show flags. */
  readonly isSecret?: true
  /** A path: in the file it is relative to the file's folder, elsewhere to the working directory. */
  readonly isPath?: true
  /** What may be shown of it. */
  readonly show?: (value: Value) => string
}

/** In the file's form; a setting without one is undefined until somebody gives it. */
type WithDefault = { readonly default: unknown }

type Kind<Value> = Pick<Setting<Value>, 'schema' | 'readText'>

const asIs = (text: string) => text
const text: Kind<string> = { schema: z.string('a text').min(1, 'a text that is not empty'), readText: asIs }
/** A path and what it is for. */
const path = { ...text, isPath: true } as const

const integer = (low: number, high: number): Kind<number> => {
  const bound = `an integer in ${low} .. ${high}`
  return {
    schema: z.int(bound).min(low, bound).max(high, bound),
    readText: (text) => (/^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : text),
  }
}
const SECONDS = integer(1, 7 * 86_400)
const PORT = integer(0, 65_535)

/** Wei and block numbers: decimal strings, since JSON numbers lose digits. */
const decimal = (bound: bigint, description: string): Kind<bigint> => ({
  schema: z
    .string(description)
    .regex(/^(0|[1-9]\d{0,77})$/, description)
    .transform(BigInt)
    .refine((value) => value < bound, description),
  readText: asIs,
})
const WEI = decimal(1n << 128n, 'wei in 0 .. 2^128-1, as a decimal string')

const addressKind: Kind<Address> = {
  schema: z
    .string('an address')
    // viem takes longer to load than a command line may take to answer --help.
    .transform(async (value, issues) => {
      const { getAddress, isAddress } = await import('viem/utils')
      if (isAddress(value)) return getAddress(value)
      issues.addIssue('an address (0x, 40 hex digits, a valid checksum if in mixed case)')
      return z.NEVER
    }),
  readText: asIs,
}

const urls: Kind<readonly string[]> = {
  schema: z
    .array(z.url({ protocol: /^https?$/, error: 'an http or https URL' }), 'a list of URLs')
    .min(1, 'at least one URL')
    .max(10, 'at most ten URLs'),
  readText: (text) => text.split(',').map((url) => url.trim()),
}

/** Scheme, host and port, as browsers send them. */
const origins: Kind<readonly string[]> = {
  schema: z
    .array(
      z
        .string('an origin')
        .refine(
          (text) => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text,
          'an origin, such as https://explorer.example: no path, no slash at the end',
        ),
      'a list of origins',
    )
    .min(1, 'at least one origin')
    .max(20, 'at most twenty origins'),
  readText: (text) => text.split(',').map((origin) => origin.trim()),
}

/** Keys in paths and user names are what providers hand out as access keys. */
const hostsOf = (urls: readonly string[]) => urls.map((url) => new URL(url).host).join(', ')

const setting = <Value>(setting: Setting<Value> & WithDefault): Setting<Value> & WithDefault => setting
const optional = <Value>(setting: Setting<Value>): Setting<Value> => setting
const REPOSITORY_BUILD = fileURLToPath(new URL('../../build', import.meta.url))

/** Every setting of the node and of the command line, by its name in the file. Nothing else reads an environment. */
export const SETTINGS = {
  rpcUrls: optional({
    ...urls,
    flag: 'rpc-url',
    meaning: 'JSON-RPC endpoints of the chain, tried in this order',
    show: hostsOf,
  }),
  chainId: optional({ ...integer(1, Number.MAX_SAFE_INTEGER), meaning: 'id of the chain; another one is refused' }),
  escrow: optional({ ...addressKind, meaning: 'InferenceEscrow that you trust; it names the other contracts' }),
  startBlock: setting({
    ...decimal(1n << 64n, 'a block number, as a decimal string'),
    default: '0',
    meaning: 'block of the deployment; the index begins there',
  }),
  confirmations: setting({ ...integer(1, 1000), default: 2, meaning: 'blocks until a transaction counts as final' }),
  dataDir: setting({ ...path, default: '.poa', meaning: 'database, trace files, datanets' }),
  databaseUrl: optional({
    ...text,
    schema: z.url({ protocol: /^postgres(ql)?$/, error: 'a postgres:// URL' }),
    isSecret: true,
    meaning: 'PostgreSQL to share with other nodes (default: embedded, in dataDir)',
  }),
  artifacts: setting({
    ...path,
    default: REPOSITORY_BUILD,
    meaning: 'circuits and keys: one folder a shape, or the folder of one',
  }),
  keystore: optional({ ...path, meaning: 'encrypted key (keystore V3) of the account that sends transactions' }),
  keystorePassword: optional({ ...text, isSecret: true, flag: 'password-file', meaning: 'password of the keystore' }),
  privateKey: optional({
    schema: z
      .string('a private key')
      .regex(/^0x[0-9a-fA-F]{64}$/, 'a private key: 0x and 64 hex digits')
      .transform((key) => key as `0x${string}`),
    readText: asIs,
    isSecret: true,
    meaning: 'private key instead of a keystore',
  }),
  proverAddress: optional({ ...addressKind, meaning: "who gets the prover's share (default: the account)" }),
  prover: setting({
    ...text,
    schema: z.enum(['auto', 'native', 'snarkjs'], 'one of auto, native, snarkjs'),
    default: 'auto',
    meaning: 'what makes the proofs; auto: native where it is built, else snarkjs',
  }),
  proverThreads: optional({
    ...integer(1, 256),
    meaning: 'threads of the native prover (default: one a core)',
  }),
  nodeUrl: setting({
    ...text,
    schema: z.url({ protocol: /^https?$/, error: 'an http or https URL' }),
    default: 'http://127.0.0.1:8787',
    meaning: 'node that client commands talk to',
    show: (url: string) => new URL(url).origin,
  }),
  host: setting({ ...text, default: '127.0.0.1', meaning: 'address that the HTTP API listens on' }),
  port: setting({ ...PORT, default: 8787, meaning: 'port of the HTTP API; 0 takes a free one' }),
  metricsHost: setting({ ...text, default: '127.0.0.1', meaning: 'address that /metrics listens on' }),
  metricsPort: setting({ ...PORT, default: 9464, meaning: 'port of /metrics; 0 takes a free one' }),
  disclosures: optional({
    ...path,
    meaning: 'folder of batches that are disclosed: files of `poa batch disclose`',
  }),
  corsOrigins: optional({
    ...origins,
    meaning: 'web pages elsewhere that may read the API: https://explorer.example',
  }),
  maxPendingTraces: setting({
    ...integer(1, 10_000_000),
    default: 10_000,
    meaning: 'accepted traces that may wait to be settled; beyond it 429',
  }),
  minFeeWei: setting({
    ...WEI,
    default: '0',
    meaning: 'least fee of a request that this node spends gas on',
  }),
  tracesPerMinutePerOperator: setting({
    ...integer(1, 10_000_000),
    default: 6000,
    meaning: 'traces that one operator may submit a minute',
  }),
  requestsPerMinutePerAddress: setting({
    ...integer(1, 10_000_000),
    default: 6000,
    meaning: 'HTTP requests and traces that one IP may send a minute',
  }),
  batchMaxAgeSeconds: setting({ ...SECONDS, default: 60, meaning: 'seconds after which a batch is sealed unfilled' }),
  proofTimeoutSeconds: setting({ ...SECONDS, default: 900, meaning: 'seconds that one proof may take' }),
  proofRetryLimit: setting({ ...integer(0, 100), default: 3, meaning: 'times that a failed proof is tried again' }),
  heartbeatSeconds: setting({
    ...integer(10, 3600),
    default: 10,
    meaning: 'seconds of silence after which a worker counts as lost',
  }),
  niceness: setting({
    ...integer(0, 19),
    default: 10,
    meaning: 'how far proofs stand back for other work (0 .. 19)',
  }),
  maxFeePerGasWei: setting({ ...WEI, default: '100000000000', meaning: 'most wei that a unit of gas may cost' }),
  bumpAfterSeconds: setting({ ...SECONDS, default: 30, meaning: 'seconds until a waiting transaction offers more' }),
  minBalanceWei: setting({
    ...WEI,
    default: '100000000000000000',
    meaning: 'wei that the account needs to be ready',
  }),
  drainSeconds: setting({
    ...integer(0, 86_400),
    default: 60,
    meaning: 'seconds that a running proof gets to end after SIGTERM',
  }),
  pollMs: setting({
    ...integer(10, 60_000),
    default: 1000,
    meaning: 'milliseconds between looks at chain and database',
  }),
  logLevel: setting({
    ...text,
    schema: z.enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'one of fatal, error, warn, info, debug, trace, silent',
    ),
    default: 'info',
    meaning: 'how much the log says',
  }),
}

export type SettingName = keyof typeof SETTINGS
type ValueOf<Entry> = Entry extends Setting<infer Value> ? Value : never
/** What the node and the commands run by. `requireSettings` tells that optional ones are there. */
export type Settings = {
  readonly [Name in SettingName]:
    | ValueOf<(typeof SETTINGS)[Name]>
    | ((typeof SETTINGS)[Name] extends WithDefault ? never : undefined)
}

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[]
export const settingNamed = (name: SettingName) => SETTINGS[name] as Setting<unknown> & Partial<WithDefault>

/** `dataDir` -> `POA_DATA_DIR` */
export function variableOf(name: SettingName): string {
  return `POA_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

/** `dataDir` -> `data-dir`; a secret's flag names a file that holds it. */
export function flagOf(name: SettingName): string {
  const { flag, isSecret } = settingNamed(name)
  const kebab = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return flag ?? (isSecret ? `${kebab}-file` : kebab)
}
