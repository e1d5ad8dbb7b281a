import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, writeFile } from 'node:fs/promises'
import { Keystore } from 'ox'
import type { Address } from 'viem'
import { generatePrivateKey } from 'viem/accounts'
import { PoaError } from '../../src/errors.ts'
import { deriveKey } from './deriveKey.ts'
import { openWallet } from './openWallet.ts'

/** What geth uses: 256 MiB of memory and about a second for each guess at a password. */
const SCRYPT = { n: 262_144, r: 8, p: 1, dklen: 32 }
const SHORTEST_PASSWORD = 8

/**
 * Writes a new keystore (Web3 Secret Storage, version 3), readable by its owner alone. Never overwrites: a lost key is lost for good.
 * @param privateKey 32 bytes in hexadecimal; a fresh random one when left out
 * @throws PoaError PASSWORD_TOO_SHORT, KEYSTORE_EXISTS, KEYSTORE_NOT_WRITTEN; InvalidInputError
 */
export async function createKeystore({
  keystoreFile,
  password,
  privateKey = generatePrivateKey(),
}: {
  keystoreFile: string
  password: string
  privateKey?: string
}): Promise<{ address: Address }> {
  if (password.length < SHORTEST_PASSWORD)
    throw new PoaError('PASSWORD_TOO_SHORT', `a password has at least ${SHORTEST_PASSWORD} characters`)
  const { address } = await openWallet({ privateKey })
  const kdfparams = { ...SCRYPT, salt: randomBytes(32).toString('hex') }
  const key = await deriveKey({ kdf: 'scrypt', kdfparams }, password)
  const keystore = Keystore.encrypt(privateKey as `0x${string}`, key, {
    id: randomUUID(),
    kdf: 'scrypt',
    kdfparams,
    iv: randomBytes(16),
  })
  const text = `${JSON.stringify({ address: address.slice(2).toLowerCase(), ...keystore }, null, 2)}\n`
  try {
    await writeFile(keystoreFile, text, { flag: 'wx', mode: 0o600 })
    await chmod(keystoreFile, 0o600) // whatever the umask
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST')
      throw new PoaError('KEYSTORE_EXISTS', `${keystoreFile} exists`, { cause, hint: 'Choose another name.' })
    throw new PoaError('KEYSTORE_NOT_WRITTEN', `${keystoreFile} cannot be written`, { cause })
  }
  return { address }
}
