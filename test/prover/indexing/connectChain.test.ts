import { inspect } from 'node:util'
import { pino } from 'pino'
import { type Address, getAddress } from 'viem'
import { getBlockNumber, getLogs, readContract } from 'viem/actions'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { connectChain, type NodeChain } from '../../../prover/indexing/connectChain.ts'
import { describeRpcFailure } from '../../../prover/indexing/openRpcs.ts'
import { connect } from '../../../scripts/demo/connect.ts'
import { DEFAULT_SHARES, deployContracts } from '../../../scripts/deployContracts.ts'
import { type LocalChain, startLocalChain } from '../../../scripts/startLocalChain.ts'
import { inferenceEscrowAbi } from '../../../src/chain/abi.ts'
import type { Deployment } from '../../../src/chain/Deployment.ts'
import { InvalidInputError } from '../../../src/errors.ts'
import { account, genesisBalances, stakers, treasury } from '../../chain/deployTiny.ts'
import { type Behaviour, type RpcProxy, startRpcProxy } from './startRpcProxy.ts'

const CHAIN_ID = 31337
let local: LocalChain
let deployment: Deployment
let proxies: RpcProxy[] = []

beforeAll(async () => {
  local = await startLocalChain(genesisBalances())
  const policy = { ...DEFAULT_SHARES, treasury, stakers, epochLength: 3600, sealWindow: 600, settleWindow: 600 }
  const deployed = await deployContracts(connect(local, account('governance')), policy)
  deployment = {
    policyRegistry: getAddress(deployed.policyRegistry),
    verifierRegistry: getAddress(deployed.verifierRegistry),
    modelRegistry: getAddress(deployed.modelRegistry),
    epochLedger: getAddress(deployed.epochLedger),
    inferenceEscrow: getAddress(deployed.inferenceEscrow),
  }
})
afterAll(() => local?.stop())
afterEach(async () => {
  await Promise.all(proxies.map((proxy) => proxy.stop()))
  proxies = []
})

async function openProxy(behaviour?: Behaviour): Promise<RpcProxy> {
  const proxy = await startRpcProxy(local.rpcUrl, behaviour)
  proxies.push(proxy)
  return proxy
}
const open = (rpcUrls: string[], rest: Partial<Parameters<typeof connectChain>[0]> = {}): Promise<NodeChain> =>
  connectChain({ rpcUrls, chainId: CHAIN_ID, escrow: deployment.inferenceEscrow, ...rest })
const otherChain: Behaviour = async ({ method }, forward) => (method === 'eth_chainId' ? { result: '0x1' } : forward())
const dead: Behaviour = async () => 503
/** What a request fails with, as the node's loops see it. */
const failureOf = (action: Promise<unknown>) =>
  action.then(
    () => undefined,
    (error) => describeRpcFailure(error),
  )

describe('connectChain', () => {
  test('default: the escrow names the other contracts', async () => {
    const lowerCase = deployment.inferenceEscrow.toLowerCase() as Address
    const chain = await open([local.rpcUrl], { escrow: lowerCase })
    expect(chain.deployment).toEqual(deployment)
    expect(chain.chainId).toBe(CHAIN_ID)
    expect(chain.chain.id).toBe(CHAIN_ID)
    expect(chain.client.chain.id).toBe(CHAIN_ID)
    expect(chain.rpcNames).toEqual([new URL(local.rpcUrl).host])
    await expect(chain.requireChain()).resolves.toBeUndefined()
  })

  test('error: no contract, or another one, at the address of the escrow', async () => {
    const notFound = { name: 'PoaError', code: 'ESCROW_NOT_FOUND' }
    await expect(open([local.rpcUrl], { escrow: account('stranger').address })).rejects.toMatchObject(notFound)
    await expect(open([local.rpcUrl], { escrow: deployment.epochLedger })).rejects.toMatchObject(notFound)
  })

  test('error: what is no URL of a JSON-RPC over HTTP is refused and not quoted', async () => {
    const failure = await open([local.rpcUrl, 'ftp://user:secret@host']).catch((error) => error)
    expect(failure).toBeInstanceOf(InvalidInputError)
    expect(failure).toMatchObject({ field: 'rpcUrls[1]' })
    expect(inspect(failure, { depth: 9 })).not.toContain('secret')
    await expect(open([])).rejects.toMatchObject({ field: 'rpcUrls' })
  })

  test('error: nobody listens, a server without chain, a server that says nothing', async () => {
    const gone = await openProxy()
    await gone.stop()
    await expect(open([gone.url])).rejects.toMatchObject({ code: 'RPC_UNREACHABLE' })
    const broken = await openProxy(dead)
    await expect(open([gone.url, broken.url])).rejects.toMatchObject({ code: 'RPC_UNREACHABLE' })
    const silent = await openProxy(async () => 'silence')
    await expect(open([silent.url], { requestTimeoutMs: 1000 })).rejects.toMatchObject({ code: 'RPC_UNREACHABLE' })
    const empty = await openProxy(async () => ({}))
    await expect(open([empty.url])).rejects.toMatchObject({ code: 'RPC_UNREACHABLE' })
  })

  test('error: every RPC is on another chain', async () => {
    const proxy = await openProxy(otherChain)
    const failure = await open([proxy.url]).catch((error) => error)
    expect(failure).toMatchObject({ name: 'PoaError', code: 'WRONG_CHAIN' })
    expect(failure.message).toContain(`${proxy.host} is on chain 1, not on ${CHAIN_ID}`)
    expect(inspect(failure, { depth: 9 })).not.toContain('access-key')
  })
})

describe('several RPCs', () => {
  test('default: the first is used while it works', async () => {
    const [first, second] = [await openProxy(), await openProxy()]
    const chain = await open([first.url, second.url])
    expect(await getBlockNumber(chain.client)).toBeGreaterThan(0n)
    expect(first.requests.map(({ method }) => method)).toContain('eth_blockNumber')
    expect(second.requests.map(({ method }) => method)).toEqual(['eth_chainId'])
  })

  test('behavior: the next one answers when one dies; the dead one is passed over until it is asked for its chain', async () => {
    const [first, second] = [await openProxy(), await openProxy()]
    const lines: string[] = []
    const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
    const chain = await open([first.url, second.url], { logger })
    expect(lines).toEqual([])

    first.behave(dead)
    expect(await getBlockNumber(chain.client)).toBeGreaterThan(0n)
    const asked = first.requests.length
    expect(await getBlockNumber(chain.client)).toBeGreaterThan(0n)
    expect(first.requests).toHaveLength(asked)
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0]!)).toMatchObject({ rpc: first.host, reason: 'HTTP status 503', msg: 'rpc passed over' })

    first.behave((_request, forward) => forward())
    await chain.requireChain()
    await getBlockNumber(chain.client)
    expect(first.requests.at(-1)!.method).toBe('eth_blockNumber')
    expect(JSON.parse(lines[1]!)).toMatchObject({ rpc: first.host, msg: 'rpc in use again' })
  })

  test('behavior: one that takes requests and never answers holds up only one of them', async () => {
    const [first, second] = [await openProxy(), await openProxy()]
    const chain = await open([first.url, second.url], { requestTimeoutMs: 1500 })
    first.behave(async () => 'silence')
    const asked = first.requests.length
    await getBlockNumber(chain.client)
    await getBlockNumber(chain.client)
    await getBlockNumber(chain.client)
    expect(first.requests).toHaveLength(asked + 1)
  })

  test('behavior: one on another chain is never used', async () => {
    const [wrong, right] = [await openProxy(otherChain), await openProxy()]
    const chain = await open([wrong.url, right.url])
    await getBlockNumber(chain.client)
    await expect(chain.requireChain()).resolves.toBeUndefined()
    expect(new Set(wrong.requests.map(({ method }) => method))).toEqual(new Set(['eth_chainId']))
  })

  test('behavior: what comes back after a failure must tell its chain again', async () => {
    const proxy = await openProxy()
    const chain = await open([proxy.url])
    proxy.behave(dead)
    expect(await failureOf(getBlockNumber(chain.client))).toMatchObject({ code: 'RPC_UNREACHABLE' })
    proxy.behave(otherChain)
    expect(await failureOf(getBlockNumber(chain.client))).toMatchObject({ code: 'WRONG_CHAIN' })
    await expect(chain.requireChain()).rejects.toMatchObject({ code: 'WRONG_CHAIN' })
    expect(proxy.requests.filter(({ method }) => method === 'eth_blockNumber').length).toBeLessThanOrEqual(2)
    proxy.behave((_request, forward) => forward())
    expect(await getBlockNumber(chain.client)).toBeGreaterThan(0n)
  })

  test('behavior: what one refuses, the next is asked; a revert is final', async () => {
    const refuses: Behaviour = async ({ method }, forward) =>
      method === 'eth_getLogs' ? { error: { code: -32005, message: 'range too large' } } : forward()
    const [first, second] = [await openProxy(refuses), await openProxy()]
    const chain = await open([first.url, second.url])
    const logs = await getLogs(chain.client, { fromBlock: 0n, toBlock: 'latest' })
    expect(logs.length).toBeGreaterThan(0)

    const escrow = { address: deployment.inferenceEscrow, abi: inferenceEscrowAbi }
    const unknown = readContract(chain.client, { ...escrow, functionName: 'requestOf', args: [77n] })
    await expect(unknown).rejects.toThrow('UnknownRequest')
    expect(second.requests.map(({ method }) => method)).not.toContain('eth_call')

    second.behave(refuses)
    const failure = await failureOf(getLogs(chain.client, { fromBlock: 0n, toBlock: 'latest' }))
    expect(failure).toMatchObject({ code: 'RPC_REFUSED', message: 'the RPC refuses: range too large' })
  })
})

describe('credentials', () => {
  const failures: [string, Behaviour][] = [
    ['an HTTP status', async () => 401],
    [
      'an error of the chain',
      async () => ({ error: { code: -32602, message: 'bad key /v3/access-key?token=long-hush' } }),
    ],
    [
      'a key on its own',
      async () => ({ error: { code: -32005, message: 'project access-key, token long-hush: quota' } }),
    ],
    ['silence', async () => 'silence'],
    ['an answer without result', async () => ({})],
  ]
  test.each(failures)('behavior: no error holds a URL: %s', async (_name, behaviour) => {
    const proxy = await openProxy()
    const url = proxy.url.replace('http://', 'http://user:pass%20word@').concat('?token=long-hush')
    const chain = await open([url], { requestTimeoutMs: 1500 })
    proxy.behave(behaviour)
    const error = await getBlockNumber(chain.client).catch((caught) => caught)
    expect(error).toBeInstanceOf(Error)
    for (const shown of [error, describeRpcFailure(error), chain]) {
      const text = `${inspect(shown, { depth: 20, showHidden: true })} ${shown.stack} ${shown.message}`
      for (const secret of ['access-key', 'hush', 'pass%20word', 'pass word', 'user:'])
        expect(text).not.toContain(secret)
    }
    expect(describeRpcFailure(error).message).toMatch(/127\.0\.0\.1|the RPC refuses/)
  })

  test('behavior: user and password go into the header that they are for', async () => {
    const proxy = await openProxy()
    const chain = await open([proxy.url.replace('http://', 'http://user:word@')])
    expect(chain.rpcNames).toEqual([proxy.host])
    const basic = `Basic ${Buffer.from('user:word').toString('base64')}`
    expect(new Set(proxy.requests.map(({ authorization }) => authorization))).toEqual(new Set([basic]))
  })
})
