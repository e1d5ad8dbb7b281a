import {
  type Address,
  type Client,
  encodeFunctionData,
  type Hex,
  isAddressEqual,
  parseAbi,
  recoverAddress,
  size,
} from 'viem'
import { call, getCode } from 'viem/actions'
import { describeChainFailure } from './describeChainFailure.ts'
import { RefusalError } from './RefusalError.ts'

/** Half the order of secp256k1: of the two values of s that verify, only the lower is accepted, so a signature cannot be altered. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

const eip1271Abi = parseAbi(['function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)'])
/** `isValidSignature` says yes by its own selector, as a full word. */
const EIP1271_YES = `0x1626ba7e${'00'.repeat(28)}`
/** A wallet of several owners needs about 100,000; the bound keeps a hostile one from working the RPC node. */
const EIP1271_GAS = 400_000n
/** How long an account is taken to be with or without code. */
const CODE_LIFE_MS = 60_000
const LARGEST_CACHE = 1000

export type SignatureToCheck = {
  readonly digest: Hex
  readonly signature: Hex
  /** Who must have signed: a key's address, or a contract that answers for itself by EIP-1271. */
  readonly operator: Address
}

/** Checks signatures of operators; remembers for a minute which of them are contracts. */
export type SignatureChecker = (check: SignatureToCheck) => Promise<void>

/**
 * The check that an operator signed a digest. A key's signature has 65 bytes (r, s, v) with s in the lower half and v 27 or 28. The chain is asked
 * only when that does not hold: an operator with code is called, with a gas cap.
 *
 * The check throws RefusalError SIGNATURE_MALFORMED, SIGNER_NOT_OPERATOR; RetryLaterError RPC_UNREACHABLE.
 */
export function openSignatureChecker(client: Client): SignatureChecker {
  const codes = new Map<Address, { hasCode: boolean; until: number }>()

  const hasCode = async (account: Address): Promise<boolean> => {
    const known = codes.get(account)
    if (known && known.until > Date.now()) return known.hasCode
    const code = await getCode(client, { address: account })
    const found = code !== undefined && code !== '0x'
    if (codes.size >= LARGEST_CACHE) codes.delete(codes.keys().next().value!)
    codes.set(account, { hasCode: found, until: Date.now() + CODE_LIFE_MS })
    return found
  }

  return async function requireOperatorSignature({ digest, signature, operator }) {
    const fault = findKeySignatureFault(signature)
    if (fault === undefined) {
      // No point may belong to r: then nobody signed.
      const signer = await recoverAddress({ hash: digest, signature }).catch(() => undefined)
      if (signer !== undefined && isAddressEqual(signer, operator)) return
    }
    try {
      if (await hasCode(operator)) {
        if (await confirmsSignature(client, { digest, signature, operator })) return
        throw new RefusalError(
          'SIGNER_NOT_OPERATOR',
          `the contract ${operator}, the model's operator, does not confirm it`,
        )
      }
    } catch (cause) {
      throw describeChainFailure(cause) ?? cause
    }
    if (fault !== undefined) throw new RefusalError('SIGNATURE_MALFORMED', `the signature ${fault}`)
    throw new RefusalError('SIGNER_NOT_OPERATOR', `the signature is not that of ${operator}, the model's operator`, {
      hint: "Sign with the operator's key (--keystore), for this chain and this escrow.",
    })
  }
}

function findKeySignatureFault(signature: Hex): string | undefined {
  if (size(signature) !== 65) return `has ${size(signature)} bytes, not 65`
  const r = BigInt(`0x${signature.slice(2, 66)}`)
  const s = BigInt(`0x${signature.slice(66, 130)}`)
  const v = Number.parseInt(signature.slice(130), 16)
  if (v !== 27 && v !== 28) return `ends in v = ${v}, not 27 or 28`
  if (r === 0n || r >= ORDER || s === 0n) return 'has an r or s that no signature has'
  if (s > HALF_ORDER) return 'has s in the upper half: of its two forms only the lower is accepted'
  return undefined
}

async function confirmsSignature(client: Client, { digest, signature, operator }: SignatureToCheck): Promise<boolean> {
  try {
    const data = encodeFunctionData({ abi: eip1271Abi, functionName: 'isValidSignature', args: [digest, signature] })
    const answer = await call(client, { to: operator, data, gas: EIP1271_GAS })
    return answer.data === EIP1271_YES
  } catch (cause) {
    const silence = describeChainFailure(cause)
    if (silence !== undefined) throw silence
    return false // reverted, or out of the gas it may use
  }
}
