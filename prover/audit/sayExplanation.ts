import type { EarningExplanation } from '../../src/audit/explain/explainEarning.ts'
import type { InferenceExplanation } from '../../src/audit/explain/explainInference.ts'
import type { Explanation } from '../../src/audit/explain/openRowExplainer.ts'
import { sayAmount } from '../../src/audit/explain/say.ts'
import { earningWeiRoundedDown } from '../../src/statement/bookBatch.ts'
import { formatTable } from '../commands/formatTable.ts'

/** Epochs of a contributor that a person is told of, the newest; JSON has all. */
const TOLD_EPOCHS = 10

/** An explanation as lines for a terminal. */
export function sayExplanation(explanation: Explanation): string[] {
  switch (explanation.about) {
    case 'contributor': {
      const { account, headline, reasons, earnings } = explanation.contributor
      const rest = earnings.length - TOLD_EPOCHS
      return [
        ...[account, headline, ...reasons.map(indent)],
        ...earnings.slice(-TOLD_EPOCHS).reverse().flatMap(sayEarning),
        ...(rest > 0 ? ['', `And ${rest} epochs before: name one with --epoch, or read all with --json.`] : []),
      ]
    }
    case 'epoch':
      return explanation.epochs.flatMap(({ headline, reasons, earnings }, i) => [
        ...(i > 0 ? [''] : []),
        ...[headline, ...reasons.map(indent)],
        ...(earnings.length === 0 ? [] : ['', ...tellAccounts(earnings)]),
        // What was paid the table says; of an open epoch nothing is decided.
        ...earnings
          .filter(({ isClosed, account }) => isClosed && account.paidWei === 0n)
          .map(({ headline }) => indent(headline)),
      ])
    case 'request':
      return sayRequest(explanation.inference)
  }
}

function sayEarning({ headline, reasons }: EarningExplanation): string[] {
  return ['', headline, ...reasons.map(indent)]
}

function tellAccounts(earnings: readonly EarningExplanation[]): string[] {
  const header = ['slot', 'contributor', 'opening', 'booked', 'paid', 'carried']
  const rows = earnings.map(({ account: { slot, contributor, openingWei, bookedWei, paidWei, carriedWei } }) => [
    ...[String(slot), contributor, ...[openingWei, bookedWei, paidWei, carriedWei].map(sayAmount)],
  ])
  return [...formatTable(header, rows), '']
}

function sayRequest({ headline, reasons, slots }: InferenceExplanation): string[] {
  const table =
    slots === null
      ? []
      : formatTable(
          ['slot', 'contributor', 'score', 'earning'],
          slots.map(({ slot, contributor, score, earning }) => [
            ...[String(slot), contributor ?? '(nobody)', String(score), sayAmount(earningWeiRoundedDown(earning))],
          ]),
        )
  return [headline, ...reasons.map(indent), ...(table.length === 0 ? [] : ['', ...table])]
}

const indent = (sentence: string) => `  - ${sentence}`
