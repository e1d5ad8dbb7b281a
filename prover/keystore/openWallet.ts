import { readFile } from 'node:fs/promises'
import { Keystore } from 'ox'
import type { LocalAccount } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { z } from 'zod'
import { InvalidInputError, PoaError, WITHHELD } from '../../src/errors.ts'
import { deriveKey } from './deriveKey.ts'

/** Where a private key comes from. */
export type WalletSource =
  | { readonly keystoreFile: string; readonly password: string }
  /** 32 bytes: 0x and 64 hexadecimal digits. */
  | { readonly privateKey: string }

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-fA-F]{${digits}}$`))
const salt = z.string().regex(/^([0-9a-fA-F]{2}){8,64}$/)

/** Web3 Secret Storage, version 3. The bounds keep a keystore from asking for more than 1 GiB or for hours. */
const keystore = z.object({
  version: z.literal(3),
  id: z.string(),
  address: z
    .string()
    .regex(/^(0x)?[0-9a-fA-F]{40}$/)
    .optional(),
  crypto: z.intersection(
    z.object({
      cipher: z.literal('aes-128-ctr'),
      ciphertext: hex(64),
      cipherparams: z.object({ iv: hex(32) }),
      mac: hex(64),
    }),
    z.discriminatedUnion('kdf', [
      z.object({
        kdf: z.literal('scrypt'),
        kdfparams: z
          .object({
            n: z
              .int()
              .min(2)
              .max(1 << 20),
            r: z.int().min(1).max(16),
            p: z.int().min(1).max(16),
            dklen: z.literal(32),
            salt,
          })
          .refine(({ n, r }) => (n & (n - 1)) === 0 && 128 * n * r <= 1 << 30),
      }),
      z.object({
        kdf: z.literal('pbkdf2'),
        kdfparams: z.object({
          c: z.int().min(1).max(10_000_000),
          dklen: z.literal(32),
          prf: z.literal('hmac-sha256'),
          salt,
        }),
      }),
    ]),
  ),
})

/**
 * The account that signs the node's transactions. Errors name the file, never the key or the password.
 * @throws PoaError KEYSTORE_NOT_READ, KEYSTORE_MALFORMED, WRONG_PASSWORD; InvalidInputError for a private key that is none
 */
export async function openWallet(source: WalletSource): Promise<LocalAccount> {
  return accountOf('privateKey' in source ? source.privateKey : await decrypt(source))
}

async function decrypt({ keystoreFile, password }: Extract<WalletSource, { keystoreFile: string }>): Promise<string> {
  const text = await readFile(keystoreFile, 'utf8').catch((cause) => {
    throw new PoaError('KEYSTORE_NOT_READ', `${keystoreFile} cannot be read`, {
      cause,
      hint: 'Run `poa keys new` to make one.',
    })
  })
  const parsed = keystore.safeParse(parseJson(text))
  if (!parsed.success) throw new PoaError('KEYSTORE_MALFORMED', `${keystoreFile} is not a keystore of version 3`)
  const { crypto, address } = parsed.data
  const key = await deriveKey(crypto, password)
  let privateKey: string
  try {
    privateKey = Keystore.decrypt(parsed.data as Keystore.Keystore, key)
  } catch {
    // Its checksum covers both; one cannot be told from the other.
    throw new PoaError('WRONG_PASSWORD', `the password does not open ${keystoreFile}, or the file is damaged`)
  }
  if (
    address !== undefined &&
    accountOf(privateKey).address.slice(2).toLowerCase() !== address.slice(-40).toLowerCase()
  )
    throw new PoaError('KEYSTORE_MALFORMED', `${keystoreFile} holds another key than that of the address it names`)
  return privateKey
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function accountOf(privateKey: string): LocalAccount {
  const bound = 'a private key: 0x and 64 hexadecimal digits, within the order of the curve'
  if (!/^0x[0-9a-fA-F]{64}$/.test(privateKey)) throw new InvalidInputError('privateKey', bound, WITHHELD)
  try {
    return privateKeyToAccount(privateKey as `0x${string}`)
  } catch {
    throw new InvalidInputError('privateKey', bound, WITHHELD) // without the cause, which may quote the key
  }
}
