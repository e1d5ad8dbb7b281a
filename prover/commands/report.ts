import { sayOpen } from '../../src/audit/explain/say.ts'
import { toJson } from '../../src/statement/traceBatchSchema.ts'

/** Options of every command. */
export type ReportOptions = { readonly json?: boolean }

/** Says what a command did: with --json as one object, bigints as decimal strings; otherwise in lines for people. */
export function report({ json }: ReportOptions, result: object, lines: () => readonly string[]): void {
  if (json) console.log(toJson({ ok: true, ...result }))
  else for (const line of lines()) console.log(line)
}

/** Wei in OPEN, rounded to four decimals. */
export const formatOpen = (wei: bigint | string) => sayOpen(BigInt(wei), 4)

/** Unix seconds as a date and time, UTC. */
export function formatTime(unixSeconds: bigint | string): string {
  return new Date(Number(unixSeconds) * 1000).toISOString().replace('T', ' ').slice(0, 19)
}
