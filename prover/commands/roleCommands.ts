import type { Command } from 'commander'
import { requireSettings } from '../config/loadSettings.ts'
import { readSettings } from '../config/readSettings.ts'
import type { SettingName } from '../config/settings.ts'
import { createCommand } from './createCommand.ts'
import { ACCOUNT_FLAGS, CHAIN_FLAGS } from './settingGroups.ts'

type Options = { readonly config?: string; readonly json?: boolean }
/** As prover/node/Role.ts has them. */
type RoleName = 'serve' | 'index' | 'submit' | 'worker'

const SHARED: readonly SettingName[] = [...CHAIN_FLAGS, 'databaseUrl', 'dataDir', 'logLevel', 'pollMs']
const SERVING: readonly SettingName[] = [
  'host',
  'port',
  'metricsHost',
  'metricsPort',
  'maxPendingTraces',
  'minFeeWei',
  'disclosures',
  'corsOrigins',
]
const PROVING: readonly SettingName[] = [
  'artifacts',
  'prover',
  'proverThreads',
  'proverAddress',
  'proofTimeoutSeconds',
  'niceness',
  'drainSeconds',
]
const SUBMITTING: readonly SettingName[] = [
  'batchMaxAgeSeconds',
  'confirmations',
  'maxFeePerGasWei',
  'bumpAfterSeconds',
]

export const nodeCommand = () =>
  roleCommand(
    'node',
    ['index', 'submit', 'worker', 'serve'],
    'Run every role in one process, on an embedded database unless DATABASE_URL names a PostgreSQL. Ctrl-C or SIGTERM lets a running proof end first; a second one does not.',
    ['poa node --config build/devnet/poa.json', 'poa node --port 9000 --log-level debug'],
    [...SHARED, 'startBlock', ...ACCOUNT_FLAGS, ...SERVING, ...PROVING, ...SUBMITTING],
  )

export const serveCommand = () =>
  roleCommand(
    'serve',
    ['serve'],
    'Run the HTTP API: takes traces, answers questions. Needs the database that the other roles use.',
    ['poa serve --database-url-file secrets/database-url --port 8787'],
    [...SHARED, ...ACCOUNT_FLAGS, ...SERVING, 'artifacts'],
  )

export const workerCommand = () =>
  roleCommand(
    'worker',
    ['worker'],
    'Run a prover: takes proof jobs from the database and proves them, one after the other. Needs no key, only the address that is to be paid.',
    ['poa worker --prover-address 0x5FbDB2315678afecb367f032d93F642f64180aa3'],
    [...SHARED, ...ACCOUNT_FLAGS, ...PROVING],
  )

export const submitCommand = () =>
  roleCommand(
    'submit',
    ['submit'],
    'Run what seals batches, orders proofs and settles. Of several with the same key one works and the others stand by.',
    ['poa submit --keystore keys/prover.json --password-file keys/password.txt'],
    [...SHARED, ...ACCOUNT_FLAGS, ...SUBMITTING, 'artifacts'],
  )

export const indexCommand = () =>
  roleCommand(
    'index',
    ['index'],
    "Run the mirror: copies the chain's events into the database, and takes back what a reorganisation takes back.",
    ['poa index --start-block 120000'],
    [...SHARED, 'startBlock'],
  )

function roleCommand(
  name: string,
  roles: readonly RoleName[],
  description: string,
  examples: readonly [string, ...string[]],
  settings: readonly SettingName[],
): Command {
  return createCommand(name, { description, examples, settings }).action(async (options: Options) => {
    const { withPassword } = await import('./openAccount.ts')
    const settings = await withPassword(requireSettings(await readSettings(options), ...CHAIN_FLAGS))
    const { createLogger } = await import('../node/createLogger.ts')
    const { runNode } = await import('../node/runNode.ts')
    const { report } = await import('./report.ts')
    await runNode(settings, roles, createLogger(settings.logLevel), ({ url, metricsUrl }) =>
      report(options, { roles, url, metricsUrl }, () => [
        url === undefined
          ? `up: ${roles.join(', ')}`
          : `up: ${roles.join(', ')} at ${url} (documentation: ${url}/docs)`,
      ]),
    )
  })
}
