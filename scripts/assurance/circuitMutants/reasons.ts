/** Why a mutant that nothing kills is no weakness: one mutant a reason. One that no survivor needs fails the run, so that none outlives its mutant. */
export type MutantReason = {
  readonly file: string
  readonly before: string
  readonly after: string
  readonly reason: string
}

const LOWEST_START =
  'only a hint starts there, the search for the runner-up: any start below all logits in range finds the same'

const LABEL_IS_FREE =
  'labels[b] is the private advice of the prover and is read nowhere else, so the label of the slot is as free with it as without'

export const EQUIVALENT_MUTANTS: readonly MutantReason[] = [
  {
    file: 'AttributionBatch.circom',
    before: 'slot[b].label <== labels[b];',
    after: 'slot[b].label <-- labels[b];',
    reason: LABEL_IS_FREE,
  },
  {
    file: 'AttributionBatch.circom',
    before: 'slot[b].label <== labels[b];',
    after: 'if (b == (B) - 1) { slot[b].label <-- labels[b]; } else { slot[b].label <== labels[b]; }',
    reason: LABEL_IS_FREE,
  },
  {
    file: 'batch/Widths.circom',
    before: 'return bitsFor(510 * (C - 1) * (1 << 14) * H + 1);',
    after: 'return bitsFor(510 * (C - 1) * (1 << 14) * H - 1);',
    reason:
      'the width would change only where 2^n is the largest score or one less; the score is a multiple of 2 * 255, and one less is odd',
  },
  {
    file: 'batch/Widths.circom',
    before: 'return bitsFor(510 * (C - 1) * (1 << 14) * H + 1);',
    after: 'return bitsFor(510 * (C - 1) * (1 << 14) * H + 2);',
    reason: 'the width would change only where 2^n is the largest score plus one, which is odd',
  },
  {
    file: 'batch/Widths.circom',
    before: 'return bitsFor(K * ((1 << 16) - 1) * ((1 << scoreBitsOf(C, H)) - 1) + 1);',
    after: 'return bitsFor(K * ((1 << 16) - 1) * ((1 << scoreBitsOf(C, H)) - 1) - 1);',
    reason:
      'the width would change only where 2^n is the largest total, a multiple of 65535, or one less: 2^n = -1 mod 65535 has no solution, since mod 3 n ' +
      'would be odd and mod 5 even',
  },
  {
    file: 'batch/Widths.circom',
    before: 'return bitsFor(K * ((1 << 16) - 1) * ((1 << scoreBitsOf(C, H)) - 1) + 1);',
    after: 'return bitsFor(K * ((1 << 16) - 1) * ((1 << scoreBitsOf(C, H)) - 1) + 2);',
    reason:
      'the width would change only where the largest total, K (2^16 - 1)(2^s - 1), is 2^n - 1. Then 16 and s divide n, n <= 92 (PoolRate), s >= 23. ' +
      'n = s leaves K < 1; n = 2 s asks 2^s = -1 mod 3, so s is odd and 16 does not divide n; n = 3 s asks that 16 divides s, so n >= 96',
  },
  {
    file: 'trace/MarginGradient.circom',
    before: 'var best = -(1 << (logitBits - 1)) - 1;',
    after: 'var best = -(2 << (logitBits - 1)) - 1;',
    reason: LOWEST_START,
  },
  {
    file: 'trace/MarginGradient.circom',
    before: 'var best = -(1 << (logitBits - 1)) - 1;',
    after: 'var best = -(1 << (logitBits + 1)) - 1;',
    reason: LOWEST_START,
  },
  {
    file: 'trace/MarginGradient.circom',
    before: 'var best = -(1 << (logitBits - 1)) - 1;',
    after: 'var best = -(1 << (logitBits - 1)) - 2;',
    reason: LOWEST_START,
  },
  {
    file: 'trace/MarginGradient.circom',
    before: 'var bestClass = 0;',
    after: 'var bestClass = 1;',
    reason: 'only a hint starts there: the first competitor is above the start of the search and takes its place',
  },
  {
    file: 'trace/MarginWeight.circom',
    before: 'assert(table[255] == 0);',
    after: '',
    reason:
      'no parameter reaches it: it is about the table as it is written. That its last entry is 0 is tested, and the mutant that raises it is killed',
  },
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
  {
    file: 'trace/WeightTable.circom',
    before: 'for (var b = 0; b < 4; b++) {',
    after: 'for (var b = 0; b < 5; b++) {',
    reason: 'no index of a row has a fifth bit, so the last turn changes nothing',
  },
  {
    file: 'trace/WeightTable.circom',
    before: 'for (var m = 0; m < 16; m++) {',
    after: 'for (var m = 1; m < 16; m++) {',
    reason: 'of the transform: index 0 has no bit set, so its turn changes nothing',
  },
  {
    file: 'trace/WeightTable.circom',
    before: 'for (var m = 0; m < 16; m++) {',
    after: 'for (var m = 0; m < 17; m++) {',
    reason: 'of the transform: index 16 has none of the four bits set, so its turn changes nothing',
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
