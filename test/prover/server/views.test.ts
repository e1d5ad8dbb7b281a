import { chmod, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { getAddress } from 'viem'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { Disclosures } from '../../../prover/server/Disclosures.ts'
import { PerBlock } from '../../../prover/server/PerBlock.ts'
import { attributeBatch, readSealedBatch } from '../../../prover/server/views/readAttribution.ts'
import { readBatch, readBatches } from '../../../prover/server/views/readBatches.ts'
import { readContributorEpoch } from '../../../prover/server/views/readContributorEpoch.ts'
import { readContributors } from '../../../prover/server/views/readContributors.ts'
import { readEarnings } from '../../../prover/server/views/readEarnings.ts'
import { readEpoch, readEpochs } from '../../../prover/server/views/readEpochs.ts'
import { readChainFigures, readOverview } from '../../../prover/server/views/readOverview.ts'
import { readPolicies } from '../../../prover/server/views/readPolicies.ts'
import { readProvers } from '../../../prover/server/views/readProvers.ts'
import type { NodeDatabase } from '../../../prover/store/openDatabase.ts'
import { TEST_CONTEXT } from '../../../scripts/randomBatch.ts'
import {
  attributionView,
  contributorEpochView,
  contributorView,
  epochView,
  overviewView,
  policyView,
  proverView,
} from '../../../src/api/views.ts'
import { attributeTrace } from '../../../src/statement/attributeTrace.ts'
import { buildStatement } from '../../../src/statement/buildStatement.ts'
import { toJson, traceBatchToJson } from '../../../src/statement/traceBatchSchema.ts'
import { KINDS, useDatabases } from '../store/useDatabases.ts'
import { CONTRIBUTORS, FEE_WEI, type MirroredLedger, mirrorLedger, NEWCOMER, PROVERS, tiny } from './mirrorLedger.ts'

/*
 * What is read is compared with the statement's reference (bookBatch, netEpoch, attributeTrace), on both databases.
 */

/** With which no disclosed file can be read; root reads everything, so permissions do not do. */
const readFailure = vi.hoisted((): { code: string | undefined } => ({ code: undefined }))
vi.mock('node:fs/promises', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:fs/promises')>()
  const readFile = async (...args: Parameters<typeof original.readFile>) => {
    if (readFailure.code !== undefined) throw Object.assign(new Error('not now'), { code: readFailure.code })
    return original.readFile(...args)
  }
  return { ...original, readFile }
})

const databases = useDatabases()
const NONE = { has: () => false }
const sumOf = (values: readonly bigint[]) => values.reduce((sum, value) => sum + value, 0n)

describe.each(KINDS)('%s', (kind) => {
  let db: NodeDatabase
  let kysely: NodeDatabase['kysely']
  let ledger: MirroredLedger
  beforeAll(async () => {
    db = await databases.clear(kind)
    kysely = db.kysely
    ledger = await mirrorLedger(kysely)
    await kysely
      .insertInto('proofs')
      .values({
        context: 1n,
        batch_hash: (await kysely.selectFrom('batches').select('batch_hash').orderBy('batch_id').executeTakeFirst())!
          .batch_hash,
        claim: '{}',
        proof: '{}',
        worker: 'w',
        witness_seconds: 1,
        prove_seconds: 2.5,
      })
      .execute()
  })

  test('default: the overview counts everything once, and its money adds up', async () => {
    const overview = overviewView.strict().parse(await readOverview(kysely, await readChainFigures(kysely)))
    const { bookings, nettings } = ledger
    expect(overview).toMatchObject({
      models: 1,
      contributors: 4,
      provers: 2,
      requests: { paid: 1, sealed: 0, settled: 7, refunded: 2 },
      batches: { sealed: 0, settled: 4, expired: 1 },
      epochs: { open: 1, closed: 2 },
      queue: { pendingTraces: 0, jobs: { queued: 0, active: 0, dead: 0 }, transactionsInFlight: 0 },
    })
    const { totals, series } = overview
    expect(totals).toEqual({
      feesWei: `${10n * FEE_WEI}`,
      refundedWei: `${2n * FEE_WEI}`,
      settledFeesWei: `${7n * FEE_WEI}`,
      poolsWei: `${sumOf(bookings.map(({ poolsWei }) => poolsWei))}`,
      modelOwnerWei: `${sumOf(bookings.map(({ modelOwnerWei }) => modelOwnerWei))}`,
      stakersWei: `${sumOf(bookings.map(({ stakersWei }) => stakersWei))}`,
      proverWei: `${sumOf(bookings.map(({ proverWei }) => proverWei))}`,
      treasuryWei: `${sumOf(bookings.map(({ treasuryWei }) => treasuryWei))}`,
      paidWei: `${sumOf(nettings.map(({ paidWei }) => paidWei))}`,
      poolsToTreasuryWei: `${sumOf(nettings.map(({ treasuryWei }) => treasuryWei))}`,
      withdrawnWei: '7',
    })
    const wei = (name: keyof typeof totals) => BigInt(totals[name])
    expect(wei('settledFeesWei')).toBe(
      wei('poolsWei') + wei('modelOwnerWei') + wei('stakersWei') + wei('proverWei') + wei('treasuryWei'),
    )
    expect(series.buckets.length).toBeGreaterThan(40)
    expect(series.buckets.length).toBeLessThanOrEqual(96)
    for (const [i, { from }] of series.buckets.entries())
      expect(BigInt(from) - BigInt(series.buckets[0]!.from)).toBe(BigInt(i * series.bucketSeconds))
    const { buckets } = series
    expect(buckets.reduce((sum, bucket) => sum + bucket.settledInferences, 0)).toBe(7)
    expect(buckets.reduce((sum, bucket) => sum + bucket.settledBatches, 0)).toBe(4)
    expect(sumOf(buckets.map(({ poolsWei }) => BigInt(poolsWei)))).toBe(wei('poolsWei'))
    expect(sumOf(buckets.map(({ paidWei }) => BigInt(paidWei)))).toBe(wei('paidWei'))
    expect(buckets.flatMap(({ proveSeconds }) => (proveSeconds === null ? [] : [proveSeconds]))).toEqual([2.5])
  })

  test('default: contributors by what they were paid, with their debts and what is not netted yet', async () => {
    const ranks = (await readContributors(kysely)).map((rank) => contributorView.strict().parse(rank))
    const last = ledger.nettings.at(-1)!
    const open = ledger.bookings[3]!.earningsWei
    const expected = CONTRIBUTORS.map((account, slot) => ({
      account,
      paidWei: `${sumOf(ledger.nettings.map(({ accounts }) => accounts[slot]!.paidWei))}`,
      bookedOpenWei: `${slot < 2 ? open[slot] : 0n}`,
      debtWei: `${last.debts.get(getAddress(account))?.amountWei ?? 0n}`,
      withdrawnWei: slot === 0 ? '7' : '0',
      epochs: 2,
    }))
    expected.push({
      account: NEWCOMER,
      paidWei: '0',
      bookedOpenWei: `${open[2]}`,
      debtWei: '0',
      withdrawnWei: '0',
      epochs: 0,
    })
    const difference = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0)
    expected.sort((a, b) => difference(BigInt(b.paidWei), BigInt(a.paidWei)) || a.account.localeCompare(b.account))
    expect(ranks).toEqual(
      expected.map((each, i) => ({
        ...each,
        rank: i + 1,
        models: [{ modelId: '1', paidWei: each.paidWei, bookedOpenWei: each.bookedOpenWei }],
      })),
    )
    expect(ranks.some(({ debtWei }) => debtWei !== '0')).toBe(true)
  })

  test('default: epochs add up, the newest first, page by page', async () => {
    const pages = []
    let after: { modelId: bigint; epochId: bigint } | undefined
    do {
      const page = await readEpochs(kysely, { after, limit: 1 })
      pages.push(...page.items.map((item) => epochView.strict().parse(item)))
      const ids = page.next?.split('-').map(BigInt)
      after = ids && { modelId: ids[0]!, epochId: ids[1]! }
    } while (after !== undefined)
    expect(pages.map(({ epochId, batches, closure }) => [epochId, batches, closure !== null])).toEqual([
      ['3', 1, false],
      ['2', 2, true],
      ['1', 1, true],
    ])
    expect(pages[0]!.requests).toEqual({ paid: 1, sealed: 0, settled: 2, refunded: 2 })
    for (const epoch of pages) {
      const shares = [epoch.poolsWei, epoch.modelOwnerWei, epoch.stakersWei, epoch.proverWei, epoch.treasuryWei]
      expect(sumOf(shares.map(BigInt))).toBe(BigInt(epoch.feesWei))
      if (epoch.closure === null) continue
      const netted = ledger.nettings[Number(epoch.epochId) - 1]!
      expect(epoch.closure).toMatchObject({
        poolsWei: `${netted.poolsWei}`,
        paidWei: `${netted.paidWei}`,
        treasuryWei: `${netted.treasuryWei}`,
        contributors: netted.accounts.map(({ contributor, openingWei, bookedWei, paidWei, carriedWei }, slot) => ({
          slot,
          contributor,
          openingWei: `${openingWei}`,
          bookedWei: `${bookedWei}`,
          paidWei: `${paidWei}`,
          carriedWei: `${carriedWei}`,
        })),
      })
      expect(epoch.contributors.map(({ bookedWei }) => bookedWei)).toEqual(
        netted.accounts.map(({ bookedWei }) => `${bookedWei}`),
      )
    }
    expect((await readEpochs(kysely, { modelId: 9n, limit: 5 })).items).toEqual([])
    expect(await readEpoch(kysely, { modelId: 1n, epochId: 4n })).toBeUndefined()
  })

  test('default: why an account got what it got of a closed epoch: opening, batches, netting', async () => {
    for (const [slot, account] of CONTRIBUTORS.entries()) {
      for (const [i, netted] of ledger.nettings.entries()) {
        const { openingWei, bookedWei, paidWei, carriedWei } = netted.accounts[slot]!
        const before = ledger.nettings[i - 1]?.accounts[slot]?.carriedWei ?? 0n
        const place = { account, modelId: 1n, epochId: BigInt(i + 1) }
        const view = contributorEpochView
          .strict()
          .parse(await readContributorEpoch(kysely, NONE, { ...place, limit: 50 }))
        expect(view).toMatchObject({
          account,
          slot,
          state: 'closed',
          indexVersion: '1',
          openingWei: `${openingWei}`,
          bookedWei: `${bookedWei}`,
          paidWei: `${paidWei}`,
          carriedWei: `${carriedWei}`,
          debt: before === 0n ? null : { epochId: `${i}`, carriedWei: `${before}`, isQuartered: false },
        })
        expect(sumOf(view.batches.items.map(({ earningWei }) => BigInt(earningWei)))).toBe(bookedWei)
        expect(BigInt(view.openingWei) + bookedWei).toBe(paidWei - carriedWei)
      }
    }
  })

  test('behavior: an open epoch under another index opens with a quarter of the debt, rounded up', async () => {
    const owing = CONTRIBUTORS.slice(0, 2).find((account) => ledger.nettings[1]!.debts.has(getAddress(account)))!
    const { amountWei } = ledger.nettings[1]!.debts.get(getAddress(owing))!
    const slot = CONTRIBUTORS.indexOf(owing)
    const at = { account: owing, modelId: 1n, epochId: 3n, limit: 1 }
    expect(await readContributorEpoch(kysely, NONE, at)).toMatchObject({
      state: 'open',
      openingWei: `${-((amountWei + 3n) / 4n)}`,
      debt: { epochId: '2', indexVersion: '1', carriedWei: `${amountWei}`, isQuartered: true },
      bookedWei: `${ledger.bookings[3]!.earningsWei[slot]}`,
      paidWei: null,
      carriedWei: null,
      closing: null,
    })
    expect(await readContributorEpoch(kysely, NONE, { ...at, account: CONTRIBUTORS[2]! })).toBeUndefined()
    expect(await readContributorEpoch(kysely, NONE, { ...at, account: NEWCOMER })).toMatchObject({
      openingWei: '0',
      debt: null,
      slot: 2,
    })
  })

  test('behavior: the batches of an account in an epoch come in pages', async () => {
    const at = { account: CONTRIBUTORS[0]!, modelId: 1n, epochId: 2n, limit: 1 }
    const first = await readContributorEpoch(kysely, NONE, at)
    expect(first!.batches).toMatchObject({ items: [{ batchId: '2', requests: 2 }], next: '2' })
    const second = await readContributorEpoch(kysely, NONE, { ...at, after: 2n })
    expect(second!.batches).toMatchObject({ items: [{ batchId: '3', requests: 1 }], next: null })
    expect(second!.bookedWei).toBe(first!.bookedWei)
  })

  test('default: earnings name the index of each epoch and what closed it', async () => {
    const ranks = await readContributors(kysely)
    const ranked = ranks.find(({ account }) => account === CONTRIBUTORS[0])!
    const { netted, booked, ...figures } = await readEarnings(kysely, CONTRIBUTORS[0]!, ranked, 5n)
    expect(figures).toEqual({
      account: CONTRIBUTORS[0],
      rank: ranks.indexOf(ranked) + 1,
      epochs: netted.length,
      paidWei: `${sumOf(netted.map(({ paidWei }) => BigInt(paidWei)))}`,
      debtWei: netted[0]!.carriedWei,
      claimableWei: '5',
      withdrawnWei: '7',
    })
    expect(await readEarnings(kysely, PROVERS[0]!, undefined, 0n)).toMatchObject({
      rank: null,
      epochs: 0,
      paidWei: '0',
    })
    const closure = (await readEpoch(kysely, { modelId: 1n, epochId: 2n }))!.closure!
    expect(netted.map(({ epochId, indexVersion }) => [epochId, indexVersion])).toEqual([
      ['2', '1'],
      ['1', '1'],
    ])
    expect(netted[0]!.closing).toEqual({
      transactionHash: closure.transactionHash,
      blockNumber: closure.blockNumber,
      timestamp: closure.timestamp,
    })
    expect(booked).toMatchObject([{ epochId: '3', indexVersion: '2' }])
  })

  test('default: provers by their batches, how fast they were and how often late', async () => {
    const provers = (await readProvers(kysely)).map((prover) => proverView.strict().parse(prover))
    const earned = (places: readonly number[]) => `${sumOf(places.map((place) => ledger.bookings[place]!.proverWei))}`
    expect(provers).toEqual([
      {
        prover: PROVERS[0],
        batches: 3,
        inferences: 5,
        earnedWei: earned([0, 1, 2]),
        medianSettleSeconds: 40,
        lateBatches: 1,
      },
      {
        prover: PROVERS[1],
        batches: 1,
        inferences: 2,
        earnedWei: earned([3]),
        medianSettleSeconds: 30,
        lateBatches: 0,
      },
    ])
  })

  test('default: policies, with where they were published', async () => {
    const policies = (await readPolicies(kysely)).map((policy) => policyView.strict().parse(policy))
    expect(policies).toMatchObject([{ policyId: '1', contributorsBps: 5000, publication: { blockNumber: '1' } }])
  })

  test('default: a settled batch tells its booking by slot, and the gas that this node paid for it', async () => {
    const { transaction_hash } = await kysely
      .selectFrom('settlements')
      .select('transaction_hash')
      .where('batch_id', '=', 1n)
      .executeTakeFirstOrThrow()
    expect((await readBatch(kysely, NONE, 1n))!.settlement!.gasUsed).toBeNull()
    await kysely
      .insertInto('transactions')
      .values({
        kind: 'settle',
        subject: '1',
        sender: '0x',
        recipient: '0x',
        data: '0x',
        state: 'final',
        mined_hash: transaction_hash,
        gas_used: 321_000n,
      })
      .execute()
    const view = (await readBatch(kysely, NONE, 1n))!
    expect(view.settlement).toMatchObject({ prover: PROVERS[0], gasUsed: '321000' })
    expect(BigInt(view.settlement!.timestamp) - BigInt(view.sealing.timestamp)).toBe(20n)
    expect(view.booking).toMatchObject({ feesWei: `${2n * FEE_WEI}`, poolsWei: `${FEE_WEI}` })
    expect(view.booking!.earnings).toEqual(
      ledger.bookings[0]!.earningsWei.map((earningWei, slot) => ({
        slot,
        contributor: CONTRIBUTORS[slot] ?? null,
        earningWei: `${earningWei}`,
      })),
    )
    const { items } = await readBatches(kysely, NONE, { modelId: 1n, epochId: 2n, limit: 9 })
    expect(items.map(({ batchId }) => batchId)).toEqual(['3', '2'])
    expect((await readBatch(kysely, NONE, 5n))!.booking).toBeNull()
  })

  test('behavior: what is made once a block is made again for another block', async () => {
    let made = 0
    const figures = new PerBlock(kysely, async () => ++made)
    expect(await Promise.all([figures.read(), figures.read(), figures.read()])).toEqual([1, 1, 1])
    const { hash, number } = await kysely
      .selectFrom('blocks')
      .select(['number', 'hash'])
      .orderBy('number', 'desc')
      .executeTakeFirstOrThrow()
    await kysely.updateTable('blocks').set({ hash: '0xother' }).where('number', '=', number).execute()
    expect(await figures.read()).toBe(2)
    await kysely.updateTable('blocks').set({ hash }).where('number', '=', number).execute()
  })

  test('error: figures that could not be made are made anew for whoever asks next', async () => {
    let made = 0
    const figures = new PerBlock(kysely, async () => {
      if (made++ === 0) throw new Error('gone')
      return made
    })
    await expect(figures.read()).rejects.toThrow('gone')
    expect(await figures.read()).toBe(2)
  })

  describe('disclosures', () => {
    let directory: string
    let logged: { file: string; error: { code: string; message: string } }[]
    let disclosures: Disclosures
    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'poa-test-disclosures-'))
      logged = []
      readFailure.code = undefined
      disclosures = open()
    })
    afterEach(async () => rm(directory, { recursive: true, force: true }))
    const open = () =>
      new Disclosures({
        directory,
        kysely,
        chain: { chainId: 31337, deployment: { inferenceEscrow: TEST_CONTEXT.settlement } as never },
        logger: { warn: (line: (typeof logged)[number]) => logged.push(line) } as never,
      })
    const write = async (name: string, batch: MirroredLedger['batches'][number]) =>
      writeFile(join(directory, name), toJson(traceBatchToJson(batch)))
    const settle = async () => {
      while (await disclosures.refresh());
    }

    test('default: a file that opens its batch is shown, inference by inference, and adds up to what was booked', async () => {
      const [batch] = ledger.batches
      await write('one.json', batch!)
      expect((await readBatch(kysely, disclosures, 1n))!.isDisclosed).toBe(false)
      await settle()
      expect((await readBatch(kysely, disclosures, 1n))!.isDisclosed).toBe(true)
      expect((await readBatch(kysely, disclosures, 2n))!.isDisclosed).toBe(false)
      const sealed = (await readSealedBatch(kysely, 1n))!
      const view = attributionView.strict().parse(attributeBatch((await disclosures.read(sealed))!, sealed))
      expect(view).toMatchObject({ batchId: '1', modelId: '1', epochId: '1', indexVersion: '1', shape: tiny.name })
      expect(view.inferences).toHaveLength(2)
      for (const [i, inference] of view.inferences.entries()) {
        const { features, label, poolWei, requestId } = batch!.traces[i]!
        const expected = attributeTrace(batch!.head, batch!.index, features, label, poolWei)
        expect(inference).toEqual({
          position: i,
          requestId: `${requestId}`,
          poolWei: `${poolWei}`,
          label,
          total: `${expected.total}`,
          rate: `${expected.rate}`,
          contributors: expected.scores.map((score, slot) => ({
            slot,
            contributor: CONTRIBUTORS[slot] ?? null,
            score: `${score}`,
            earning: `${expected.earnings[slot]}`,
          })),
        })
      }
      expect(view.earnings.map(({ earning }) => BigInt(earning))).toEqual(buildStatement(batch!).earnings)
      expect(view.earnings.map(({ earningWei }) => earningWei)).toEqual(
        (await readBatch(kysely, disclosures, 1n))!.booking!.earnings.map(({ earningWei }) => earningWei),
      )
      const epoch = await readContributorEpoch(kysely, disclosures, {
        account: CONTRIBUTORS[0]!,
        modelId: 1n,
        epochId: 1n,
        limit: 5,
      })
      expect(epoch!.batches.items.map(({ isDisclosed }) => isDisclosed)).toEqual([true])
      expect(logged).toEqual([])
    })

    test.each([
      [
        'another feature',
        ({ traces: [first, ...rest] }) => ({
          traces: [{ ...first!, inputSalt: first!.inputSalt + 1n }, ...rest],
        }),
        'requests, pools or commitments',
      ],
      [
        'another pool',
        ({ traces: [first, ...rest] }) => ({
          traces: [{ ...first!, poolWei: first!.poolWei + 1n }, ...rest],
        }),
        'requests, pools or commitments',
      ],
      [
        'another index',
        ({ index }) => ({
          index: { ...index, scales: [index.scales[0] === 0 ? 1 : 0, ...index.scales.slice(1)] },
        }),
        'index and the registered one',
      ],
      [
        'traces in another order',
        ({ traces }) => ({ traces: [...traces].reverse() }),
        'requests, pools or commitments',
      ],
    ] satisfies [string, (batch: MirroredLedger['batches'][number]) => object, string][])(
      'error: %s is not shown, and logged',
      async (_name, change, what) => {
        const [batch] = ledger.batches
        await write('wrong.json', { ...batch!, ...change(batch!) })
        await settle()
        expect((await readBatch(kysely, disclosures, 1n))!.isDisclosed).toBe(false)
        expect(logged).toMatchObject([{ error: { code: 'DISCLOSURE_DIFFERS' } }])
        expect(logged[0]!.error.message).toContain(what)
        // Once: the file has not changed.
        await settle()
        expect(logged).toHaveLength(1)
      },
    )

    test('error: earnings that are not those that were booked', async () => {
      await write('one.json', ledger.batches[0]!)
      const original = await kysely
        .selectFrom('batch_bookings')
        .select('earnings_wei')
        .where('batch_id', '=', 1n)
        .executeTakeFirstOrThrow()
      const book = (earnings: string[]) =>
        kysely
          .updateTable('batch_bookings')
          .set({ earnings_wei: toJson(earnings) })
          .where('batch_id', '=', 1n)
          .execute()
      await book(['1', ...original.earnings_wei.slice(1)])
      await settle()
      await settle()
      expect(logged).toMatchObject([{ error: { code: 'DISCLOSURE_DIFFERS' } }])
      expect(disclosures.has((await readSealedBatch(kysely, 1n))!)).toBe(false)
      // After a reorganisation that books others.
      await book(original.earnings_wei)
      await settle()
      expect(disclosures.has((await readSealedBatch(kysely, 1n))!)).toBe(true)
    })

    test('error: what is no trace batch, or of another chain, is logged and shown by nobody', async () => {
      const [batch] = ledger.batches
      await writeFile(join(directory, 'broken.json'), '{"features": [1, 2')
      await writeFile(join(directory, 'note.txt'), 'not looked at')
      await write('foreign.json', { ...batch!, context: { ...batch!.context, chainId: 1n } })
      await settle()
      expect(logged.map(({ error }) => error.code).sort()).toEqual(['DISCLOSURE_OF_OTHER_CHAIN', 'FILE_NOT_JSON'])
      expect(logged.some(({ error }) => error.message.includes('features'))).toBe(false)
    })

    test('error: an entry that leads nowhere is logged once, hides no other, and is shown once it leads somewhere', async () => {
      const target = join(directory, 'elsewhere')
      await symlink(target, join(directory, 'astray.json'))
      await write('two.json', ledger.batches[1]!)
      const isShown = async (batchId: bigint) => disclosures.has((await readSealedBatch(kysely, batchId))!)
      for (let i = 0; i < 2; i++) await settle()
      expect([await isShown(1n), await isShown(2n)]).toEqual([false, true])
      expect(logged).toMatchObject([{ file: join(directory, 'astray.json') }])
      await write('elsewhere', ledger.batches[0]!)
      await settle()
      expect(await isShown(1n)).toBe(true)
    })

    test('error: a failure of the machine fails the look, and not the file', async () => {
      await write('one.json', ledger.batches[0]!)
      readFailure.code = 'EMFILE'
      await expect(disclosures.refresh()).rejects.toMatchObject({ code: 'EMFILE' })
      readFailure.code = undefined
      await settle()
      expect(disclosures.has((await readSealedBatch(kysely, 1n))!)).toBe(true)
      expect(logged).toEqual([])
    })

    test('behavior: a file that could not be read is read again when its permissions have changed', async () => {
      await write('one.json', ledger.batches[0]!)
      readFailure.code = 'EACCES'
      for (let i = 0; i < 2; i++) await settle()
      expect(logged).toHaveLength(1)
      readFailure.code = undefined
      await chmod(join(directory, 'one.json'), 0o640)
      await settle()
      expect(disclosures.has((await readSealedBatch(kysely, 1n))!)).toBe(true)
    })

    test('behavior: a batch that is not settled waits; a file that changes or goes is shown no more', async () => {
      await write('waiting.json', ledger.batches[4]!)
      await write('one.json', ledger.batches[0]!)
      await settle()
      expect((await readBatch(kysely, disclosures, 5n))!.isDisclosed).toBe(false)
      const sealed = (await readSealedBatch(kysely, 1n))!
      expect(await disclosures.read(sealed)).toBeDefined()
      // Between two looks at the folder: the answer looks by itself.
      await writeFile(join(directory, 'one.json'), '{}')
      expect(await disclosures.read(sealed)).toBeUndefined()
      await utimes(join(directory, 'one.json'), 1, 1)
      await settle()
      expect(disclosures.has(sealed)).toBe(false)
      await rm(join(directory, 'one.json'))
      await write('two.json', ledger.batches[1]!)
      await settle()
      expect(disclosures.has((await readSealedBatch(kysely, 2n))!)).toBe(true)
      await rm(join(directory, 'two.json'))
      await settle()
      expect(disclosures.has((await readSealedBatch(kysely, 2n))!)).toBe(false)
    })

    test('behavior: after a reorganisation that registers another index the file is shown no more', async () => {
      await write('one.json', ledger.batches[0]!)
      await settle()
      const before = (await readSealedBatch(kysely, 1n))!
      expect(disclosures.has(before)).toBe(true)
      await sql`update influence_indexes set index_commitment = index_commitment + 1 where index_version = 1`.execute(
        kysely,
      )
      expect((await readBatch(kysely, disclosures, 1n))!.isDisclosed).toBe(false)
      await sql`update influence_indexes set index_commitment = index_commitment - 1 where index_version = 1`.execute(
        kysely,
      )
    })
  })
})
