import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXPLORER_DIRECTORY } from '../../prover/explorer/vite.config.ts'
import { buildExplorer } from '../../scripts/buildExplorer.ts'
import {
  attributionView,
  type BatchView,
  batchView,
  contractsView,
  contributorEpochView,
  contributorView,
  earningsView,
  epochView,
  modelView,
  overviewView,
  pageOf,
  proofView,
  proverView,
  traceView,
} from '../../src/api/views.ts'
import { requestNode } from '../../src/client/requestNode.ts'
import { parseSettlementClaim } from '../../src/statement/settlementClaim.ts'
import { freePort } from '../freePort.ts'
import { eventually } from '../prover/node/openSetting.ts'
import { goTo, openBrowser, openPage, PHONE, settle, takePicture } from './openBrowser.ts'
import { type LiveDeployment, openDeployment } from './openDeployment.ts'

let live: LiveDeployment
let browser: Browser
let elsewhere: string

beforeAll(async () => {
  elsewhere = `http://127.0.0.1:${await freePort()}`
  await buildExplorer()
  ;[live, browser] = await Promise.all([openDeployment([elsewhere]), openBrowser()])
})

afterAll(async () => {
  await browser?.close()
  await live?.close()
})

const ask = <Schema extends Parameters<typeof requestNode>[1]['answer']>(path: string, answer: Schema) =>
  requestNode(live.url, { path, answer })

/** Runs on a page that must do nothing forbidden. */
async function onPage(
  run: (page: Page) => Promise<void>,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<void> {
  const { page, misdeeds, context } = await openPage(browser, [live.url], options)
  try {
    await run(page)
    expect(misdeeds).toEqual([])
  } finally {
    // A page that is open asks again by itself: what is being answered in the node's place is answered first.
    await page.unrouteAll({ behavior: 'wait' })
    await context.close()
  }
}

const go = (page: Page, hash: string) => goTo(page, live.url, hash)
/** The exact amounts that stand in a part of the page, in wei. */
const amountsIn = (part: Locator): Promise<string[]> =>
  part.locator('data').evaluateAll((all) => all.map((one) => one.getAttribute('value')!))
const rowsOf = (page: Page, caption: string) => page.getByRole('table', { name: caption }).getByRole('row')

/** One of each page, at what there is. */
async function pages(): Promise<Record<string, string>> {
  const { items: contributors } = await ask('/v1/contributors', pageOf(contributorView))
  const { items: batches } = await ask('/v1/batches', pageOf(batchView))
  const { items: epochs } = await ask('/v1/epochs', pageOf(epochView))
  const { items: traces } = await ask('/v1/traces', pageOf(traceView))
  const account = contributors[0]!.account
  const closed = epochs.find(({ closure }) => closure !== null)!
  const disclosed = batches.find(({ isDisclosed }) => isDisclosed)!
  return {
    overview: '#/',
    traces: '#/traces',
    trace: `#/traces/${traces[0]!.traceId}`,
    batches: '#/batches',
    'batch-disclosed': `#/batches/${disclosed.batchId}`,
    'batch-private': `#/batches/${batches.find(({ isDisclosed }) => !isDisclosed)!.batchId}`,
    models: '#/models',
    model: `#/models/${closed.modelId}`,
    contributors: '#/contributors',
    contributor: `#/contributors/${account}`,
    'contributor-epoch': `#/contributors/${account}/epochs/${closed.modelId}/${closed.epochId}`,
    attribution: '#/attribution',
    epochs: '#/epochs',
    epoch: `#/epochs/${closed.modelId}/${closed.epochId}`,
    provers: '#/provers',
    contracts: '#/contracts',
    health: '#/health',
  }
}

describe('pages show what the node answers', () => {
  test('default: the overview', () =>
    onPage(async (page) => {
      const { totals, requests, batches } = await ask('/v1/overview', overviewView)
      await go(page, '#/')
      const tiles = page.locator('.tiles > div')
      expect(await amountsIn(tiles.nth(0))).toEqual([totals.paidWei])
      expect(await tiles.nth(1).locator('strong').textContent()).toBe(String(requests.settled))
      expect(await tiles.nth(2).locator('strong').textContent()).toBe(String(batches.settled))
      expect(await amountsIn(page.locator('.split'))).toEqual([
        totals.poolsWei,
        totals.modelOwnerWei,
        totals.stakersWei,
        totals.proverWei,
        totals.treasuryWei,
        totals.settledFeesWei,
      ])
      expect(await page.locator('.split .check').textContent()).toBe('adds up')
      expect(await page.locator('.chart canvas').count()).toBe(3)
    }))

  test('default: contributors by rank, and one of them', () =>
    onPage(async (page) => {
      const { items } = await ask('/v1/contributors', pageOf(contributorView))
      await go(page, '#/contributors')
      const rows = rowsOf(page, 'Contributors by what they were paid')
      for (const [i, { account, paidWei, bookedOpenWei, debtWei, withdrawnWei }] of items.entries()) {
        expect(
          await rows
            .nth(i + 1)
            .locator('a')
            .getAttribute('href'),
        ).toBe(`#/contributors/${account}`)
        expect(await amountsIn(rows.nth(i + 1))).toEqual([
          paidWei,
          bookedOpenWei,
          String(-BigInt(debtWei)),
          withdrawnWei,
        ])
      }
      const { account } = items[0]!
      const { netted, paidWei, claimableWei, withdrawnWei } = await ask(
        `/v1/contributors/${account}/earnings`,
        earningsView,
      )
      await go(page, `#/contributors/${account}`)
      const tiles = page.locator('.tiles > div')
      expect(sumOf(netted.map((epoch) => epoch.paidWei))).toBe(paidWei)
      expect(await amountsIn(tiles.nth(0))).toEqual([paidWei])
      expect(await amountsIn(tiles.nth(1))).toEqual([claimableWei])
      expect(await amountsIn(tiles.nth(2))).toEqual([withdrawnWei])
      const epochRows = page.locator('section').filter({ hasText: 'Epoch by epoch' }).getByRole('row')
      for (const [i, { openingWei, bookedWei, paidWei, carriedWei }] of netted.entries())
        expect(await amountsIn(epochRows.nth(i + 2))).toEqual([
          openingWei,
          bookedWei,
          paidWei,
          String(-BigInt(carriedWei)),
        ])
      expect(await page.locator('#reason').textContent()).toContain(`rank ${items[0]!.rank} of all contributors`)
    }))

  test('default: batches, and one of them', () =>
    onPage(async (page) => {
      const { items } = await ask('/v1/batches', pageOf(batchView))
      await go(page, '#/batches')
      const rows = rowsOf(page, 'Batches')
      for (const [i, batch] of items.entries()) {
        expect(
          await rows
            .nth(i + 1)
            .getByRole('rowheader')
            .textContent(),
        ).toBe(`Batch ${batch.batchId}`)
        expect(await amountsIn(rows.nth(i + 1))).toEqual([String(poolsOf(batch))])
      }
      const batch = items[0]!
      await go(page, `#/batches/${batch.batchId}`)
      expect(await amountsIn(page.locator('.split'))).toEqual([
        batch.booking!.poolsWei,
        batch.booking!.modelOwnerWei,
        batch.booking!.stakersWei,
        batch.booking!.proverWei,
        batch.booking!.treasuryWei,
        batch.booking!.feesWei,
      ])
      const earnings = page.locator('section').filter({ hasText: 'Earnings by slot' }).locator('tbody')
      expect(await amountsIn(earnings)).toEqual(batch.booking!.earnings.map(({ earningWei }) => earningWei))
      await expectText(page, `Gas of settling${Number(batch.settlement!.gasUsed).toLocaleString('en')}`)
    }))

  test('default: what each inference of a disclosed batch earned whom', () =>
    onPage(async (page) => {
      const { items } = await ask('/v1/batches', pageOf(batchView))
      const { batchId } = items.find(({ isDisclosed }) => isDisclosed)!
      const { inferences } = await ask(`/v1/batches/${batchId}/attribution`, attributionView)
      await go(page, `#/batches/${batchId}`)
      const first = inferences[0]!
      const shown = page.locator('.inferences > details').first()
      const rows = shown.getByRole('row')
      const sorted = first.contributors.toSorted((a, b) => Number(BigInt(b.score) - BigInt(a.score)))
      for (const [i, { score, earning }] of sorted.entries()) {
        expect(
          await rows
            .nth(i + 1)
            .getByRole('cell')
            .nth(1)
            .textContent(),
        ).toBe(Number(score).toLocaleString('en').replace('-', '\u2212'))
        expect(await amountsIn(rows.nth(i + 1))).toEqual([String(BigInt(earning) >> 64n)])
      }
      expect(await shown.locator('.note').textContent()).toContain(`T = ${Number(first.total).toLocaleString('en')}`)
    }))

  test('default: epochs reconcile, to the wei', () =>
    onPage(async (page) => {
      const { items } = await ask('/v1/epochs', pageOf(epochView))
      const epoch = items.find(({ closure }) => closure !== null)!
      const closure = epoch.closure!
      await go(page, `#/epochs/${epoch.modelId}/${epoch.epochId}`)
      const equations = rowsOf(page, 'Equations')
      expect(await equations.count()).toBe(6)
      expect(await page.locator('.check.bad').count()).toBe(0)
      expect(await amountsIn(equations.nth(3))).toEqual([
        closure.poolsWei,
        String(BigInt(closure.paidWei) + BigInt(closure.treasuryWei)),
      ])
      const rows = rowsOf(page, 'Netted')
      for (const [i, { openingWei, bookedWei, paidWei, carriedWei }] of closure.contributors.entries())
        expect(await amountsIn(rows.nth(i + 1))).toEqual([openingWei, bookedWei, paidWei, carriedWei])
      await go(page, '#/epochs')
      expect(await page.locator('.check.good').count()).toBeGreaterThanOrEqual(2)
    }))

  test('behavior: figures that do not add up are said not to', () =>
    onPage(async (page) => {
      const { items } = await ask('/v1/epochs', pageOf(epochView))
      const { modelId, epochId } = items.find(({ closure }) => closure !== null)!
      await page.route(`**/v1/epochs/${modelId}/${epochId}*`, async (route) => {
        const epoch = await (await route.fetch()).json()
        epoch.closure.treasuryWei = String(BigInt(epoch.closure.treasuryWei) + 1n)
        await route.fulfill({ json: epoch })
      })
      await go(page, `#/epochs/${modelId}/${epochId}`)
      expect(await page.locator('.tiles .check').textContent()).toBe('does not add up')
      expect(await rowsOf(page, 'Equations').filter({ hasText: 'differs' }).count()).toBe(1)
    }))

  test('default: a model with its lineage, its provers, its contracts', () =>
    onPage(async (page) => {
      const { items } = await ask('/v1/models', pageOf(modelView))
      await go(page, `#/models/${items[0]!.modelId}`)
      for (const { name } of items[0]!.indexes[0]!.lineage!.datanets) await expectText(page, name)
      const { items: provers } = await ask('/v1/provers', pageOf(proverView))
      await go(page, '#/provers')
      expect(await amountsIn(rowsOf(page, 'Provers').nth(1))).toEqual([provers[0]!.earnedWei])
      const { escrow, circuits } = await ask('/v1/contracts', contractsView)
      await go(page, '#/contracts')
      expect(await page.locator(`[title="${escrow}"]`).count()).toBe(1)
      await expectText(page, circuits[0]!.keyHash)
      await expectText(page, 'the same hash')
      await go(page, '#/health')
      expect(await page.locator('.check.bad').count()).toBe(0)
      expect(await page.locator('.check.good').count()).toBeGreaterThan(3)
    }))

  test('default: the graph from data to pay', () =>
    onPage(async (page) => {
      await go(page, '#/attribution')
      await page.locator('summary').click()
      const flows = await page.getByRole('table', { name: 'Flows' }).getByRole('rowheader').allTextContents()
      expect(flows).toContain('court-opinions')
      expect(flows).toContain('statutes')
      expect(await page.locator('.chart canvas').count()).toBe(1)
    }))
})

describe('what a visitor does', () => {
  test('default: from the first page to the inferences that earned it in three clicks', () =>
    onPage(async (page) => {
      const { items } = await ask('/v1/contributors', pageOf(contributorView))
      const { account } = items[0]!
      await go(page, '')
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Contributors' }).click()
      await page.locator(`tbody a[href="#/contributors/${account}"]`).first().click()
      await page.locator('section').filter({ hasText: 'Epoch by epoch' }).locator('tbody a').nth(1).click()
      await settle(page)
      const [, modelId, epochId] = /epochs\/(\d+)\/(\d+)$/.exec(page.url())!
      const epoch = await ask(`/v1/contributors/${account}/epochs/${modelId}/${epochId}`, contributorEpochView)
      expect(epoch.batches.items.every(({ isDisclosed }) => isDisclosed)).toBe(true)
      const told = page.locator('.told li')
      await told.first().waitFor()
      expect(await told.first().textContent()).toMatch(
        /^Inference \d+\. The model answered class \d, and the contributor's data pushed (towards|against) that answer: /,
      )
      // What the inferences earned is what the batch booked, but for what each is rounded down by.
      const { batchId, earningWei } = epoch.batches.items[0]!
      const amounts = await amountsIn(
        page
          .locator('section')
          .filter({ hasText: `Inferences of batch ${batchId}` })
          .locator('td:last-child'),
      )
      const sum = amounts.reduce((total, amount) => total + BigInt(amount), 0n)
      expect(Number(BigInt(earningWei) - sum)).toBeLessThanOrEqual(amounts.length)
      expect(Number(BigInt(earningWei) - sum)).toBeGreaterThanOrEqual(0)
    }))

  test('default: a proof is verified here, and an altered claim is not', () =>
    onPage(async (page) => {
      const { items } = await ask('/v1/batches', pageOf(batchView))
      await go(page, `#/batches/${items[0]!.batchId}`)
      await page.getByRole('button', { name: 'Verify in this browser' }).click()
      const verdict = page.locator('.verdict')
      await verdict.waitFor()
      expect(await verdict.locator('.word strong').textContent()).toBe('Valid')
      expect(await verdict.locator('li.good').count()).toBe(6)
      const { context } = parseSettlementClaim((await ask(`/v1/batches/${items[0]!.batchId}/proof`, proofView)).claim)
      expect(await verdict.locator('.note [title]').first().getAttribute('title')).toBe(context.circuitKeyHash)
      await takePicture(page, 'batch-valid')
      await page.getByRole('button', { name: 'Try with an altered earning' }).click()
      await page.locator('.verdict.bad').waitFor()
      expect(await verdict.locator('.word strong').textContent()).toBe('Not valid')
      expect(await verdict.locator('li.bad strong').allTextContents()).toEqual([
        'The claim is this batch',
        'snarkjs',
        "this project's verifier",
      ])
    }))

  test('default: a node that proved nothing has the proof from the chain', async () => {
    const observer = await live.startObserver()
    const url = observer.url!
    const { page, misdeeds, context } = await openPage(browser, [url])
    try {
      const batch = await eventually('the node has read the chain', () =>
        requestNode(url, { path: '/v1/batches/1', answer: batchView }).catch(() => undefined),
      )
      expect(batch.proof).toBe(null)
      await goTo(page, url, '#/batches/1')
      await page.getByRole('button', { name: 'Verify in this browser' }).click()
      await page.locator('.verdict.good').waitFor()
      expect(await page.locator('.verdict li.good').count()).toBe(6)
      expect(misdeeds).toEqual([])
    } finally {
      await context.close()
      await observer.kill()
    }
  })

  test('error: a proof that the node altered is not valid', () =>
    onPage(async (page) => {
      const { items } = await ask('/v1/batches', pageOf(batchView))
      const { batchId } = items[0]!
      const other = items.find((one) => one.batchId !== batchId)!
      await page.route(`**/v1/batches/${batchId}/proof*`, async (route) => {
        const answer = await (await route.fetch()).json()
        const url = `${live.url}/v1/batches/${other.batchId}/proof`
        const { proof } = await (await route.fetch({ url })).json()
        await route.fulfill({ json: { ...answer, proof } })
      })
      await go(page, `#/batches/${batchId}`)
      await page.getByRole('button', { name: 'Verify in this browser' }).click()
      await page.locator('.verdict.bad').waitFor()
      expect(await page.locator('.verdict li.bad strong').allTextContents()).toEqual([
        'snarkjs',
        "this project's verifier",
      ])
    }))

  test('error: a proof of something else than the page shows is not valid', () =>
    onPage(async (page) => {
      const { items } = await ask('/v1/batches', pageOf(batchView))
      const { batchId } = items[0]!
      await page.route(`**/v1/batches/${batchId}`, async (route) => {
        const batch = await (await route.fetch()).json()
        batch.requests[0].poolWei = String(BigInt(batch.requests[0].poolWei) + 1n)
        await route.fulfill({ json: batch })
      })
      await go(page, `#/batches/${batchId}`)
      await page.getByRole('button', { name: 'Verify in this browser' }).click()
      await page.locator('.verdict.bad').waitFor()
      expect(await page.locator('.verdict .word strong').textContent()).toBe('Not valid')
      expect(await page.locator('.verdict li.bad').allTextContents()).toEqual([
        'The claim is this batch: it says otherwise than this page: pools (failed)',
      ])
    }))

  test('behavior: a page that is open shows the next batch by itself', () =>
    onPage(async (page) => {
      await go(page, '#/batches')
      await page.getByText('live', { exact: true }).waitFor()
      const before = await rowsOf(page, 'Batches').count()
      await page.evaluate('globalThis.isTheSamePage = true')
      const { batchId } = await live.settleBatch()
      const row = rowsOf(page, 'Batches').filter({ hasText: `Batch ${batchId}` })
      await row.getByText('settled').waitFor()
      expect(await rowsOf(page, 'Batches').count()).toBe(before + 1)
      expect(await page.evaluate('globalThis.isTheSamePage')).toBe(true)
    }))

  test('behavior: by keyboard alone', () =>
    onPage(async (page) => {
      await go(page, '')
      await page.keyboard.press('Tab')
      expect(await focused(page)).toBe('Skip to the content')
      await page.keyboard.press('Enter')
      expect(await page.evaluate('document.activeElement.tagName')).toBe('MAIN')
      await page.keyboard.press('Tab')
      expect(await page.evaluate('document.activeElement.closest("main") !== null')).toBe(true)
      for (let presses = 0; (await focused(page)) !== 'Choose a contributor.'; presses++) {
        expect(presses).toBeLessThan(30)
        await page.keyboard.press('Tab')
      }
      await page.keyboard.press('Enter')
      await settle(page)
      expect(page.url()).toContain('#/contributors')
      // Whoever listens hears where they are now.
      expect(await page.evaluate('document.activeElement.tagName')).toBe('H1')
      expect(await page.title()).toBe('Contributors · Proof of Attribution')
    }))

  test('behavior: the next page of a list begins at its top and its heading', () =>
    onPage(async (page) => {
      await answerInPagesOf(2, page, '/v1/batches')
      const { items } = await ask('/v1/batches', pageOf(batchView))
      await go(page, '#/batches')
      const names = () => rowsOf(page, 'Batches').getByRole('rowheader').allTextContents()
      const namesOf = (batches: readonly BatchView[]) => batches.map(({ batchId }) => `Batch ${batchId}`)
      expect(await names()).toEqual(namesOf(items.slice(0, 2)))
      const pager = page.getByRole('navigation', { name: 'Pages of this list' })
      await pager.getByRole('link', { name: 'Next page' }).click()
      await page.getByRole('rowheader', { name: `Batch ${items[2]!.batchId}` }).waitFor()
      expect(await names()).toEqual(namesOf(items.slice(2, 4)))
      expect(await page.evaluate('[document.activeElement.tagName, scrollY]')).toEqual(['H1', 0])
      expect(await page.title()).toBe('Batches, continued · Proof of Attribution')
      await pager.getByRole('link', { name: 'First page' }).click()
      await page.getByRole('rowheader', { name: `Batch ${items[0]!.batchId}` }).waitFor()
      expect(await names()).toEqual(namesOf(items.slice(0, 2)))
    }))

  test('behavior: an epoch whose batches are on several pages is told and drawn as a whole on each', () =>
    onPage(async (page) => {
      const { items } = await ask('/v1/contributors', pageOf(contributorView))
      const path = `/v1/contributors/${items[0]!.account}/epochs/1/1`
      const { openingWei, bookedWei, batches } = await ask(path, contributorEpochView)
      expect(batches.items.length).toBe(2)
      await answerInPagesOf(1, page, path)
      await go(page, `#${path.replace('/v1', '')}`)
      const sumOfSteps = async () =>
        sumOf(await amountsIn(page.getByRole('table', { name: 'Steps', includeHidden: true })))
      for (const { batchId } of batches.items) {
        await page.getByRole('rowheader', { name: `Batch ${batchId}` }).waitFor()
        await expectText(page, 'Batches on other pages')
        expect(await page.locator('#reason').textContent()).toMatch(/^The epoch's settled batches booked /)
        expect(await sumOfSteps()).toBe(sumOf([openingWei, bookedWei]))
        const next = page.getByRole('link', { name: 'Next page' })
        if ((await next.count()) > 0) await next.click()
      }
    }))

  test('behavior: a link to an inference leads to it', () =>
    onPage(async (page) => {
      const { items } = await ask('/v1/batches', pageOf(batchView))
      const { batchId, requests } = items.find(({ isDisclosed }) => isDisclosed)!
      const { requestId } = requests.at(-1)!
      await go(page, `#/batches/${batchId}?inference=${requestId}`)
      await page.waitForFunction('document.activeElement.tagName === "SUMMARY"')
      expect(await focused(page)).toContain(`Inference ${requestId}`)
      expect(await page.evaluate('scrollY')).toBeGreaterThan(0)
      // Below the header, which stands still.
      expect(await page.evaluate('document.activeElement.getBoundingClientRect().top')).toBeGreaterThan(60)
    }))

  test('behavior: the menu of a phone closes by Escape, by its links, and gives the focus on', () =>
    onPage(
      async (page) => {
        await go(page, '')
        const button = page.getByRole('button', { name: 'Menu' })
        const menu = page.getByRole('navigation', { name: 'Pages', exact: true })
        await button.click()
        await menu.waitFor()
        await takePicture(page, 'menu-phone')
        await page.keyboard.press('Escape')
        await menu.waitFor({ state: 'hidden' })
        expect(await focused(page)).toBe('Menu')
        await button.click()
        await menu.getByRole('link', { name: 'Overview' }).click()
        await menu.waitFor({ state: 'hidden' })
        await button.click()
        await menu.getByRole('link', { name: 'Batches' }).click()
        await menu.waitFor({ state: 'hidden' })
        await settle(page)
        expect(await focused(page)).toBe('Batches')
      },
      { viewport: PHONE },
    ))

  test('error: where the browser lets nothing be copied, the whole is shown', () =>
    onPage(async (page) => {
      await page.addInitScript('Object.defineProperty(navigator, "clipboard", { value: undefined })')
      const { items } = await ask('/v1/batches', pageOf(batchView))
      await go(page, `#/batches/${items[0]!.batchId}`)
      await page.getByRole('button', { name: 'Copy the hash of the batch' }).click()
      await page.getByText(`select and copy: ${items[0]!.batchHash}`).waitFor()
      await takePicture(page, 'copy-refused')
    }))

  test('behavior: finds an account, a trace and a batch by what is typed', () =>
    onPage(async (page) => {
      const { items } = await ask('/v1/contributors', pageOf(contributorView))
      await go(page, '')
      const field = page.getByRole('searchbox')
      await field.fill(items[1]!.account)
      await field.press('Enter')
      await page.waitForURL(`**/#/contributors/${items[1]!.account}`)
      await field.fill('2')
      await field.press('Enter')
      await page.waitForURL('**/#/batches/2')
      await field.fill('no such thing')
      await field.press('Enter')
      await page.getByRole('alert').filter({ hasText: 'no address' }).waitFor()
    }))

  test('error: what the node does not know is said, with its code', async () => {
    const { page, context } = await openPage(browser, [live.url])
    await go(page, '#/batches/999')
    expect(await page.getByRole('alert').textContent()).toContain('BATCH_UNKNOWN')
    await go(page, '#/nowhere/at/all')
    expect(await page.locator('h1').textContent()).toBe('There is no such page')
    await context.close()
  })

  test('error: what the node refuses is asked again when it said', async () => {
    const { page, context } = await openPage(browser, [live.url])
    let refusals = 0
    await page.route('**/v1/provers*', async (route) => {
      if (refusals++ > 0) return route.continue()
      const problem = { type: 'about:blank', title: 'Busy', status: 503, detail: 'too much to do', code: 'BUSY' }
      await route.fulfill({ status: 503, headers: { 'retry-after': '2' }, json: problem })
    })
    await go(page, '#/provers')
    expect(await page.getByRole('alert').textContent()).toContain('too much to do')
    await rowsOf(page, 'Provers').first().waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
    await context.close()
  })

  test('error: an event stream that does not open is told by a word, and by a shape', async () => {
    const { page, context } = await openPage(browser, [live.url], { viewport: PHONE })
    await page.route('**/v1/events', (route) => route.abort())
    await go(page, '#/provers')
    await page.getByRole('status').getByText('not live').waitFor({ state: 'attached' })
    await takePicture(page, 'not-live-phone')
    expect(await page.locator('.live').getAttribute('class')).toBe('live is-lost')
    await context.close()
  })

  test('error: an answer of another form is not shown', async () => {
    const { page, context } = await openPage(browser, [live.url])
    await page.route('**/v1/provers*', (route) =>
      route.fulfill({ json: { items: [{ prover: '<img src=x>' }], next: null } }),
    )
    await go(page, '#/provers')
    expect(await page.getByRole('alert').textContent()).toContain('NODE_ANSWER_UNREADABLE')
    expect(await page.locator('main img').count()).toBe(0)
    await context.close()
  })
})

describe('every page', () => {
  test.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['phone', { viewport: PHONE, colorScheme: 'light' }],
    ['phone-dark', { viewport: PHONE, colorScheme: 'dark' }],
  ] as const)('default: %s: fits, has headings in order and text that can be read', (name, options) =>
    onPage(async (page) => {
      for (const [title, hash] of Object.entries(await pages())) {
        await go(page, hash)
        expect(await page.evaluate(THEME), title).toBe(options.colorScheme)
        expect(await page.evaluate(OVERFLOW), title).toEqual([])
        expect(await page.evaluate(HEADINGS), title).toEqual([])
        expect(await page.evaluate(FAINT), title).toEqual([])
        expect(await page.evaluate(UNNAMED), title).toEqual([])
        expect(await page.evaluate(PALE), title).toEqual([])
        await takePicture(page, `${title}-${name}`)
      }
    }, options),
  )

  test('behavior: the colours that were chosen stay', () =>
    onPage(
      async (page) => {
        await go(page, '')
        const button = page.getByRole('button', { name: 'Colours' })
        await button.click()
        await button.click()
        expect(await page.evaluate(THEME)).toBe('dark')
        await page.reload()
        expect(await page.evaluate(THEME)).toBe('dark')
      },
      { colorScheme: 'light' },
    ))
})

/** kB of gzip, as prover/explorer/README.md has them. */
const BUDGETS = { style: 8, pages: 80, charts: 200, verification: 100 }

test('default: what a visitor loads stays within its budget', async () => {
  const assets = join(EXPLORER_DIRECTORY, 'assets')
  const loaded = { style: 0, pages: 0, charts: 0, verification: 0 }
  for (const name of await readdir(assets)) {
    const part = name.startsWith('echarts')
      ? 'charts'
      : name.startsWith('verifyInBrowser')
        ? 'verification'
        : name.endsWith('.js')
          ? 'pages'
          : 'style'
    loaded[part] += gzipSync(await readFile(join(assets, name))).length / 1000
  }
  for (const [part, budget] of Object.entries(BUDGETS)) {
    expect(loaded[part as keyof typeof loaded], part).toBeGreaterThan(1)
    expect(loaded[part as keyof typeof loaded], part).toBeLessThan(budget)
  }
})

test('default: as files on another web server, it asks the node that it was built for', async () => {
  const outDir = await mkdtemp(join(tmpdir(), 'poa-explorer-'))
  await buildExplorer({ nodeUrl: live.url, outDir })
  const types: Record<string, string> = {
    '.html': 'text/html',
    '.js': 'text/javascript',
    '.css': 'text/css',
    '.svg': 'image/svg+xml',
  }
  const server = createServer(async (request, response) => {
    const path = request.url === '/' ? 'index.html' : request.url!.slice(1)
    const content = await readFile(join(outDir, path)).catch(() => undefined)
    response.writeHead(content === undefined ? 404 : 200, { 'content-type': types[extname(path)] ?? '' }).end(content)
  })
  await new Promise<void>((resolve) => server.listen(Number(new URL(elsewhere).port), '127.0.0.1', resolve))
  const { page, misdeeds, context } = await openPage(browser, [elsewhere, live.url])
  try {
    await goTo(page, elsewhere, '#/contributors')
    const { items } = await ask('/v1/contributors', pageOf(contributorView))
    expect(await rowsOf(page, 'Contributors by what they were paid').count()).toBe(items.length + 1)
    await page.getByText('live', { exact: true }).waitFor()
    expect(misdeeds).toEqual([])
  } finally {
    await context.close()
    await new Promise((resolve) => server.close(resolve))
    await rm(outDir, { recursive: true })
  }
})

const sumOf = (amounts: readonly string[]) => String(amounts.reduce((sum, amount) => sum + BigInt(amount), 0n))
const poolsOf = ({ requests }: BatchView) => requests.reduce((sum, { poolWei }) => sum + BigInt(poolWei), 0n)
/** Makes a list come in shorter pages than it would. */
const answerInPagesOf = (limit: number, page: Page, path: string) =>
  page.route(
    ({ pathname }) => pathname === path,
    async (route) => {
      const url = new URL(route.request().url())
      url.searchParams.set('limit', `${limit}`)
      await route.fulfill({ response: await route.fetch({ url: url.href }) })
    },
  )
const focused = (page: Page) => page.evaluate('document.activeElement.textContent.trim()')
const expectText = async (page: Page, text: string) => expect(await page.locator('main').textContent()).toContain(text)

/* What is run in the page. As text: here nothing of a browser has a type. */

const THEME = 'document.documentElement.dataset.theme'

/** What sticks out of a page that must not scroll sideways. */
const OVERFLOW = `(() => {
  const width = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= width) return []
  return [...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > width + 1)
    .map((element) => element.outerHTML.slice(0, 80))
})()`

/** Headings that skip a level, and pages with another number than one of the first. */
const HEADINGS = `(() => {
  const levels = [...document.querySelectorAll('h1, h2, h3')].map((heading) => Number(heading.tagName[1]))
  const faults = levels.flatMap((level, i) => (i > 0 && level > levels[i - 1] + 1 ? ['level ' + level + ' after ' + levels[i - 1]] : []))
  return levels.filter((level) => level === 1).length === 1 && levels[0] === 1 ? faults : [...faults, 'levels ' + levels]
})()`

/** Colours, their contrast, and the colour behind an element. */
const COLOURS = `
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const toRgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = colour
    canvas.fillRect(0, 0, 1, 1)
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data
    return [r, g, b, a / 255]
  }
  const over = ([r, g, b, a], below) => [r, g, b].map((value, i) => value * a + below[i] * (1 - a))
  const behind = (element) => {
    if (element === null) return [255, 255, 255]
    const colour = toRgba(getComputedStyle(element).backgroundColor)
    return colour[3] === 1 ? colour.slice(0, 3) : over(colour, behind(element.parentElement))
  }
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrastOf = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a)
    return (light + 0.05) / (dark + 0.05)
  }
`

/** Colours of charts with less contrast to the cards they are drawn on than WCAG's AA asks for. */
const PALE = `(() => {
  ${COLOURS}
  const style = getComputedStyle(document.documentElement)
  const read = (name) => toRgba(style.getPropertyValue(name)).slice(0, 3)
  return ['--accent', '--loss', ...[1, 2, 3, 4, 5, 6].map((i) => '--series-' + i)]
    .map((name) => name + ' ' + contrastOf(read(name), read('--surface')).toFixed(2))
    .filter((text) => Number(text.split(' ')[1]) < 3)
})()`

/** Text with less contrast than WCAG's AA asks for, against the colours behind it. */
const FAINT = `(() => {
  ${COLOURS}
  const faint = new Set()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement
    if (node.textContent.trim() === '' || element.closest('.visually-hidden, .skip, noscript, option') !== null) continue
    if (!element.checkVisibility()) continue
    const style = getComputedStyle(element)
    const background = behind(element)
    const ratio = contrastOf(over(toRgba(style.color), background), background)
    const isLarge = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700)
    if (ratio < (isLarge ? 3 : 4.5)) faint.add(ratio.toFixed(2) + ' ' + element.outerHTML.slice(0, 80))
  }
  return [...faint]
})()`

/** Links, buttons and fields that say nothing to those who do not see them. */
const UNNAMED = `[...document.querySelectorAll('a, button, input, select, [role=img]')]
  .filter((element) => (element.textContent.trim() || element.getAttribute('aria-label') || element.labels?.length || '') === '')
  .map((element) => element.outerHTML.slice(0, 80))`
