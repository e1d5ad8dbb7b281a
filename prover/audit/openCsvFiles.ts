import { join } from 'node:path'
import type { AuditRow } from '../../src/audit/AuditRow.ts'
import { FINDING_CODES } from '../../src/audit/findingCodes.ts'
import { toJson } from '../../src/statement/traceBatchSchema.ts'
import { openFile } from './openFile.ts'
import type { ReportWriter } from './ReportWriter.ts'

type Cell = string | number | bigint | boolean | null

/** The columns of each file; a column is never renamed or moved, new ones come last. */
const COLUMNS = {
  'batches.csv': [
    ...['batch', 'model', 'epoch', 'index_version', 'policy', 'circuit', 'inferences', 'fees_wei', 'pools_wei'],
    ...['earned_wei', 'lost_wei', 'model_owner_wei', 'stakers_wei', 'prover_wei', 'treasury_wei', 'prover'],
    ...['sealed_at', 'settled_at', 'settle_deadline', 'is_settled', 'is_proof_valid', 'transaction'],
  ],
  'epochs.csv': [
    ...['model', 'epoch', 'model_version', 'index_version', 'policy', 'circuit', 'opened_at', 'ends_at', 'closed_at'],
    ...['requests', 'settled', 'refunded', 'batches', 'pools_wei', 'paid_wei', 'treasury_wei', 'transaction'],
  ],
  'contributors.csv': [
    ...['model', 'epoch', 'slot', 'contributor', 'opening_wei', 'booked_wei', 'paid_wei', 'carried_wei', 'is_closed'],
  ],
  'accounts.csv': [
    ...['account', 'earned_wei', 'refunded_wei', 'model_owner_wei', 'stakers_wei', 'prover_wei', 'treasury_wei'],
    ...['withdrawn_wei', 'claimable_wei'],
  ],
  'findings.csv': [
    ...['severity', 'code', 'title', 'subject', 'transaction', 'block', 'log_index', 'expected', 'found', 'message'],
  ],
} as const
type FileName = keyof typeof COLUMNS
export const CSV_FILES = Object.keys(COLUMNS) as FileName[]

/**
 * Opens the CSV files of an audit in a directory: RFC 4180, UTF-8, one header line, amounts in wei, times in Unix seconds.
 * @throws PoaError FILE_NOT_WRITTEN, also from the sink and `finish`
 */
export async function openCsvFiles(directory: string): Promise<ReportWriter> {
  const files = new Map(CSV_FILES.map((name) => [name, openFile(join(directory, name))]))
  const write = (name: FileName, cells: readonly Cell[]) => files.get(name)!.write(csvLine(cells))
  for (const name of CSV_FILES) await write(name, COLUMNS[name])
  return {
    sink: {
      row: async (row) => {
        for (const [name, cells] of cellsOf(row)) await write(name, cells)
      },
      finding: ({ code, subject, at, expected, found, message }) => {
        const { severity, title } = FINDING_CODES[code]
        const place = [at?.transaction ?? null, at?.block ?? null, at?.logIndex ?? null]
        return write('findings.csv', [severity, code, title, toJson(subject), ...place, expected, found, message])
      },
    },
    finish: async () => {
      for (const file of files.values()) await file.close()
    },
  }
}

/** One record of RFC 4180, line end included. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

/**
 * Spreadsheets run what begins with = + - @ or a tab, so such a text gets an apostrophe; numbers are left as they are. Line ends and quotes are
 * quoted.
 */
function csvCell(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell !== 'string') return String(cell)
  const isFormula = /^[=+\-@\t\r]/.test(cell) && !/^-?\d+$/.test(cell)
  const text = isFormula ? `'${cell}` : cell
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function cellsOf(row: AuditRow): readonly (readonly [FileName, readonly Cell[]])[] {
  switch (row.kind) {
    case 'batch': {
      const { settlement, requests, modelId, epochId, indexVersion, policyId, circuitId, feesWei, poolsWei } = row
      const earnings = settlement?.earningsWei ?? []
      const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n)
      const sums =
        settlement === null ? [null, null] : [sum(earnings.filter((e) => e > 0n)), sum(earnings.filter((e) => e < 0n))]
      const { modelOwnerWei = null, stakersWei = null, proverWei = null, treasuryWei = null } = settlement ?? {}
      return [
        [
          'batches.csv',
          [
            ...[row.batchId, modelId, epochId, indexVersion, policyId, circuitId, requests.length, feesWei, poolsWei],
            ...[...sums, modelOwnerWei, stakersWei, proverWei, treasuryWei, settlement?.prover ?? null],
            ...[row.sealedAt, settlement?.settledAt ?? null, row.settleDeadline, settlement !== null],
            ...[settlement?.isProofValid ?? null, settlement?.place.transaction ?? row.sealed.transaction],
          ],
        ],
      ]
    }
    case 'epoch': {
      const { modelId, epochId, modelVersion, indexVersion, policyId, circuitId, openedAt, endsAt, closing } = row
      return [
        [
          'epochs.csv',
          [
            ...[modelId, epochId, modelVersion, indexVersion, policyId, circuitId, openedAt, endsAt],
            ...[closing?.closedAt ?? null, row.requests, row.settledRequests, row.refundedRequests, row.batches],
            ...[
              row.poolsWei,
              closing?.paidWei ?? null,
              closing?.treasuryWei ?? null,
              closing?.place.transaction ?? null,
            ],
          ],
        ],
        ...row.accounts.map(({ slot, contributor, openingWei, bookedWei, paidWei, carriedWei }) => {
          const netted = [openingWei, bookedWei, paidWei, carriedWei, closing !== null]
          return ['contributors.csv', [modelId, epochId, slot, contributor, ...netted]] as const
        }),
      ]
    }
    case 'account': {
      const { account, earnedWei, refundedWei, modelOwnerWei, stakersWei, proverWei, treasuryWei } = row
      const credits = [earnedWei, refundedWei, modelOwnerWei, stakersWei, proverWei, treasuryWei]
      return [['accounts.csv', [account, ...credits, row.withdrawnWei, row.claimableWei]]]
    }
    default:
      return []
  }
}
