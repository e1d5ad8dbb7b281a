import {
  type Address,
  createPublicClient,
  custom,
  type Hex,
  http,
  keccak256,
  parseSignature,
  RpcRequestError,
  serializeSignature,
  toBytes,
  toHex,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSignatureChecker } from '../../../prover/intake/openSignatureChecker.ts'
import { type LocalChain, startLocalChain } from '../../../scripts/startLocalChain.ts'

const operator = privateKeyToAccount(keccak256(toBytes('signature test: operator')))
const stranger = privateKeyToAccount(keccak256(toBytes('signature test: stranger')))
const digest = keccak256(toBytes('what is signed'))
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

const MAGIC = '1626ba7e'
const returnWord = (word: string) => `7f${word}60005260206000f3`
/** Runtime code of contracts that answer isValidSignature, whatever they are asked. */
const CONTRACTS: Readonly<Record<string, { code: string; isAccepted: boolean }>> = {
  'says yes': { code: returnWord(MAGIC.padEnd(64, '0')), isAccepted: true },
  'says no': { code: returnWord('f'.repeat(64)), isAccepted: false },
  'says something that begins like yes': { code: returnWord(MAGIC.padEnd(64, '1')), isAccepted: false },
  'returns yes and more': { code: `7f${MAGIC.padEnd(64, '0')}60005260406000f3`, isAccepted: false },
  'returns nothing': { code: '00', isAccepted: false },
  reverts: { code: '60006000fd', isAccepted: false },
  'runs for ever': { code: '5b600056', isAccepted: false },
  'returns 16 MiB': { code: '62ffffff6000f3', isAccepted: false },
}

let chain: LocalChain
let require: ReturnType<typeof openSignatureChecker>
let asked: string[] = []
const addressOf = (name: string): Address => `0x${keccak256(toBytes(name)).slice(26)}`
beforeAll(async () => {
  chain = await startLocalChain(new Map())
  const client = createPublicClient({
    transport: http(chain.rpcUrl, {
      onFetchRequest: async (request) => {
        asked.push(((await request.clone().json()) as { method: string }).method)
      },
    }),
  })
  for (const [name, { code }] of Object.entries(CONTRACTS))
    await client.request({ method: 'anvil_setCode', params: [addressOf(name), `0x${code}`] } as never)
  require = openSignatureChecker(client)
})
afterAll(() => chain.stop())

async function check(signature: Hex, by: Address = operator.address): Promise<string> {
  asked = []
  return require({ digest, signature, operator: by }).then(
    () => 'accepted',
    (error) => error.code,
  )
}
const alter = async (change: (parts: { r: Hex; s: Hex; v: bigint }) => { r: Hex; s: Hex; v: bigint }) => {
  const { r, s, yParity } = parseSignature(await operator.sign({ hash: digest }))
  const parts = change({ r, s, v: BigInt(27 + yParity) })
  return `${parts.r}${parts.s.slice(2)}${parts.v.toString(16).padStart(2, '0')}` as Hex
}
const word = (value: bigint) => toHex(value, { size: 32 })

describe("a key's signature", () => {
  test('default: is checked without asking the chain', async () => {
    expect(await check(await operator.sign({ hash: digest }))).toBe('accepted')
    expect(asked).toEqual([])
  })

  test("error: another key's", async () => {
    expect(await check(await stranger.sign({ hash: digest }))).toBe('SIGNER_NOT_OPERATOR')
    expect(await check(await operator.sign({ hash: keccak256('0x') }))).toBe('SIGNER_NOT_OPERATOR')
  })

  test('behavior: that an account has no code is remembered', async () => {
    await check(await stranger.sign({ hash: digest }))
    await check(await stranger.sign({ hash: digest }))
    expect(asked).toEqual([])
  })

  test.each([
    ['the other s', (parts) => ({ ...parts, s: word(ORDER - BigInt(parts.s)), v: 55n - parts.v })],
    ['half the order and one', (parts) => ({ ...parts, s: word(ORDER / 2n + 1n) })],
    ['v = 0 or 1', (parts) => ({ ...parts, v: parts.v - 27n })],
    ['v = 29', (parts) => ({ ...parts, v: 29n })],
    ['r = 0', (parts) => ({ ...parts, r: word(0n) })],
    ['s = 0', (parts) => ({ ...parts, s: word(0n) })],
    ['r = n', (parts) => ({ ...parts, r: word(ORDER) })],
  ] satisfies [string, Parameters<typeof alter>[0]][])('error: %s is malformed', async (_name, change) => {
    expect(await check(await alter(change))).toBe('SIGNATURE_MALFORMED')
  })

  test('behavior: half the order is the highest s', async () => {
    expect(await check(await alter((parts) => ({ ...parts, s: word(ORDER / 2n) })))).toBe('SIGNER_NOT_OPERATOR')
  })

  test('error: the compact form of 64 bytes, or a byte too many', async () => {
    const signature = await operator.sign({ hash: digest })
    expect(await check(signature.slice(0, 130) as Hex)).toBe('SIGNATURE_MALFORMED')
    expect(await check(`${signature}00`)).toBe('SIGNATURE_MALFORMED')
  })

  test('error: an r that is no point', async () => {
    // x = 5 is on no point of the curve.
    expect(await check(serializeSignature({ r: word(5n), s: word(1n), v: 27n }))).toBe('SIGNER_NOT_OPERATOR')
  })
})

describe('a contract as operator (EIP-1271)', () => {
  test.each(Object.entries(CONTRACTS))('behavior: one that %s', async (name, { isAccepted }) => {
    expect(await check('0x1234', addressOf(name))).toBe(isAccepted ? 'accepted' : 'SIGNER_NOT_OPERATOR')
    expect(asked.at(-1)).toBe('eth_call')
  })

  test("behavior: a contract's signature may have any length, and any s", async () => {
    expect(await check(await alter((parts) => ({ ...parts, s: word(ORDER - 1n) })), addressOf('says yes'))).toBe(
      'accepted',
    )
    expect(await check(`0x${'00'.repeat(1000)}`, addressOf('says yes'))).toBe('accepted')
  })
})

test('error: an RPC that refuses to ask the contract is no word of the contract', async () => {
  const client = createPublicClient({
    transport: custom({
      async request({ method }: { method: string }) {
        if (method === 'eth_getCode') return '0x5b600056'
        throw new RpcRequestError({ body: {}, url: 'stub', error: { code: -32005, message: 'daily limit exceeded' } })
      },
    }),
  })
  const checked = openSignatureChecker(client)({ digest, signature: '0x1234', operator: operator.address })
  await expect(checked).rejects.toMatchObject({ code: 'RPC_UNREACHABLE', retryAfterSeconds: 5 })
})

test('error: the chain does not answer', async () => {
  const gone = openSignatureChecker(createPublicClient({ transport: http('http://127.0.0.1:1', { retryCount: 0 }) }))
  const signature = await stranger.sign({ hash: digest })
  await expect(gone({ digest, signature, operator: operator.address })).rejects.toMatchObject({
    code: 'RPC_UNREACHABLE',
    message: 'the chain does not answer this node',
  })
})
