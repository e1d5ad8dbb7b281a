import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { PoaError } from '../../src/errors.ts'
import { requireSettings } from '../config/loadSettings.ts'
import { readSettings } from '../config/readSettings.ts'
import type { Settings } from '../config/settings.ts'
import { createCommand, createGroup } from './createCommand.ts'

type Options = { readonly config?: string; readonly json?: boolean }

export function keysCommand(): Command {
  const create = createCommand('new <file>', {
    description:
      'Make a random private key and write it as an encrypted keystore (version 3), readable by you alone. Never overwrites a file. Keep the key that a node uses (hot) apart from that of a model operator or owner (cold).',
    examples: ['poa keys new keys/prover.json --password-file keys/password.txt'],
    settings: ['keystorePassword', 'privateKey'],
  }).action(createKey)
  const show = createCommand('show [file]', {
    description: 'Open a keystore and print its address. The private key is never printed.',
    examples: ['poa keys show keys/prover.json'],
    settings: ['keystore', 'keystorePassword'],
  }).action(showKey)
  return createGroup(
    'keys',
    { description: 'Make and look at encrypted keys.', examples: ['poa keys new keys/prover.json'] },
    [create, show],
  )
}

async function createKey(file: string, options: Options): Promise<void> {
  const settings = await readSettings(options)
  const { createKeystore } = await import('../keystore/createKeystore.ts')
  const { report } = await import('./report.ts')
  const path = resolve(file)
  const password = settings.keystorePassword ?? (await askTwice())
  await mkdir(dirname(path), { recursive: true })
  const { privateKey } = settings
  const { address } = await createKeystore({
    keystoreFile: path,
    password,
    ...(privateKey === undefined ? {} : { privateKey }),
  })
  report(options, { address, file: path }, () => [
    `address ${address}`,
    `wrote ${path}; without its password nobody can use it, you included`,
  ])
}

async function askTwice(): Promise<string> {
  const { askPassword, canAsk } = await import('./askPassword.ts')
  if (!canAsk()) {
    throw new PoaError('KEYSTORE_PASSWORD_MISSING', 'nobody has given a password', {
      hint: 'Give --password-file, or set POA_KEYSTORE_PASSWORD_FILE.',
    })
  }
  const password = await askPassword('New password: ')
  if ((await askPassword('The same again: ')) !== password) {
    throw new PoaError('PASSWORDS_DIFFER', 'the two passwords differ')
  }
  return password
}

async function showKey(file: string | undefined, options: Options): Promise<void> {
  const given = await readSettings(options)
  const settings: Settings = file === undefined ? given : { ...given, keystore: resolve(file) }
  const { keystore } = requireSettings(settings, 'keystore')
  const { openAccount } = await import('./openAccount.ts')
  const { report } = await import('./report.ts')
  const { address } = await openAccount({ ...settings, privateKey: undefined })
  report(options, { address, file: keystore }, () => [`address ${address}`])
}
