import type { LocalAccount } from 'viem'
import { PoaError } from '../../src/errors.ts'
import type { Settings } from '../config/settings.ts'
import { openWallet } from '../keystore/openWallet.ts'
import { askPassword, canAsk } from './askPassword.ts'

/**
 * The account that the settings name. On a terminal the keystore's password is asked for when nobody has set it.
 * @throws PoaError WALLET_MISSING, KEYSTORE_PASSWORD_MISSING, and as openWallet does
 */
export async function openAccount(settings: Settings): Promise<LocalAccount> {
  const { keystore, keystorePassword: password, privateKey } = await withPassword(settings)
  if (privateKey !== undefined) return openWallet({ privateKey })
  if (keystore === undefined) {
    throw new PoaError('WALLET_MISSING', 'there is no key to sign with', {
      hint: 'Make one with `poa keys new`, then set `keystore` or give --keystore.',
    })
  }
  if (password === undefined) {
    throw new PoaError('KEYSTORE_PASSWORD_MISSING', `nobody has given the password of ${keystore}`, {
      hint: 'Give --password-file, or set POA_KEYSTORE_PASSWORD_FILE.',
    })
  }
  return openWallet({ keystoreFile: keystore, password })
}

/** Asks on a terminal for a keystore's password that is not set. */
export async function withPassword(settings: Settings): Promise<Settings> {
  const { keystore, keystorePassword, privateKey } = settings
  if (privateKey !== undefined || keystore === undefined || keystorePassword !== undefined || !canAsk()) return settings
  return { ...settings, keystorePassword: await askPassword(`Password of ${keystore}: `) }
}
