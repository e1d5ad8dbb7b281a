import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKeystore } from '../../../prover/keystore/createKeystore.ts'
import { openWallet } from '../../../prover/keystore/openWallet.ts'

const PASSWORD = 'correct horse battery'
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-keystore-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const file = (name: string) => join(directory, name)
const failureOf = (action: Promise<unknown>) =>
  action.then(
    () => undefined,
    (reason) => reason as Error & { code: string },
  )
/** The test vectors of the format's specification: one key, two ways to derive. Note that r and p differ from one. */
const SPECIFIED_KEY = '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d'
const SPECIFIED = {
  pbkdf2: {
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
      ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
      kdf: 'pbkdf2',
      kdfparams: {
        c: 262144,
        dklen: 32,
        prf: 'hmac-sha256',
        salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
      },
      mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
    },
    id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
    version: 3,
  },
  scrypt: {
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: '83dbcc02d8ccb40e466191a123791e0e' },
      ciphertext: 'd172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c',
      kdf: 'scrypt',
      kdfparams: {
        dklen: 32,
        n: 262144,
        r: 1,
        p: 8,
        salt: 'ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19',
      },
      mac: '2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097',
    },
    id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
    version: 3,
  },
}

describe('openWallet', () => {
  test('default: a private key gives its account', async () => {
    const account = await openWallet({ privateKey: SPECIFIED_KEY })
    expect(account.address).toBe(privateKeyToAccount(SPECIFIED_KEY).address)
  })

  test.each(['pbkdf2', 'scrypt'] as const)('behavior: opens the specification’s keystore (%s)', async (kdf) => {
    await writeFile(file(kdf), JSON.stringify(SPECIFIED[kdf]))
    const account = await openWallet({ keystoreFile: file(kdf), password: 'testpassword' })
    expect(account.address).toBe(privateKeyToAccount(SPECIFIED_KEY).address)
    // A wrong password and a damaged file look the same: one checksum covers both.
    await expect(openWallet({ keystoreFile: file(kdf), password: 'testpasswore' })).rejects.toMatchObject({
      code: 'WRONG_PASSWORD',
    })
  })

  test('error: what is no private key, without quoting it', async () => {
    const order = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'
    for (const privateKey of [
      '0x',
      SPECIFIED_KEY.slice(2),
      `${SPECIFIED_KEY}00`,
      `0x${'0'.repeat(64)}`,
      `0x${order}`,
    ]) {
      const failure = await failureOf(openWallet({ privateKey }))
      expect(failure).toMatchObject({ code: 'INVALID_INPUT', field: 'privateKey' })
      if (privateKey.length > 2) expect(inspect(failure, { depth: 5 })).not.toContain(privateKey.slice(2))
    }
  })

  test('error: a file that is missing or no keystore', async () => {
    const open = (name: string) => openWallet({ keystoreFile: file(name), password: PASSWORD })
    await expect(open('missing')).rejects.toMatchObject({ code: 'KEYSTORE_NOT_READ' })
    const { crypto } = SPECIFIED.scrypt
    const hungry = { ...crypto, kdfparams: { ...crypto.kdfparams, n: 2 ** 30 } }
    const documents: readonly unknown[] = [
      { ...SPECIFIED.scrypt, version: 1 },
      { ...SPECIFIED.scrypt, crypto: hungry },
      { ...SPECIFIED.scrypt, crypto: { ...crypto, kdf: 'argon2' } },
      { ...SPECIFIED.scrypt, crypto: { ...crypto, mac: 'zz' } },
      [],
    ]
    for (const [i, document] of documents.entries()) {
      await writeFile(file(`malformed-${i}`), JSON.stringify(document))
      await expect(open(`malformed-${i}`)).rejects.toMatchObject({ code: 'KEYSTORE_MALFORMED' })
    }
    await writeFile(file('torn'), '{"version": 3')
    await expect(open('torn')).rejects.toMatchObject({ code: 'KEYSTORE_MALFORMED' })
  })

  test('error: a keystore that names the address of another key', async () => {
    const swapped = { ...SPECIFIED.scrypt, address: '00'.repeat(20) }
    await writeFile(file('swapped'), JSON.stringify(swapped))
    await expect(openWallet({ keystoreFile: file('swapped'), password: 'testpassword' })).rejects.toMatchObject({
      code: 'KEYSTORE_MALFORMED',
    })
  })
})

describe('createKeystore', () => {
  test('default: a fresh key, encrypted, for its owner alone', async () => {
    const keystoreFile = file('fresh')
    const { address } = await createKeystore({ keystoreFile, password: PASSWORD })
    const written = await readFile(keystoreFile, 'utf8')
    expect(JSON.parse(written)).toMatchObject({
      version: 3,
      address: address.slice(2).toLowerCase(),
      crypto: { kdfparams: { n: 262144, r: 8, p: 1 } },
    })
    expect((await stat(keystoreFile)).mode & 0o777).toBe(0o600)
    expect((await openWallet({ keystoreFile, password: PASSWORD })).address).toBe(address)
  })

  test('behavior: takes a key that exists, and does not write it in the clear', async () => {
    const keystoreFile = file('imported')
    const { address } = await createKeystore({ keystoreFile, password: PASSWORD, privateKey: SPECIFIED_KEY })
    expect(address).toBe(privateKeyToAccount(SPECIFIED_KEY).address)
    expect(await readFile(keystoreFile, 'utf8')).not.toContain(SPECIFIED_KEY.slice(2, 20))
  })

  test('error: never overwrites a file, never takes a short password', async () => {
    const keystoreFile = file('kept')
    await writeFile(keystoreFile, 'what was there')
    await expect(createKeystore({ keystoreFile, password: PASSWORD })).rejects.toMatchObject({
      code: 'KEYSTORE_EXISTS',
    })
    expect(await readFile(keystoreFile, 'utf8')).toBe('what was there')
    await expect(createKeystore({ keystoreFile: file('short'), password: 'seven77' })).rejects.toMatchObject({
      code: 'PASSWORD_TOO_SHORT',
    })
    await expect(createKeystore({ keystoreFile: file('no/folder'), password: PASSWORD })).rejects.toMatchObject({
      code: 'KEYSTORE_NOT_WRITTEN',
    })
  })
})
