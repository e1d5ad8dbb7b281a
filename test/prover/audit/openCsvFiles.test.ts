import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CSV_FILES, csvLine, openCsvFiles } from '../../../prover/audit/openCsvFiles.ts'
import { alice, batchRow, epochAccount, epochRow, OPEN, place } from '../../audit/rowFixture.ts'
import { auditSummary, fault } from './reportFixture.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-csv-'))
})
afterEach(() => rm(directory, { recursive: true }))

const linesOf = async (name: string) => (await readFile(join(directory, name), 'utf8')).split('\r\n')

describe('openCsvFiles', () => {
  test('default: a file for each kind of row, amounts in wei', async () => {
    const { sink, finish } = await openCsvFiles(directory)
    await sink.row!(batchRow({ settlement: { earningsWei: [3n, -5n, 4n] } }))
    await sink.row!(batchRow({ batchId: 2n, settlement: null }))
    await sink.row!(epochRow({ accounts: [epochAccount({ bookedWei: -7n })] }))
    await sink.row!({
      kind: 'account',
      account: alice,
      earnedWei: 1n,
      refundedWei: 2n,
      modelOwnerWei: 3n,
      stakersWei: 4n,
      proverWei: 5n,
      treasuryWei: 6n,
      withdrawnWei: 7n,
      claimableWei: 14n,
    })
    await sink.finding!(fault)
    await finish(auditSummary())
    expect((await readdir(directory)).sort()).toEqual([...CSV_FILES].sort())
    const [header, settled, open, end, ...rest] = await linesOf('batches.csv')
    expect([end, rest]).toEqual(['', []])
    const columns = header!.split(',')
    const cell = (line: string, column: string) => line.split(',')[columns.indexOf(column)]
    expect(settled!.split(',')).toHaveLength(columns.length)
    expect(open!.split(',')).toHaveLength(columns.length)
    expect(cell(settled!, 'earned_wei')).toBe('7')
    expect(cell(settled!, 'lost_wei')).toBe('-5')
    expect(cell(settled!, 'fees_wei')).toBe(String(4n * OPEN))
    expect(cell(settled!, 'transaction')).toBe(place.transaction)
    expect([cell(open!, 'is_settled'), cell(open!, 'settled_at'), cell(open!, 'prover')]).toEqual(['false', '', ''])
    const [epochHeader, epoch] = await linesOf('epochs.csv')
    expect(epoch!.split(',')).toHaveLength(epochHeader!.split(',').length)
    expect((await linesOf('contributors.csv'))[1]).toBe(`1,1,0,${alice},0,-7,0,7,true`)
    expect((await linesOf('accounts.csv'))[1]).toBe(`${alice},1,2,3,4,5,6,7,14`)
    expect((await linesOf('findings.csv'))[1]).toContain('fault,EARNING_DIFFERS,A slot was booked')
    expect((await linesOf('findings.csv'))[1]).toContain('"{""modelId"":""1"",""batchId"":""3"",""slot"":2}"')
  })

  test('behavior: many rows arrive whole and in order', async () => {
    const { sink, finish } = await openCsvFiles(directory)
    for (let b = 1; b <= 3000; b++) await sink.row!(batchRow({ batchId: BigInt(b) }))
    await finish(auditSummary())
    const lines = await linesOf('batches.csv')
    expect(lines).toHaveLength(3002)
    expect(lines.slice(1, -1).map((line) => Number(line.split(',')[0]))).toEqual(
      Array.from({ length: 3000 }, (_, i) => i + 1),
    )
  })

  test('error: a file that cannot be written', async () => {
    await mkdir(join(directory, 'batches.csv'))
    const { finish } = await openCsvFiles(directory)
    await expect(finish(auditSummary())).rejects.toMatchObject({ code: 'FILE_NOT_WRITTEN' })
  })
})

describe('csvLine', () => {
  test('default: RFC 4180', () => {
    expect(csvLine(['a', 1, 2n, null, true, ''])).toBe('a,1,2,,true,\r\n')
    expect(csvLine(['a,b', 'say "x"', 'two\nlines'])).toBe('"a,b","say ""x""","two\nlines"\r\n')
  })

  test('behavior: no text becomes a formula; numbers stay numbers', () => {
    const formulas = ['=1+1', '+1', '-1+2', '@SUM(A1)', '\t=1']
    for (const text of formulas) expect(csvLine([text])).toBe(`'${text}\r\n`)
    expect(csvLine(['\r=1'])).toBe(`"'\r=1"\r\n`)
    expect(csvLine(['=HYPERLINK("x","y")'])).toBe(`"'=HYPERLINK(""x"",""y"")"\r\n`)
    expect(csvLine([-5n, '-5', -3])).toBe('-5,-5,-3\r\n')
  })
})
