import { describe, expect, test } from 'vitest'
import { findTarget } from '../../../prover/explorer/routing/findTarget.ts'
import { attributionFlows, type Flows } from '../../../prover/explorer/words/attributionFlows.ts'
import { explainInference, massesOf } from '../../../prover/explorer/words/explainInference.ts'
import { explainEarnings, explainNetting, nettingSteps } from '../../../prover/explorer/words/explainNetting.ts'
import {
  countOf,
  formatDuration,
  formatInstant,
  formatParts,
  formatShare,
} from '../../../prover/explorer/words/formatFigures.ts'
import { decimalsFor, formatOpen } from '../../../prover/explorer/words/formatOpen.ts'
import { isReconciled, reconcileEpoch } from '../../../prover/explorer/words/reconcileEpoch.ts'
import type { ContributorEpochView, EarningsView, EpochView, ModelView } from '../../../src/api/views.ts'

const OPEN = 10n ** 18n
const PLACE = { transactionHash: '0x11', blockNumber: '5', timestamp: '1700000000' }
const ALICE = `0x${'aa'.repeat(20)}`
const BOB = `0x${'bb'.repeat(20)}`

describe('amounts', () => {
  test('default: four decimals from one OPEN on, rounded half away from zero', () => {
    expect(formatOpen(1_234n * OPEN + OPEN / 2n)).toBe('1,234.5000')
    expect(formatOpen(OPEN + 49_999_999_999_999n)).toBe('1.0000')
    expect(formatOpen(OPEN + 50_000_000_000_000n)).toBe('1.0001')
    expect(formatOpen(-OPEN - 50_000_000_000_000n)).toBe('\u22121.0001')
  })

  test('default: four digits of what is less, and of the largest of a column', () => {
    expect(formatOpen(OPEN / 1000n)).toBe('0.001000')
    expect(decimalsFor([123n, OPEN / 10n])).toBe(4)
    expect(decimalsFor([1n])).toBe(18)
    expect(decimalsFor([])).toBe(4)
    expect(formatOpen(1n)).toBe('0.000000000000000001')
  })

  test('behavior: no sign for what rounds to nothing', () => {
    expect(formatOpen(-1n, 4, { sign: true })).toBe('0.0000')
    expect(formatOpen(OPEN, 4, { sign: true })).toBe('+1.0000')
  })

  test('default: shares, counts and durations', () => {
    expect([formatShare(1n, 8n), formatShare(-1n, 3n), formatShare(5n, 0n)]).toEqual(['12.5%', '\u221233.3%', '0%'])
    expect(formatShare(-1n, 10_000_000n)).toBe('0%')
    expect(formatShare(-4n, 10_000n)).toBe('0%')
    expect([countOf(1, 'batch', 'batches'), countOf(1200, 'batch', 'batches')]).toEqual(['1 batch', '1,200 batches'])
    expect([0.347, 45, 300, 9000, 259_200].map(formatDuration)).toEqual(['0.35 s', '45 s', '5 min', '2.5 h', '3 d'])
  })
})

describe('parts of time', () => {
  test.each([
    ['seconds', 15, 96],
    ['minutes', 900, 96],
    ['hours over days', 6 * 3600, 96],
    ['half days', 43_200, 90],
    ['days', 86_400, 90],
    ['fortnights over years', 14 * 86_400, 60],
  ])('default: %s: each has a name of its own', (_name, partSeconds, count) => {
    const from = Array.from({ length: count }, (_, i) => new Date(1_767_225_600_000 + 1000 * partSeconds * i))
    const names = formatParts(from, partSeconds)
    expect(new Set(names).size).toBe(count)
  })

  test('default: as short as that allows', () => {
    const from = (partSeconds: number) => [0, 1].map((i) => new Date(2026, 0, 5, 0, 0, partSeconds * i))
    expect(formatParts(from(900), 900)).toEqual(['00:00', '00:15'])
    expect(formatParts(from(86_400), 86_400)).toEqual(['5 Jan', '6 Jan'])
    expect(formatParts(from(400 * 86_400), 400 * 86_400)).toEqual(['5 Jan 2026', '9 Feb 2027'])
    expect(formatParts([], 900)).toEqual([])
  })

  test('default: an instant names its time zone', () => {
    expect(formatInstant(new Date(2026, 0, 5, 12))).toMatch(/^5 Jan 2026, 12:00:00 \S+/)
  })
})

const epochOf = (changes: Partial<ContributorEpochView>): ContributorEpochView => ({
  account: ALICE,
  modelId: '1',
  epochId: '2',
  modelVersion: '1',
  indexVersion: '1',
  slot: 0,
  state: 'closed',
  endsAt: '1700003600',
  openingWei: '0',
  debt: null,
  bookedWei: '0',
  paidWei: '0',
  carriedWei: '0',
  closing: PLACE,
  batches: { items: [], next: null },
  ...changes,
})
const batchOf = (batchId: string, earningWei: bigint) => ({
  batchId,
  requests: 4,
  earningWei: `${earningWei}`,
  poolsWei: `${OPEN}`,
  settlement: PLACE,
  isDisclosed: false,
})

const WHOLE = { isWhole: true }

describe('why an epoch paid what it paid', () => {
  test('default: it earned, and all was paid', () => {
    const batches = { items: [batchOf('1', 3n * OPEN), batchOf('2', -OPEN)], next: null }
    expect(explainNetting(epochOf({ bookedWei: `${2n * OPEN}`, paidWei: `${2n * OPEN}`, batches }), WHOLE)).toEqual([
      "The epoch's 2 settled batches booked 2.0000 OPEN for this contributor: 1 in its favour, 1 against it: on the whole its data pushed towards the answers that were given.",
      'All of it, 2.0000 OPEN, was paid.',
    ])
  })

  test('behavior: a debt of another index is quartered, and eats what was earned', () => {
    const debt = { epochId: '1', indexVersion: '1', carriedWei: `${8n * OPEN}`, isQuartered: true }
    const batches = { items: [batchOf('3', OPEN)], next: null }
    const changes = {
      indexVersion: '2',
      openingWei: `${-2n * OPEN}`,
      debt,
      bookedWei: `${OPEN}`,
      carriedWei: `${OPEN}`,
      batches,
    }
    expect(explainNetting(epochOf(changes), WHOLE).slice(1)).toEqual([
      'A debt of 8.0000 OPEN from epoch 1, of which a quarter, 2.0000 OPEN, counts under another index, was set against it.',
      'That was not enough to make up for the debt: nothing was paid, and 1.0000 OPEN is carried to the next epoch.',
    ])
  })

  test('behavior: what was earned beyond a debt is paid', () => {
    const debt = { epochId: '1', indexVersion: '1', carriedWei: `${OPEN}`, isQuartered: false }
    const batches = { items: [batchOf('3', 3n * OPEN)], next: null }
    const changes = { openingWei: `${-OPEN}`, debt, bookedWei: `${3n * OPEN}`, paidWei: `${2n * OPEN}`, batches }
    expect(explainNetting(epochOf(changes), WHOLE).slice(1)).toEqual([
      'A debt of 1.0000 OPEN from epoch 1 was set against it.',
      'What was left, 2.0000 OPEN, was paid.',
    ])
  })

  test('behavior: nothing earned, and less than nothing', () => {
    const zero = epochOf({ batches: { items: [batchOf('1', 0n), batchOf('2', 0n)], next: null } })
    expect(explainNetting(zero, WHOLE)).toEqual([
      "The epoch's 2 settled batches booked nothing for this contributor.",
      'So nothing was paid, and nothing is owed.',
    ])
    const batches = { items: [batchOf('1', -OPEN)], next: null }
    expect(explainNetting(epochOf({ bookedWei: `${-OPEN}`, carriedWei: `${OPEN}`, batches }), WHOLE)).toEqual([
      "The epoch's one settled batch booked \u22121.0000 OPEN for this contributor: on the whole its data pushed against the answers that were given.",
      'So nothing was paid, and 1.0000 OPEN is carried to the next epoch as a debt.',
    ])
  })

  test('behavior: an open epoch has paid nothing yet', () => {
    const open = epochOf({ state: 'open', paidWei: null, carriedWei: null, closing: null })
    expect(explainNetting(open, WHOLE)).toEqual([
      'No batch of this epoch is settled yet.',
      expect.stringContaining('The epoch is still open'),
    ])
    const debt = { epochId: '1', indexVersion: '1', carriedWei: `${OPEN}`, isQuartered: false }
    expect(explainNetting({ ...open, openingWei: `${-OPEN}`, debt }, WHOLE)[1]).toBe(
      'As known now, a debt of 1.0000 OPEN from epoch 1 will be set against it when it closes; epochs before it may still change that.',
    )
  })

  test.each([
    ['the first page', '51'],
    ['the last page', null],
  ])('behavior: %s of several counts no batches, and leads to the result all the same', (_name, next) => {
    const batches = { items: [batchOf('52', 0n), batchOf('53', 3n * OPEN)], next }
    const opening = { epochId: '1', indexVersion: '1', carriedWei: `${OPEN}`, isQuartered: false }
    const changes = {
      openingWei: `${-OPEN}`,
      debt: opening,
      bookedWei: `${53n * OPEN}`,
      paidWei: `${52n * OPEN}`,
      batches,
    }
    const page = { isWhole: false }
    expect(explainNetting(epochOf(changes), page)[0]).toBe(
      "The epoch's settled batches booked 53.0000 OPEN for this contributor: on the whole its data pushed towards the answers that were given.",
    )
    expect(nettingSteps(epochOf(changes), page)).toEqual([
      { name: 'Debt', wei: -OPEN },
      { name: 'Batch 52', wei: 0n },
      { name: 'Batch 53', wei: 3n * OPEN },
      { name: 'Batches on other pages', wei: 50n * OPEN },
    ])
    const zeros = { ...changes, batches: { items: [batchOf('52', 0n)], next } }
    expect(explainNetting(epochOf(zeros), page)[0]).toContain('booked 53.0000 OPEN')
    expect(explainNetting(epochOf({ ...changes, batches: { items: [], next } }), page)[0]).toContain('53.0000 OPEN')
  })

  test('error: batches that do not add up to what was booked are said not to', () => {
    const changes = { bookedWei: `${2n * OPEN}`, paidWei: `${2n * OPEN}` }
    const epoch = epochOf({ ...changes, batches: { items: [batchOf('1', OPEN)], next: null } })
    expect(explainNetting(epoch, WHOLE)[1]).toBe(
      'That does not add up: the batches of the epoch booked 1.0000 OPEN together.',
    )
    expect(nettingSteps(epoch, WHOLE).at(-1)).toEqual({ name: 'In no batch', wei: OPEN })
  })

  test('default: an account over all its epochs', () => {
    const epoch = { modelId: '1', indexVersion: '1', slot: 0, openingWei: '0', closing: PLACE }
    const netted = [
      { ...epoch, epochId: '2', bookedWei: `${OPEN}`, paidWei: `${OPEN}`, carriedWei: '0' },
      { ...epoch, epochId: '1', bookedWei: `${3n * OPEN}`, paidWei: `${3n * OPEN}`, carriedWei: '0' },
    ]
    const earnings: EarningsView = {
      account: ALICE,
      rank: 2,
      epochs: 2,
      paidWei: `${4n * OPEN}`,
      debtWei: '0',
      claimableWei: '0',
      withdrawnWei: '0',
      netted,
      booked: [],
    }
    expect(explainEarnings(earnings)).toEqual([
      'Paid 4.0000 OPEN by 2 closed epochs, rank 2 of all contributors.',
      'The largest part, 3.0000 OPEN, came from epoch 1 of model 1.',
    ])
    const owing = { ...netted[0]!, bookedWei: `${-OPEN}`, paidWei: '0', carriedWei: `${OPEN}` }
    const owed = { epochs: 1, paidWei: '0', debtWei: `${OPEN}`, netted: [owing] }
    expect(explainEarnings({ ...earnings, ...owed })).toEqual([
      '1 closed epoch paid this contributor nothing: on the whole its data pushed against the answers that were given.',
      'It now carries a debt of 1.0000 OPEN, which later earnings are set against first.',
    ])
    const earning = { ...owing, bookedWei: `${OPEN}` }
    expect(explainEarnings({ ...earnings, ...owed, epochs: 2, netted: [earning, owing] })[0]).toBe(
      '2 closed epochs paid this contributor nothing: what it earned was never more than what it owed.',
    )
    const unknown = { rank: null, epochs: 0, paidWei: '0', netted: [] }
    expect(explainEarnings({ ...earnings, ...unknown })).toEqual([
      'No model that this node knows has this account among its contributors.',
    ])
    // The list is cut: what it does not hold is not told of.
    expect(explainEarnings({ ...earnings, epochs: 1200, paidWei: `${99n * OPEN}` })).toEqual([
      'Paid 99.0000 OPEN by 1,200 closed epochs, rank 2 of all contributors.',
    ])
  })
})

describe('why an inference paid what it paid', () => {
  const inference = {
    position: 0,
    requestId: '17',
    poolWei: `${OPEN}`,
    label: 2,
    total: '400',
    rate: `${(OPEN << 64n) / 400n}`,
    contributors: [
      { slot: 0, contributor: ALICE, score: '100', earning: `${((OPEN << 64n) / 400n) * 100n}` },
      { slot: 1, contributor: BOB, score: '-400', earning: `${((OPEN << 64n) / 400n) * -400n}` },
      { slot: 2, contributor: null, score: '0', earning: '0' },
    ],
  }

  test('default: towards, against, and not at all', () => {
    expect(massesOf(inference)).toEqual({ positive: 100n, negative: 400n })
    expect(explainInference(inference, 0)).toBe(
      "The model answered class 2, and the contributor's data pushed towards that answer: 25% of the pool of 1.0000 OPEN is 0.2500 OPEN. Its score is 100, and T, the larger of all positive and all negative scores together, 400.",
    )
    expect(explainInference(inference, 1)).toContain(
      'pushed against that answer: \u2212100% of the pool of 1.0000 OPEN is \u22121.0000 OPEN.',
    )
    expect(explainInference(inference, 2)).toBe(
      "The model answered class 2; the contributor's data had no influence on that.",
    )
  })
})

const closedEpoch = {
  modelId: '1',
  epochId: '1',
  modelVersion: '1',
  indexVersion: '1',
  circuitId: '0x01020304',
  policyId: '1',
  opening: PLACE,
  endsAt: '1700003600',
  requests: { paid: 0, sealed: 0, settled: 4, refunded: 0 },
  batches: 1,
  feesWei: '100',
  poolsWei: '50',
  modelOwnerWei: '20',
  stakersWei: '15',
  proverWei: '5',
  treasuryWei: '10',
  contributors: [
    { slot: 0, contributor: ALICE, bookedWei: '40' },
    { slot: 1, contributor: BOB, bookedWei: '-7' },
  ],
  closure: {
    ...PLACE,
    poolsWei: '50',
    paidWei: '40',
    treasuryWei: '10',
    contributors: [
      { slot: 0, contributor: ALICE, openingWei: '0', bookedWei: '40', paidWei: '40', carriedWei: '0' },
      { slot: 1, contributor: BOB, openingWei: '-3', bookedWei: '-7', paidWei: '0', carriedWei: '10' },
    ],
  },
} satisfies EpochView

describe('whether an epoch adds up', () => {
  test('default: it does', () => {
    expect(reconcileEpoch(closedEpoch)).toHaveLength(5)
    expect(isReconciled(closedEpoch)).toBe(true)
    expect(reconcileEpoch({ ...closedEpoch, closure: null })).toHaveLength(1)
  })

  test.each([
    ['a fee', { ...closedEpoch, feesWei: '101' }],
    ['the pools', { ...closedEpoch, closure: { ...closedEpoch.closure, poolsWei: '51' } }],
    ['what was left', { ...closedEpoch, closure: { ...closedEpoch.closure, treasuryWei: '9' } }],
    [
      'two accounts that make up for each other',
      {
        ...closedEpoch,
        closure: {
          ...closedEpoch.closure,
          contributors: closedEpoch.closure.contributors.map((one, i) => ({
            ...one,
            bookedWei: i === 0 ? '41' : '-8',
          })),
        },
      },
    ],
  ])('error: %s', (_name, epoch) => {
    expect(isReconciled(epoch)).toBe(false)
  })
})

describe('from data to pay', () => {
  const contribution = (samples: number) => [
    { contributor: ALICE.toUpperCase().replace('0X', '0x'), samples, sha256: '0'.repeat(64) },
  ]
  const datanets = [
    { name: 'opinions', version: 1, contributions: contribution(2) },
    { name: 'statutes', version: 1, contributions: contribution(1) },
  ]
  const models = [{ modelId: '1', indexes: [{ lineage: { datanets } }] }] as unknown as ModelView[]
  const openEpoch = (modelId: string, epochId: string, alice: number, bob: number): EpochView => ({
    ...closedEpoch,
    modelId,
    epochId,
    contributors: [
      { slot: 0, contributor: ALICE, bookedWei: `${alice}` },
      { slot: 1, contributor: BOB, bookedWei: `${bob}` },
    ],
    closure: null,
  })
  /** What flows in and out of every node that something flows through. */
  const balances = ({ nodes, flows }: Flows) =>
    nodes
      .filter(({ stage }) => stage === 'contributor' || stage === 'model')
      .map(({ id }) => {
        const sum = (some: typeof flows) => some.reduce((total, { wei }) => total + wei, 0n)
        return {
          id,
          into: sum(flows.filter(({ to }) => to === id)),
          outOf: sum(flows.filter(({ from }) => from === id)),
        }
      })

  test('default: split over datanets by samples, and paid by the epoch', () => {
    expect(attributionFlows([closedEpoch], models).flows).toEqual([
      { from: `contributor ${ALICE}`, to: 'model 1', wei: 40n },
      { from: 'datanet opinions', to: `contributor ${ALICE}`, wei: 26n },
      { from: 'datanet statutes', to: `contributor ${ALICE}`, wei: 14n },
      { from: 'model 1', to: 'epoch 1/1', wei: 40n },
    ])
  })

  test('behavior: as much flows out as in, with epochs that are open and a loss in one of them', () => {
    const epochs = [openEpoch('1', '3', 10, 5), openEpoch('1', '2', -4, 7), closedEpoch, openEpoch('2', '1', 3, -3)]
    const flows = attributionFlows(epochs, models)
    for (const { id, into, outOf } of balances(flows)) expect(into, id).toBe(outOf)
    expect(balances(flows).find(({ id }) => id === 'model 1')).toMatchObject({ into: 62n })
    expect(balances(flows).find(({ id }) => id === 'model 2')).toMatchObject({ into: 3n })
  })

  test('behavior: beyond what has room, contributors and epochs are taken together and nothing is lost', () => {
    const accountOf = (place: number) => `0x${place.toString(16).padStart(40, '0')}`
    const epochs = Array.from({ length: 12 }, (_, i): EpochView => {
      const netted = { slot: 0, openingWei: '0', bookedWei: '1', paidWei: '1', carriedWei: '0' }
      const contributors = Array.from({ length: 30 }, (_, place) => ({ ...netted, contributor: accountOf(place) }))
      return { ...closedEpoch, epochId: `${12 - i}`, closure: { ...closedEpoch.closure, contributors } }
    })
    const flows = attributionFlows(epochs, [])
    expect(flows.nodes.filter(({ stage }) => stage === 'contributor')).toHaveLength(25)
    expect(flows.flows.find(({ to }) => to === 'epochs before')!.wei).toBe(4n * 30n)
    for (const { id, into, outOf } of balances(flows)) expect(into, id).toBe(outOf)
  })

  test('behavior: epochs of several models are told apart by name', () => {
    const other = { ...closedEpoch, modelId: '2' }
    const payouts = ({ nodes }: Flows) => nodes.filter(({ stage }) => stage === 'payout').map(({ name }) => name)
    expect(payouts(attributionFlows([closedEpoch, other], models))).toEqual([
      'epoch 1 of model 1',
      'epoch 1 of model 2',
    ])
    expect(payouts(attributionFlows([closedEpoch], models))).toEqual(['epoch 1'])
  })

  test('behavior: without lineage the datanet is said not to be told', () => {
    const { nodes } = attributionFlows([closedEpoch], [])
    expect(nodes.map(({ name }) => name)).toContain('No datanet told')
  })
})

test('default: what a search text names', () => {
  expect(findTarget(` ${ALICE} `)).toBe(`#/contributors/${ALICE}`)
  expect(findTarget(`0x${'AB'.repeat(32)}`)).toBe(`#/traces/0x${'ab'.repeat(32)}`)
  expect([findTarget('batch 007'), findTarget('#12')]).toEqual(['#/batches/7', '#/batches/12'])
  expect([findTarget(''), findTarget('0x12'), findTarget('-1')]).toEqual([undefined, undefined, undefined])
})
