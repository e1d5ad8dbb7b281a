import { describe, expect, test } from 'vitest'
import { TABLE_ROWS } from '../../../prover/audit/collectFigures.ts'
import { renderReport } from '../../../prover/audit/renderReport.ts'
import type { AccountRow } from '../../../src/audit/AuditRow.ts'
import type { Finding } from '../../../src/audit/Finding.ts'
import { addressOf, alice, batchRow, bob, carol, epochAccount, epochRow, OPEN } from '../../audit/rowFixture.ts'
import { auditSummary, fault, figuresOf, modelLife } from './reportFixture.ts'

const clean = () => renderReport(auditSummary(), figuresOf(modelLife()))
/** What a reader sees, without tags and style. */
const textOf = (page: string) =>
  page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')

describe('renderReport', () => {
  test('default: the verdict first, then what it rests on', () => {
    const text = textOf(clean())
    expect(text).toContain('Everything that was checked holds')
    expect(text).toContain('1234 events replayed, 24 proofs of 24 settled batches verified again')
    expect(text).toContain('2 disclosed batches recomputed')
    expect(text).toContain(`Block hash 0x${'4f'.repeat(32)}`)
    expect(text).toContain('Nothing to report')
    expect(text).toContain('to the treasury 90.000000 90000000000000000001')
    expect(text).toContain(`1 ${alice} 53.000000 57.000000 12`)
    expect(text).toContain('What this report does not show')
  })

  test('behavior: amounts are rounded, and nothing has no sign', () => {
    const account = epochAccount({ bookedWei: -1n })
    const rows = [epochRow({ accounts: [{ ...account, paidWei: 2n * OPEN - 1n }] })]
    expect(textOf(renderReport(auditSummary(), figuresOf(rows)))).toContain(`1 ${alice} 2.000000 0.000000 1`)
  })

  test('behavior: a finding comes with its evidence', () => {
    const text = textOf(renderReport(auditSummary([fault], { fault: 1, gap: 2 }), figuresOf([])))
    expect(text).toContain('1 fault and 2 gaps')
    expect(text).toContain('A slot was booked another earning than the proof shows')
    expect(text).toContain('About model 1, batch 3, slot 2')
    expect(text).toContain(`Where block 7, log 2, transaction 0x${'ab'.repeat(32)}`)
    expect(text).toContain('Expected 1000000000000000000 wei Found 1000000000000000001 wei')
    // Of the gaps none is listed here.
    expect(text).toContain('And 2 more: see findings.csv.')
  })

  test('behavior: the same audit gives the same page, byte for byte', () => {
    expect(clean()).toBe(clean())
  })

  test('behavior: it stands alone: no script, no request, nothing that a pointer changes', () => {
    const page = clean()
    expect(page).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`,
    )
    expect(page).not.toMatch(/<script|<link|<img|<iframe|<use|\son\w+=|url\(|@import/i)
    // Namespaces are names, not addresses that anything asks.
    expect(page.replaceAll('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:/)
    expect(page.match(/<svg /g)).toHaveLength(3)
    expect(page).not.toMatch(/zr\d|ecmeta/)
  })

  test('behavior: what a hostile chain answers stays text', () => {
    const attack = `"><script>alert(1)</script><img src=x onerror='alert(2)'>\u202e&amp;`
    const finding: Finding = { ...fault, expected: attack, found: attack, message: attack }
    const rows = [
      batchRow({ batchId: attack as unknown as bigint }),
      epochRow({ epochId: attack as unknown as bigint }),
    ]
    const account = { ...epochAccount({ bookedWei: OPEN }), contributor: attack as unknown as typeof alice }
    rows.push(epochRow({ accounts: [account] }) as never)
    const page = renderReport(auditSummary([finding], { fault: 1 }), figuresOf(rows))
    expect(page).not.toMatch(/<script|<img/)
    expect(page).not.toContain('\u202e')
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(page).toContain('\\u202e&amp;amp;')
  })

  test('behavior: thousands of rows are counted, and the newest shown', () => {
    const rows = Array.from({ length: 1000 }, (_, e) => {
      const accounts = [epochAccount({ bookedWei: OPEN })]
      return [batchRow({ batchId: BigInt(e + 1) }), epochRow({ epochId: BigInt(e + 1), accounts })]
    }).flat()
    const accounts = Array.from(
      { length: 1000 },
      (_, i): AccountRow => ({
        kind: 'account',
        account: addressOf('77'),
        earnedWei: 0n,
        refundedWei: 0n,
        modelOwnerWei: 0n,
        stakersWei: 0n,
        proverWei: 0n,
        treasuryWei: 0n,
        withdrawnWei: 0n,
        claimableWei: BigInt((i * 7) % 1000),
      }),
    )
    const figures = figuresOf([...rows, ...accounts])
    expect(figures.counts).toEqual({ epochs: 1000, batches: 1000, accounts: 1000 })
    expect(figures.batches).toHaveLength(TABLE_ROWS)
    expect(figures.batches[0]!.batchId).toBe(1000n)
    expect(figures.batches.at(-1)!.batchId).toBe(1001n - BigInt(TABLE_ROWS))
    expect(figures.accounts.map(({ claimableWei }) => Number(claimableWei))).toEqual(
      Array.from({ length: TABLE_ROWS }, (_, i) => 999 - i),
    )
    // The plot's spans hold every epoch once.
    expect(figures.spans.length).toBeLessThanOrEqual(40)
    expect(figures.spans.length).toBeGreaterThan(20)
    expect(figures.spans.reduce((sum, { paidWei }) => sum + paidWei, 0n)).toBe(1000n * OPEN)
    expect(figures.spans[0]!.first.epochId).toBe(1n)
    expect(figures.spans.at(-1)!.last.epochId).toBe(1000n)
    for (const [i, { first }] of figures.spans.entries()) {
      if (i > 0) expect(first.epochId).toBe(figures.spans[i - 1]!.last.epochId + 1n)
    }
    const page = renderReport(auditSummary(), figures)
    expect(textOf(page)).toContain('And 800 more: see batches.csv.')
    expect(page.length).toBeLessThan(400_000)
  })

  test('behavior: contributors come by what they were paid, over all models', () => {
    const figures = figuresOf([
      epochRow({ accounts: [epochAccount({ bookedWei: OPEN }), epochAccount({ contributor: bob, bookedWei: -OPEN })] }),
      epochRow({ modelId: 2n, accounts: [epochAccount({ contributor: carol, bookedWei: 3n * OPEN })] }),
      epochRow({ modelId: 3n, accounts: [epochAccount({ bookedWei: OPEN })] }),
    ])
    expect(figures.contributors).toEqual([
      { contributor: carol, paidWei: 3n * OPEN, bookedWei: 3n * OPEN, epochs: 1 },
      { contributor: alice, paidWei: 2n * OPEN, bookedWei: 2n * OPEN, epochs: 2 },
      { contributor: bob, paidWei: 0n, bookedWei: -OPEN, epochs: 1 },
    ])
  })

  test('behavior: an empty chain has no plots and no tables', () => {
    const page = renderReport(auditSummary(), figuresOf([]))
    expect(page).not.toContain('<svg')
    expect(textOf(page)).toContain('Totals')
  })
})
