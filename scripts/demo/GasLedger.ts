/** The most gas that each function has used. */
export class GasLedger {
  readonly most: Record<string, number> = {}

  /** Notes what one call used and passes the result on. */
  note<Result extends { readonly gasUsed: bigint }>(name: string, result: Result): Result {
    this.most[name] = Math.max(this.most[name] ?? 0, Number(result.gasUsed))
    return result
  }
}
