/** Why a mutant that nothing kills is no weakness. A reason that no survivor needs fails the run, so that none outlives its mutant. */
export type MutantReason = {
  readonly file: string
  readonly before: string
  readonly after: string
  readonly reason: string
}

export const EQUIVALENT_MUTANTS: readonly MutantReason[] = [
  {
    file: 'trace/PoolRate.circom',
    before: 'component rateRange = UnsignedRange(160);',
    after: 'component rateRange = UnsignedRange(161);',
    reason:
      'rate * total + remainder stays below r with one bit more, so it is the integer quotient, and that is below 2^160 because the dividend is',
  },
  {
    file: 'trace/PoolRate.circom',
    before: 'component remainderRange = UnsignedRange(totalBits);',
    after: 'component remainderRange = UnsignedRange(totalBits + 1);',
    reason:
      'that the remainder is below the divisor follows from the slack; its own range only keeps it from being negative',
  },
  {
    file: 'trace/PoolRate.circom',
    before: 'component slackRange = UnsignedRange(totalBits);',
    after: 'component slackRange = UnsignedRange(totalBits + 1);',
    reason:
      'the slack only has to be no negative number mod r; it is below the divisor because the remainder is not negative',
  },
]

/** Rows by the circuit and the signals that they name. */
export type RowReason = { readonly circuit: RegExp; readonly row: RegExp; readonly reason: string }

export const NEEDLESS_ROWS: readonly RowReason[] = [
  {
    circuit: /^(MarginGradient|TraceSlot)\(.*\b3, (26|5)\)$/,
    row: /^((margin\.)?isRunnerUp\[\d\] ?){1,2}$/,
    reason:
      'with three classes only two competitors can attain the runner-up, and their entries sum to 1: that one is 0 or 1 makes the other 1 or 0. ' +
      'With four classes every one of these rows is needed, which MarginGradient(4, 26) shows',
  },
]
