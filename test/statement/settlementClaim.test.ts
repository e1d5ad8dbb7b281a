import { describe, expect, test } from 'vitest'
import { randomBatch, seededRandom } from '../../scripts/randomBatch.ts'
import { FIELD_ORDER } from '../../src/field.ts'
import { SHAPE_NAMES, shapeNamed } from '../../src/shape.ts'
import { buildStatement, listPublicSignals } from '../../src/statement/buildStatement.ts'
import {
  claimOf,
  derivePublicSignals,
  parseSettlementClaim,
  requireBoundedEarnings,
  type SettlementClaim,
  settlementClaimToJson,
} from '../../src/statement/settlementClaim.ts'
import { toJson } from '../../src/statement/traceBatchSchema.ts'

const tiny = shapeNamed('tiny')

function claimFrom(seed: number, traces = 2, shape = tiny) {
  const batch = randomBatch(shape, seededRandom(seed), { traces })
  const statement = buildStatement(batch)
  return { batch, statement, claim: claimOf(shape, batch.context, statement) }
}
// biome-ignore lint/suspicious/noExplicitAny: tests break it in every place
const jsonOf = (claim: SettlementClaim): any => JSON.parse(toJson(settlementClaimToJson(claim)))
const OFFSET = 2n ** 180n

describe('settlementClaim', () => {
  test.each(SHAPE_NAMES)('default: %s: there and back, and the signals are those of the statement', (name) => {
    for (let seed = 0; seed < 4; seed++) {
      const { claim, statement } = claimFrom(seed, 1 + (seed % 4), shapeNamed(name))
      expect(parseSettlementClaim(jsonOf(claim))).toEqual(claim)
      expect(derivePublicSignals(parseSettlementClaim(jsonOf(claim)))).toEqual(statement.publicSignals)
    }
  })

  test('behavior: nothing private is in it', () => {
    const { batch, claim, statement } = claimFrom(1, 4)
    const text = toJson(settlementClaimToJson(claim))
    const secrets = [
      batch.batchSalt,
      ...batch.traces.flatMap(({ inputSalt, outputSalt }) => [inputSalt, outputSalt]),
      ...statement.attributions.flatMap(({ scores, total, rate }) => [...scores, total, rate]),
    ]
    for (const secret of secrets) expect(text).not.toContain(`"${secret}"`)
    expect(text).not.toMatch(/features|label|salt|score|logit|head|vectors|weights"/i)
  })

  test('behavior: every number that the claim states has a part in the signals', () => {
    const { claim } = claimFrom(2)
    const { sealed, earnings } = claim
    const bump = (values: readonly bigint[]) => values.with(1, values[1]! + 1n)
    const variants: SettlementClaim[] = [
      claim,
      ...(['requestIds', 'pools', 'inputCommitments', 'outputCommitments'] as const).map((list) => ({
        ...claim,
        sealed: { ...sealed, [list]: bump(sealed[list]) },
      })),
      { ...claim, earnings: bump(earnings) },
      { ...claim, earnings: earnings.toReversed() },
      { ...claim, digest: claim.digest + 1n },
      { ...claim, weightsCommitment: claim.weightsCommitment + 1n },
      { ...claim, indexCommitment: claim.indexCommitment + 1n },
      { ...claim, context: { ...claim.context, prover: '0x0000000000000000000000000000000000000001' } },
    ]
    const signals = variants.map((variant) => listPublicSignals(derivePublicSignals(variant)))
    // Challenge and evaluation tell all of them apart, each by itself.
    expect(new Set(signals.map((values) => values[4])).size).toBe(variants.length)
    expect(new Set(signals.map((values) => values[1])).size).toBe(variants.length)
  })

  test('behavior: the ends of the ranges are taken', () => {
    const { claim } = claimFrom(3)
    const ends: SettlementClaim = {
      ...claim,
      sealed: {
        ...claim.sealed,
        pools: [0n, 2n ** 96n - 1n],
        inputCommitments: [1n, FIELD_ORDER - 1n],
        outputCommitments: [FIELD_ORDER - 1n, 1n],
      },
      earnings: [-OFFSET, 0n, OFFSET - 1n],
    }
    expect(parseSettlementClaim(jsonOf(ends))).toEqual(ends)
    expect(() => derivePublicSignals(ends)).not.toThrow()
  })

  test('error: earnings that the ledger refuses: beyond the pools, or beyond twice the pools in magnitude', () => {
    const { claim } = claimFrom(3)
    const limit = claim.sealed.pools.reduce((sum, pool) => sum + pool, 0n) << 64n
    const check = (...earnings: bigint[]) => requireBoundedEarnings({ ...claim, earnings })
    expect(() => check(limit, -limit, 0n)).not.toThrow()
    for (const earnings of [
      [limit + 1n, 0n, 0n],
      [limit, 1n, 0n],
      [-limit, -limit, -1n],
      [limit, -limit, -1n],
    ]) {
      expect(() => check(...earnings)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', field: 'earnings' }))
    }
  })
})

type Change = (claim: SettlementClaim) => SettlementClaim
const sealedWith =
  (list: keyof SettlementClaim['sealed'], at: number, value: bigint): Change =>
  (claim) => ({ ...claim, sealed: { ...claim.sealed, [list]: claim.sealed[list].with(at, value) } })
const earningOf =
  (slot: number, value: bigint): Change =>
  (claim) => ({ ...claim, earnings: claim.earnings.with(slot, value) })

/** What the contract refuses too: entries of X that are not canonical. */
const notCanonical: [string, Change, string][] = [
  ['pool 2^96', sealedWith('pools', 1, 2n ** 96n), 'sealed.pools[1]'],
  ['pool -1', sealedWith('pools', 0, -1n), 'sealed.pools[0]'],
  [
    'pool + r, its alias',
    (claim) => sealedWith('pools', 0, claim.sealed.pools[0]! + FIELD_ORDER)(claim),
    'sealed.pools[0]',
  ],
  ['input commitment r', sealedWith('inputCommitments', 0, FIELD_ORDER), 'sealed.inputCommitments[0]'],
  [
    'input commitment + r, its alias',
    (claim) => sealedWith('inputCommitments', 1, claim.sealed.inputCommitments[1]! + FIELD_ORDER)(claim),
    'sealed.inputCommitments[1]',
  ],
  ['input commitment 0', sealedWith('inputCommitments', 0, 0n), 'sealed.inputCommitments[0]'],
  ['output commitment r', sealedWith('outputCommitments', 1, FIELD_ORDER), 'sealed.outputCommitments[1]'],
  ['output commitment 2^256-1', sealedWith('outputCommitments', 0, 2n ** 256n - 1n), 'sealed.outputCommitments[0]'],
  ['output commitment 0', sealedWith('outputCommitments', 1, 0n), 'sealed.outputCommitments[1]'],
  ['earning 2^180', earningOf(2, OFFSET), 'earnings[2]'],
  ['earning -2^180 - 1', earningOf(0, -OFFSET - 1n), 'earnings[0]'],
  ['earning + r, its alias', (claim) => earningOf(1, claim.earnings[1]! + FIELD_ORDER)(claim), 'earnings[1]'],
  ['earning - r, its alias', (claim) => earningOf(1, claim.earnings[1]! - FIELD_ORDER)(claim), 'earnings[1]'],
  ['an earning short', (claim) => ({ ...claim, earnings: claim.earnings.slice(1) }), 'earnings.length'],
  ['an earning too many', (claim) => ({ ...claim, earnings: [...claim.earnings, 0n] }), 'earnings.length'],
  ...(['pools', 'inputCommitments', 'outputCommitments'] as const).flatMap((list): [string, Change, string][] => [
    [
      `${list} short`,
      (claim) => ({ ...claim, sealed: { ...claim.sealed, [list]: claim.sealed[list].slice(1) } }),
      `sealed.${list}.length`,
    ],
    [
      `${list} long`,
      (claim) => ({ ...claim, sealed: { ...claim.sealed, [list]: [...claim.sealed[list], 1n] } }),
      `sealed.${list}.length`,
    ],
  ]),
  [
    'no requests',
    (claim) => ({
      ...claim,
      sealed: { requestIds: [], pools: [], inputCommitments: [], outputCommitments: [] },
    }),
    'sealed.requestIds.length',
  ],
  [
    'more requests than slots',
    (claim) => {
      const five = [1n, 2n, 3n, 4n, 5n]
      return { ...claim, sealed: { requestIds: five, pools: five, inputCommitments: five, outputCommitments: five } }
    },
    'sealed.requestIds.length',
  ],
]

describe('refusals of derivePublicSignals', () => {
  test.each(notCanonical)('error: %s', (_name, change, field) => {
    const { claim } = claimFrom(4)
    expect(() => derivePublicSignals(change(claim))).toThrow(
      expect.objectContaining({ name: 'InvalidInputError', field }),
    )
  })
})

// biome-ignore lint/suspicious/noExplicitAny: as above
const badJson: [string, (json: any) => void, string][] = [
  ['pool 2^96', (json) => json.sealed.pools.splice(0, 1, (2n ** 96n).toString()), 'sealed.pools[0]'],
  ['pool as a number', (json) => json.sealed.pools.splice(1, 1, 5), 'sealed.pools[1]'],
  ['commitment r', (json) => json.sealed.inputCommitments.splice(0, 1, `${FIELD_ORDER}`), 'sealed.inputCommitments[0]'],
  ['digest r', (json) => Object.assign(json, { digest: `${FIELD_ORDER}` }), 'digest'],
  ['weights commitment r', (json) => Object.assign(json, { weightsCommitment: `${FIELD_ORDER}` }), 'weightsCommitment'],
  ['index commitment as a number', (json) => Object.assign(json, { indexCommitment: 1 }), 'indexCommitment'],
  ['earning 2^180', (json) => json.earnings.splice(0, 1, `${OFFSET}`), 'earnings[0]'],
  ['earning -2^180 - 1', (json) => json.earnings.splice(2, 1, `${-OFFSET - 1n}`), 'earnings[2]'],
  ['earning -0', (json) => json.earnings.splice(0, 1, '-0'), 'earnings[0]'],
  ['earning in hex', (json) => json.earnings.splice(0, 1, '0x10'), 'earnings[0]'],
  ['earning as a number', (json) => json.earnings.splice(0, 1, -3), 'earnings[0]'],
  ['earning with a plus', (json) => json.earnings.splice(0, 1, '+3'), 'earnings[0]'],
  ['earning of 56 digits', (json) => json.earnings.splice(1, 1, '9'.repeat(56)), 'earnings[1]'],
  ['an unknown key', (json) => Object.assign(json, { evaluation: '1' }), 'evaluation'],
  ['an unknown key further down', (json) => Object.assign(json.sealed, { salts: [] }), 'sealed.salts'],
  ['another shape', (json) => Object.assign(json, { shape: 'vast' }), 'shape'],
  ['no context', (json) => delete json.context, 'context'],
]

describe('refusals of parseSettlementClaim', () => {
  test.each(badJson)('error: %s', (_name, change, field) => {
    const json = jsonOf(claimFrom(5).claim)
    change(json)
    expect(() => parseSettlementClaim(json)).toThrow(
      expect.objectContaining({ name: 'InvalidInputError', field: `public.${field}` }),
    )
  })
})
