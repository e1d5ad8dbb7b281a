import { describe, expect, test } from 'vitest'
import type { AuditRow, EpochAccount } from '../../../src/audit/AuditRow.ts'
import { openRowExplainer, type Question } from '../../../src/audit/explain/openRowExplainer.ts'
import {
  alice,
  batchRow,
  bob,
  carol,
  epochAccount,
  epochRow,
  feed,
  inferenceRow,
  OPEN,
  owner,
  payer,
  prover,
  requestRow,
  requestsOf,
} from '../rowFixture.ts'

const NOW = 20_000
function ask(question: Question, rows: readonly AuditRow[], now = NOW) {
  const { sink, explain } = openRowExplainer(question)
  feed((row) => sink.row!(row), rows)
  return explain(now)
}
const everything = { modelId: null, epochId: null }

/** The explanation of alice's account for epoch 2 of model 1, from batches with the given earnings. */
function earningOf(account: Partial<EpochAccount>, earnings: readonly bigint[], rows: readonly AuditRow[] = []) {
  const bookedWei = earnings.reduce((sum, wei) => sum + wei, 0n)
  const batches = earnings.map((wei, b) =>
    batchRow({ batchId: BigInt(b + 1), epochId: 2n, settlement: { earningsWei: [wei, 0n, 0n] } }),
  )
  const epoch = epochRow({ epochId: 2n, accounts: [epochAccount({ bookedWei, ...account })] })
  const answer = ask({ about: 'contributor', account: alice, ...everything }, [...rows, ...batches, epoch])
  if (answer.about !== 'contributor') throw new Error('another question')
  return answer.contributor.earnings[0]!
}

describe('a contributor', () => {
  test('default: what it was paid, by batches and inferences', () => {
    const inferences = [
      inferenceRow({ epochId: 2n, batchId: 1n, requestId: 17n, position: 0, scores: [3n * OPEN, OPEN, -OPEN] }),
      inferenceRow({ epochId: 2n, batchId: 1n, requestId: 18n, position: 1, scores: [-OPEN, 2n * OPEN, 0n] }),
    ]
    const { headline, reasons, batches } = earningOf({}, [2n * OPEN, -OPEN / 2n, 0n], inferences)
    expect(headline).toBe('0xa1a1…a1a1 was paid 1.5 OPEN for epoch 2 of model 1.')
    expect(reasons).toEqual([
      'It owed nothing from earlier epochs.',
      'Slot 0 was booked +1.5 OPEN: +2 OPEN in 1 batch, -0.5 OPEN in 1 batch and nothing in 1 batch.',
      'It earned most in batch 1: +2 OPEN, with pools of 2 OPEN for 2 inferences.',
      'It lost most in batch 2: -0.5 OPEN, with pools of 2 OPEN for 2 inferences.',
      'Of the 2 answers disclosed, its data spoke for 1, pushed against 1.',
      `Inference 0 of batch 1 (request 17): pool 4 OPEN, T = ${4n * OPEN}; its score +${3n * OPEN} of a positive mass ${4n * OPEN} earns 3 OPEN.`,
      `Inference 1 of batch 1 (request 18): pool 2 OPEN, T = ${2n * OPEN}; its score ${-OPEN} of a negative mass ${OPEN} costs 1 OPEN.`,
      'The inferences of batches 2 and 3 are not disclosed: their scores are proved, but private.',
      '0 OPEN opening + 1.5 OPEN booked = 1.5 OPEN, which was credited to it.',
    ])
    expect(batches.map(({ earningWei, inferences }) => [earningWei, inferences])).toEqual([
      [2n * OPEN, 2],
      [-OPEN / 2n, 2],
      [0n, 2],
    ])
    expect(batches.map(({ disclosed }) => disclosed?.map(({ requestId, score }) => [requestId, score]))).toEqual([
      [
        [17n, 3n * OPEN],
        [18n, -OPEN],
      ],
      undefined,
      undefined,
    ])
  })

  test('behavior: a debt from the same index counts whole, one from another a quarter', () => {
    const debt = { amountWei: OPEN, indexVersion: 1n, epochId: 1n }
    const same = earningOf({ debt }, [3n * OPEN])
    expect(same.headline).toContain('was paid 2 OPEN')
    expect(same.reasons[0]).toBe('It owed 1 OPEN from epoch 1, under the same index, so all of it counts.')
    const cut = earningOf({ debt: { ...debt, indexVersion: 9n }, openingWei: -OPEN / 4n }, [3n * OPEN])
    expect(cut.headline).toContain('was paid 2.75 OPEN')
    expect(cut.reasons.slice(0, 2)).toEqual([
      'It owed 1 OPEN from epoch 1, under index 9.',
      'Under another index (1) a quarter of a debt counts, rounded up: 0.25 OPEN.',
    ])
    expect(cut.reasons.at(-1)).toBe('-0.25 OPEN opening + 3 OPEN booked = 2.75 OPEN, which was credited to it.')
  })

  test('behavior: every way of being paid nothing says which it is', () => {
    const debt = { amountWei: 2n * OPEN, indexVersion: 1n, epochId: 1n }
    const cases = [
      [earningOf({}, []), 'no batch of it is settled'],
      [earningOf({}, [0n, 0n]), 'it earned 0 in each of the 2 batches'],
      [earningOf({}, [0n]), 'it earned 0 in the one batch'],
      [earningOf({}, [OPEN, -OPEN]), 'what its data earned and what it cost are equal'],
      [earningOf({}, [OPEN, -3n * OPEN]), 'its data pushed against more than it spoke for, which comes to -2 OPEN'],
      [earningOf({ debt }, [OPEN]), 'the 1 OPEN that it earned went to the debt of 2 OPEN that epoch 1 left'],
      [earningOf({ debt }, [2n * OPEN]), 'the 2 OPEN that it earned went to the debt of 2 OPEN that epoch 1 left'],
      [
        earningOf({ debt: { ...debt, indexVersion: 9n }, openingWei: -OPEN / 2n }, [OPEN / 4n]),
        'the 0.25 OPEN that it earned went to the debt of 2 OPEN that epoch 1 left, of which 0.5 OPEN counts',
      ],
    ] as const
    for (const [{ headline }, why] of cases)
      expect(headline).toBe(`0xa1a1…a1a1 was paid nothing for epoch 2 of model 1: ${why}.`)
    expect(earningOf({ debt }, [OPEN]).reasons.at(-1)).toBe(
      '-2 OPEN opening + 1 OPEN booked = -1 OPEN: a debt of 1 OPEN for the epochs to come.',
    )
    expect(earningOf({ debt }, [2n * OPEN]).reasons.at(-1)).toBe(
      '-2 OPEN opening + 2 OPEN booked = 0 OPEN, so nothing was credited to it.',
    )
    expect(earningOf({ debt }, [-OPEN]).reasons.at(-1)).toContain('-2 OPEN opening - 1 OPEN booked = -3 OPEN')
  })

  test('behavior: a vector that is 0 in the disclosed index is the reason for a zero', () => {
    const index = {
      vectors: [[[0, 0]], [[1, 2]], [[1, 2]]],
      scales: [5, 5, 0],
    }
    const contributors = [alice, bob, carol]
    const row = { kind: 'disclosed-index', modelId: 1n, indexVersion: 1n, contributors, index } as const
    expect(earningOf({}, [0n], [row]).headline).toContain('since its vector in the influence index is 0.')
    expect(earningOf({}, [0n], [{ ...row, indexVersion: 2n }]).headline).not.toContain('vector')
    expect(earningOf({}, [OPEN], [row]).hasZeroVector).toBe(true)
  })

  test('behavior: an open epoch says what it would come to', () => {
    const account = epochAccount({ bookedWei: OPEN, paidWei: 0n })
    const rows = [
      batchRow({ settlement: { earningsWei: [OPEN, 0n, 0n] } }),
      epochRow({ accounts: [account], closing: null }),
    ]
    const answer = ask({ about: 'contributor', account: alice, ...everything }, rows)
    expect(answer).toMatchObject({
      contributor: {
        headline: '0xa1a1…a1a1 has not been paid yet: none of its epochs is closed.',
        earnings: [
          {
            isClosed: false,
            headline:
              'Epoch 1 of model 1 is open; 0xa1a1…a1a1 has booked 1 OPEN so far. If nothing more came, it would be paid 1 OPEN.',
          },
        ],
      },
    })
  })

  test('behavior: in an open epoch a debt is still to come off, whatever the epoch before makes of it', () => {
    const debt = { amountWei: OPEN, indexVersion: 9n, epochId: 0n }
    const account = epochAccount({ bookedWei: OPEN, openingWei: 0n, paidWei: 0n, debt })
    const rows = [
      batchRow({ settlement: { earningsWei: [OPEN, 0n, 0n] } }),
      epochRow({ accounts: [account], closing: null }),
    ]
    const answer = ask({ about: 'contributor', account: alice, ...everything }, rows)
    if (answer.about !== 'contributor') throw new Error('another question')
    const { headline, reasons } = answer.contributor.earnings[0]!
    expect(headline).toBe(
      'Epoch 1 of model 1 is open; 0xa1a1…a1a1 has booked 1 OPEN so far; a debt from earlier epochs comes off when it closes.',
    )
    expect(reasons.slice(0, 2)).toEqual([
      'It owed 1 OPEN from epoch 0, under index 9.',
      'Under another index (1) a quarter of a debt counts, rounded up.',
    ])
  })

  test('behavior: an open epoch after one that is not closed promises nothing', () => {
    const account = epochAccount({ bookedWei: OPEN, openingWei: 0n, paidWei: 0n })
    const rowsOf = (debt: EpochAccount['debt']) => [
      batchRow({ epochId: 2n, settlement: { earningsWei: [OPEN, 0n, 0n] } }),
      epochRow({ epochId: 2n, accounts: [{ ...account, debt }], closing: null, isNext: false }),
    ]
    const earningOfRows = (debt: EpochAccount['debt']) => {
      const answer = ask({ about: 'contributor', account: alice, ...everything }, rowsOf(debt))
      if (answer.about !== 'contributor') throw new Error('another question')
      return answer.contributor.earnings[0]!
    }
    const { headline, reasons } = earningOfRows(null)
    expect(headline).toBe(
      'Epoch 2 of model 1 is open; 0xa1a1…a1a1 has booked 1 OPEN so far; an earlier epoch is not closed and may leave a debt that comes off.',
    )
    expect(reasons[0]).toBe('What it owes from earlier epochs is known once they are closed; so far it is nothing.')
    expect(earningOfRows({ amountWei: OPEN, indexVersion: 1n, epochId: 0n }).reasons[0]).toContain(
      '1 OPEN from epoch 0',
    )
  })

  test('behavior: what was asked about is not taken for all that there is', () => {
    const headlineOf = (modelId: bigint | null, epochId: bigint | null) => {
      const rows = [epochRow({ accounts: [epochAccount()], closing: null })]
      const answer = ask({ about: 'contributor', account: alice, modelId, epochId }, rows)
      return answer.about === 'contributor' && answer.contributor.headline
    }
    expect(headlineOf(1n, 2n)).toBe('0xa1a1…a1a1 has no account in epoch 2 of model 1.')
    expect(headlineOf(null, 2n)).toBe('0xa1a1…a1a1 has no account in epoch 2 of any model.')
    expect(headlineOf(2n, null)).toBe('0xa1a1…a1a1 has no account in model 2.')
    expect(headlineOf(1n, null)).toBe('0xa1a1…a1a1 has not been paid for model 1 yet: nothing of that is closed.')
  })

  test('behavior: the whole life, other credits, debts and what is left', () => {
    const rows: AuditRow[] = [
      batchRow({ settlement: { earningsWei: [3n * OPEN, 0n, 0n] } }),
      epochRow({ accounts: [epochAccount({ bookedWei: 3n * OPEN }), epochAccount({ contributor: bob, slot: 1 })] }),
      batchRow({ batchId: 2n, epochId: 2n, settlement: { earningsWei: [-OPEN, 0n, 0n] } }),
      epochRow({ epochId: 2n, accounts: [epochAccount({ bookedWei: -OPEN })] }),
      {
        ...{
          kind: 'account',
          account: alice,
          earnedWei: 3n * OPEN,
          refundedWei: OPEN,
          modelOwnerWei: 0n,
          stakersWei: 0n,
        },
        proverWei: 5n,
        treasuryWei: 0n,
        withdrawnWei: OPEN,
        claimableWei: 3n * OPEN + 5n,
      },
      { kind: 'debt', modelId: 1n, account: alice, amountWei: OPEN, indexVersion: 1n, epochId: 2n },
      { kind: 'debt', modelId: 1n, account: bob, amountWei: 77n, indexVersion: 1n, epochId: 2n },
    ]
    const whole = ask({ about: 'contributor', account: alice, ...everything }, rows)
    expect(whole).toMatchObject({
      contributor: {
        headline: '0xa1a1…a1a1 was paid 3 OPEN over 2 closed epochs.',
        reasons: [
          'Its data earned 3 OPEN and lost 1 OPEN in 2 settled batches of model 1.',
          'Besides it was credited with 5 wei as a prover and 1 OPEN in refunds.',
          'It owes 1 OPEN to the epochs of model 1 that follow, since epoch 2.',
          'It withdrew 1 OPEN and can withdraw 3 OPEN.',
        ],
      },
    })
    const one = ask({ about: 'contributor', account: alice, modelId: 1n, epochId: 2n }, rows)
    expect(one).toMatchObject({ contributor: { headline: '0xa1a1…a1a1 was paid nothing over 1 closed epoch.' } })
    const stranger = ask({ about: 'contributor', account: payer, ...everything }, rows)
    expect(stranger).toMatchObject({
      contributor: {
        headline: '0x0404…0404 contributed to no model here and was never credited with anything.',
        earnings: [],
      },
    })
  })
})

describe('an epoch', () => {
  const debt = { amountWei: OPEN, indexVersion: 1n, epochId: 1n }
  const accounts = [
    epochAccount({ bookedWei: 5n * OPEN, debt }),
    epochAccount({ contributor: bob, slot: 1, bookedWei: -2n * OPEN }),
    epochAccount({ contributor: carol, slot: 2 }),
  ]
  const rows = [
    batchRow({ epochId: 2n, settlement: { earningsWei: [5n * OPEN, -2n * OPEN, 0n] } }),
    epochRow({ epochId: 2n, accounts }),
    epochRow({ epochId: 2n, modelId: 7n, accounts }),
    epochRow({ epochId: 3n, accounts, closing: null, requests: 6 }),
  ]

  test('default: where its pools went, to the wei, and each account', () => {
    const answer = ask({ about: 'epoch', modelId: 1n, epochId: 2n }, rows)
    if (answer.about !== 'epoch') throw new Error('another question')
    const [epoch, ...others] = answer.epochs
    expect(others).toEqual([])
    const { headline, reasons, balance, earnings } = epoch!
    expect(headline).toBe(
      'Epoch 2 of model 1 paid 4 OPEN of its pools of 10 OPEN to 1 of 3 contributors; 6 OPEN went to the treasury.',
    )
    expect(balance).toEqual({
      poolsWei: 10n * OPEN,
      paidWei: 4n * OPEN,
      treasuryWei: 6n * OPEN,
      unearnedWei: 7n * OPEN,
      forDebtsWei: OPEN,
      newDebtsWei: 2n * OPEN,
    })
    expect(balance!.treasuryWei).toBe(balance!.unearnedWei + balance!.forDebtsWei - balance!.newDebtsWei)
    expect(reasons.slice(2)).toEqual([
      "The treasury's 6 OPEN is 7 OPEN that nobody's balance holds (the smaller side of each inference's scores, losses, unassigned slots), plus 1 OPEN for debts from earlier epochs, less 2 OPEN that contributors now owe.",
      'A debt is carried by 0xb2b2…b2b2.',
      'Nothing at all was booked for 0xc3c3…c3c3.',
    ])
    expect(earnings.map(({ account }) => account.contributor)).toEqual([alice, bob, carol])
    expect(earnings.map(({ batches }) => batches.map(({ earningWei }) => earningWei))).toEqual([
      [5n * OPEN],
      [-2n * OPEN],
      [0n],
    ])
  })

  test('behavior: of every model when none is named; an open one says what it waits for', () => {
    const all = ask({ about: 'epoch', modelId: null, epochId: 2n }, rows)
    expect(all).toMatchObject({ epochs: [{ epoch: { modelId: 1n } }, { epoch: { modelId: 7n } }] })
    const open = ask({ about: 'epoch', modelId: null, epochId: 3n }, rows)
    expect(open).toMatchObject({
      epochs: [
        {
          balance: null,
          headline: 'Epoch 3 of model 1 is open: its settled batches hold pools of 10 OPEN.',
          reasons: [expect.anything(), expect.anything(), 'It has 2 requests neither settled nor refunded.'],
        },
      ],
    })
  })

  test('behavior: an open epoch runs until its end, unless a later one opened', () => {
    const waitingOf = (isCurrent: boolean, now: number) => {
      const row = epochRow({ accounts: [epochAccount()], closing: null, isCurrent })
      const answer = ask({ about: 'epoch', modelId: 1n, epochId: 1n }, [row], now)
      return answer.about === 'epoch' && answer.epochs[0]!.reasons.at(-1)
    }
    expect(waitingOf(true, 4599)).toBe('It runs until 1970-01-01 01:16:40 UTC or until a later one opens.')
    for (const free of [waitingOf(true, 4600), waitingOf(false, 4599)]) expect(free).toContain('anyone can close it')
  })

  test('error: one that there is not', () => {
    expect(() => ask({ about: 'epoch', modelId: 7n, epochId: 3n }, rows)).toThrow(
      expect.objectContaining({ code: 'EPOCH_NOT_FOUND', message: 'there is no epoch 3 of model 7 up to this block' }),
    )
  })
})

describe('a request', () => {
  const requests = requestsOf(2, 17)
  const about = (requestId: bigint) => ({ about: 'request', requestId }) as const

  test('default: who earned what from it and by which scores', () => {
    const scores = [OPEN, -OPEN / 2n, 0n]
    const inference = inferenceRow({ requestId: 18n, position: 1, scores, poolWei: OPEN })
    const answer = ask(about(18n), [inference, batchRow({ requests })])
    expect(answer).toMatchObject({
      inference: {
        headline:
          'Request 18, for which 0x0404…0404 paid 2 OPEN, is inference 1 of batch 1, epoch 1 of model 1; 1 contributor earned from it, the data of 1 pushed against its answer.',
        reasons: [
          "1 OPEN of the fee is the contributors' pool, 1 OPEN went to model owner, stakers, prover and treasury.",
          'The answer is class 2.',
          `The positive scores sum to ${OPEN}, the negative ones to -${OPEN / 2n}; T is the larger, ${OPEN}.`,
          `A score of 1 is worth floor(pool * 2^64 / T) = ${1n << 64n} of 2^-64 wei.`,
          `0xa1a1…a1a1: score +${OPEN}, earns 1 OPEN (100.0 % of the pool).`,
          `0xb2b2…b2b2: score ${-OPEN / 2n}, loses 0.5 OPEN.`,
          'What is earned sums to 1 OPEN, 100.0 % of the pool. Negative scores cost as much a unit, and all of it is netted over the epoch.',
        ],
        slots: [
          { slot: 0, contributor: alice, score: OPEN, earning: OPEN << 64n },
          { slot: 1, contributor: bob, score: -OPEN / 2n },
          { slot: 2, contributor: carol, score: 0n, earning: 0n },
        ],
      },
    })
  })

  test('behavior: a slot that nobody is assigned to is no contributor', () => {
    const scores = [OPEN, OPEN, -OPEN]
    const inference = inferenceRow({ requestId: 17n, scores, contributors: [alice] })
    expect(ask(about(17n), [inference, batchRow({ requests })])).toMatchObject({
      inference: { headline: expect.stringMatching(/; 1 contributor earned from it\.$/) },
    })
  })

  test('behavior: scores that are all 0, scores that nobody disclosed', () => {
    const zero = ask(about(17n), [inferenceRow({ requestId: 17n, scores: [0n, 0n, 0n] }), batchRow({ requests })])
    expect(zero).toMatchObject({
      inference: {
        reasons: [expect.anything(), 'The answer is class 2.', expect.stringContaining('Every score is 0')],
      },
    })
    const hidden = ask(about(17n), [batchRow({ requests })])
    expect(hidden).toMatchObject({
      inference: {
        slots: null,
        headline: expect.stringContaining('its scores are proved, but private.'),
        reasons: [expect.anything(), expect.stringContaining('from its 2 inferences together')],
      },
    })
  })

  test('behavior: sealed, waiting and refunded ones', () => {
    const sealed = ask(about(17n), [batchRow({ requests, settlement: null })], 3000)
    expect(sealed).toMatchObject({
      inference: {
        headline: expect.stringMatching(/is sealed in batch 1, .*; it can be settled until 1970-01-01 00:50:00 UTC\.$/),
      },
    })
    const waiting = ask(about(1n), [requestRow({ refundedAt: null })], 1600)
    expect(waiting).toMatchObject({ inference: { headline: expect.stringContaining('waits to be sealed, until') } })
    const missed = ask(about(1n), [requestRow({ refundedAt: null })], 1601)
    expect(missed).toMatchObject({
      inference: {
        headline:
          'Request 1, for which 0x0404…0404 paid 2 OPEN, waits to be refunded: no operator sealed it by 1970-01-01 00:26:40 UTC. Anyone can have that done.',
      },
    })
    const stuck = ask(about(17n), [batchRow({ requests, settlement: null })], 3001)
    expect(stuck).toMatchObject({
      inference: {
        headline: expect.stringMatching(
          /, which was not settled by 1970-01-01 00:50:00 UTC and cannot be settled any more\.$/,
        ),
        reasons: [expect.stringContaining('as much later as it was paid')],
      },
    })
    const refunded = ask(about(1n), [requestRow({ batchId: 4n })])
    expect(refunded).toMatchObject({
      inference: {
        headline:
          'Request 1, for which 0x0404…0404 paid 2 OPEN, was refunded at 1970-01-01 00:28:20 UTC: its batch 4 was not settled by 1970-01-01 00:26:40 UTC. Nobody earned from it.',
      },
    })
  })

  test('error: one that there is not', () => {
    expect(() => ask(about(99n), [batchRow({ requests })])).toThrow(
      expect.objectContaining({ code: 'REQUEST_NOT_FOUND', message: 'there is no request 99 up to this block' }),
    )
  })
})

test('behavior: owner and prover are told apart from contributors', () => {
  const rows: AuditRow[] = [batchRow(), epochRow({ accounts: [epochAccount()] })]
  for (const account of [owner, prover]) {
    const answer = ask({ about: 'contributor', account, ...everything }, rows)
    expect(answer).toMatchObject({ contributor: { earnings: [] } })
  }
})
