import { expect, test } from 'vitest'
import { differencesFrom } from '../../../prover/explorer/verification/differencesFrom.ts'
import type { BatchView } from '../../../src/api/views.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { hashBatch } from '../../../src/statement/context.ts'
import type { SettlementClaim } from '../../../src/statement/settlementClaim.ts'

const PROVER = `0x${'aB'.repeat(20)}` as const
const sealed = { requestIds: [7n, 9n], pools: [30n, 12n], inputCommitments: [3n, 4n], outputCommitments: [5n, 6n] }
const claim: SettlementClaim = {
  shape: shapeNamed('tiny'),
  context: {
    chainId: 31337n,
    settlement: PROVER,
    batchId: 1n,
    circuitKeyHash: `0x${'11'.repeat(32)}`,
    modelId: 2n,
    modelVersion: 1n,
    indexVersion: 1n,
    policyId: 1n,
    epochId: 3n,
    prover: PROVER,
  },
  sealed,
  // -1 in units of 2^-64 wei is booked as -1 wei.
  earnings: [(20n << 64n) + 5n, -1n],
  digest: 77n,
  weightsCommitment: 8n,
  indexCommitment: 9n,
}
const PLACE = { transactionHash: '0x22', blockNumber: '5', timestamp: '1700000000' }
const requestOf = (requestId: string, poolWei: string, inputCommitment: string, outputCommitment: string) => ({
  requestId,
  poolWei,
  inputCommitment,
  outputCommitment,
  traceId: null,
})
const requests = [requestOf('7', '30', '3', '5'), requestOf('9', '12', '4', '6')]
const settlement = { ...PLACE, prover: PROVER.toLowerCase(), digest: '77', gasUsed: null }
const booking = {
  feesWei: '84',
  poolsWei: '42',
  modelOwnerWei: '42',
  stakersWei: '0',
  proverWei: '0',
  treasuryWei: '0',
  earnings: [
    { slot: 0, contributor: PROVER, earningWei: '20' },
    { slot: 1, contributor: null, earningWei: '-1' },
  ],
}
const batch: BatchView = {
  batchId: '1',
  batchHash: hashBatch(sealed),
  modelId: '2',
  epochId: '3',
  settleDeadline: '1700003600',
  state: 'settled',
  requests,
  job: null,
  proof: null,
  sealing: PLACE,
  settlement,
  booking,
  isDisclosed: false,
  transaction: null,
}

test('default: a claim of what the page shows, settled or not yet', () => {
  expect(differencesFrom(batch, claim)).toEqual([])
  expect(differencesFrom({ ...batch, settlement: null, booking: null }, claim)).toEqual([])
})

test.each<[string, Partial<BatchView>]>([
  ['batch number', { batchId: '2' }],
  ['model', { modelId: '1' }],
  ['epoch', { epochId: '2' }],
  ['requests', { requests: requests.toReversed().map((one, i) => ({ ...requests[i]!, requestId: one.requestId })) }],
  ['pools', { requests: [{ ...requests[0]!, poolWei: '31' }, requests[1]!] }],
  ['input commitments', { requests: [requests[0]!, { ...requests[1]!, inputCommitment: '5' }] }],
  ['output commitments', { requests: [{ ...requests[0]!, outputCommitment: '-5' }, requests[1]!] }],
  ['batch hash', { batchHash: `0x${'00'.repeat(32)}` }],
  ['prover', { settlement: { ...settlement, prover: `0x${'cd'.repeat(20)}` } }],
  ['digest', { settlement: { ...settlement, digest: '78' } }],
  ['sum of the pools', { booking: { ...booking, poolsWei: '43' } }],
  [
    'earnings',
    { booking: { ...booking, earnings: [booking.earnings[0]!, { ...booking.earnings[1]!, earningWei: '0' }] } },
  ],
])('error: another %s', (name, shown) => {
  expect(differencesFrom({ ...batch, ...shown }, claim)).toEqual([name])
})
