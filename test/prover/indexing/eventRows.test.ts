import { encodeAbiParameters, encodeEventTopics, type Hex, keccak256, toBytes, zeroHash } from 'viem'
import { describe, expect, test } from 'vitest'
import { EVENT_MAPPINGS, eventRows } from '../../../prover/indexing/eventRows.ts'
import * as abis from '../../../src/chain/abi.ts'

const contracts = Object.values(abis).flat() as readonly { readonly type: string; readonly name?: string }[]
const escrowAbi = abis.inferenceEscrowAbi

describe('EVENT_MAPPINGS', () => {
  test('default: every event of the contracts is mapped or ignored for a reason, and there is no other', () => {
    const names = new Set(contracts.filter(({ type }) => type === 'event').map(({ name }) => name))
    expect(names.size).toBeGreaterThan(15)
    expect(new Set(Object.keys(EVENT_MAPPINGS))).toEqual(names)
  })

  test('behavior: what is ignored says why', () => {
    const ignored = Object.entries(EVENT_MAPPINGS).filter(([, mapping]) => typeof mapping !== 'function')
    expect(ignored.map(([name]) => name).sort()).toEqual([
      'AccountCredited',
      'OwnershipTransferStarted',
      'OwnershipTransferred',
    ])
    for (const [, mapping] of ignored) {
      expect('ignoredBecause' in mapping && mapping.ignoredBecause).toMatch(/\w+ \w+/)
    }
  })
})

describe('eventRows', () => {
  const operator = '0x5aC5a5FcA158C0C1B4Cc3c4EaBF0e2F3414dA90C'
  const sealer = '0x92aB77B51A7CaEcF8073511ab0cAF610e5595aB6'
  const topicsOf = (eventName: string, args: object) =>
    encodeEventTopics({ abi: escrowAbi, eventName, args } as never) as Hex[]

  test('default: one row, addresses with their checksum', () => {
    const topics = topicsOf('SealerApproved', {
      operator: operator.toLowerCase(),
      sealer: sealer.toLowerCase(),
    })
    const data = encodeAbiParameters([{ type: 'bool' }], [true])
    expect(eventRows({ topics, data })).toEqual({
      rows: [{ table: 'sealer_approvals', row: { operator, sealer, is_approved: true } }],
    })
  })

  test('behavior: a sealed batch is one row and one for each request, in the sealed order', () => {
    const [inputs] = [escrowAbi.find((item) => item.type === 'event' && item.name === 'BatchSealed')!.inputs]
    const leaves = {
      requestIds: [7n, 5n],
      pools: [70n, 50n],
      inputCommitments: [71n, 51n],
      outputCommitments: [72n, 52n],
    }
    const batchHash = keccak256(toBytes('batch'))
    const unindexed = inputs.filter((input) => !('indexed' in input && input.indexed))
    const data = encodeAbiParameters(unindexed, [3n, batchHash, 99n, leaves] as never)
    const { rows, nodeEvent } = eventRows({ topics: topicsOf('BatchSealed', { batchId: 2n, modelId: 4n }), data })
    expect(nodeEvent).toEqual({ kind: 'batch.sealed', batchId: 2n, data: { batchHash, modelId: '4' } })
    expect(rows).toEqual([
      {
        table: 'batches',
        row: { batch_id: 2n, model_id: 4n, epoch_id: 3n, batch_hash: batchHash, settle_deadline: 99n },
      },
      ...[7n, 5n].map((requestId, position) => ({
        table: 'batch_requests',
        row: {
          batch_id: 2n,
          position,
          request_id: requestId,
          pool_wei: requestId * 10n,
          input_commitment: requestId * 10n + 1n,
          output_commitment: requestId * 10n + 2n,
        },
      })),
    ])
  })

  test('behavior: an ignored event gives no row', () => {
    const topics = encodeEventTopics({
      abi: abis.epochLedgerAbi,
      eventName: 'AccountCredited',
      args: { account: operator },
    }) as Hex[]
    expect(eventRows({ topics, data: encodeAbiParameters([{ type: 'uint256' }], [1n]) })).toEqual({ rows: [] })
  })

  test('error: an event that the ABI does not have, or of another layout', () => {
    const unknown = { name: 'PoaError', code: 'UNKNOWN_EVENT' }
    const call = (topics: Hex[], data: Hex) => () => eventRows({ topics, data })
    expect(call([keccak256(toBytes('Other(uint256)'))], zeroHash)).toThrow(expect.objectContaining(unknown))
    expect(call([], '0x')).toThrow(expect.objectContaining(unknown))
    expect(call(topicsOf('SealerApproved', { operator, sealer }), '0x')).toThrow(expect.objectContaining(unknown))
  })
})
