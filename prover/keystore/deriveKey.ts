import { pbkdf2Async } from '@noble/hashes/pbkdf2'
import { scryptAsync } from '@noble/hashes/scrypt'
import { sha256 } from '@noble/hashes/sha2'
import { hexToBytes, toHex } from 'viem'

/** How a keystore turns a password into its key. */
export type KeyDerivation =
  | { readonly kdf: 'scrypt'; readonly kdfparams: { n: number; r: number; p: number; dklen: number; salt: string } }
  | { readonly kdf: 'pbkdf2'; readonly kdfparams: { c: number; dklen: number; prf: 'hmac-sha256'; salt: string } }

/**
 * The key of a keystore. Not by ox, whose asynchronous form takes no notice of r and p, and whose other form blocks the process for seconds; not by Node,
 * whose OpenSSL refuses r = 1, which keystores in the wild have.
 */
export async function deriveKey({ kdf, kdfparams }: KeyDerivation, password: string): Promise<`0x${string}`> {
  const salt = hexToBytes(`0x${kdfparams.salt}`)
  if (kdf === 'pbkdf2')
    return toHex(await pbkdf2Async(sha256, password, salt, { c: kdfparams.c, dkLen: kdfparams.dklen }))
  const { n: N, r, p, dklen: dkLen } = kdfparams
  return toHex(await scryptAsync(password, salt, { N, r, p, dkLen }))
}
